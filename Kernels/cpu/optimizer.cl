// Stochastic gradient descent and Adam over one flat arena. One item updates `chunk` parameters, a multiple of 16.

#include "cpu/layout.cl"

HELPER void descend(float16 *weight, float16 gradient, float16 *velocity, int nesterov, float momentum, float decay,
                    float rate) {
  const float16 decayed = FMA((float16)(decay), *weight, gradient);
  *velocity = FMA((float16)(momentum), *velocity, decayed);
  const float16 direction = nesterov ? FMA((float16)(momentum), *velocity, decayed) : *velocity;
  *weight = FMA((float16)(-rate), direction, *weight);
}

KERNEL(stochastic_gradient_descent, (OUT, weights) (IN, gradients) (OUT, velocities) (INT, count) (INT, chunk)
       (INT, nesterov) (FLOAT, momentum) (FLOAT, decay) (FLOAT, rate)) {
  const int begin = get_global_id(0) * chunk, end = smaller(begin + chunk, count);
  int i = begin;
  for (; i + LANES <= end; i += LANES) {
    float16 weight = vload16(0, weights + i), velocity = vload16(0, velocities + i);
    descend(&weight, vload16(0, gradients + i), &velocity, nesterov, momentum, decay, rate);
    vstore16(weight, 0, weights + i);
    vstore16(velocity, 0, velocities + i);
  }
  if (i < end) {
    float16 weight = load_lanes(weights + i, end - i, 0.0f), velocity = load_lanes(velocities + i, end - i, 0.0f);
    descend(&weight, load_lanes(gradients + i, end - i, 0.0f), &velocity, nesterov, momentum, decay, rate);
    store_lanes(weight, weights + i, end - i);
    store_lanes(velocity, velocities + i, end - i);
  }
}

// Of `coupled`, which decays weights by their gradient, and `decoupled`, which shrinks them by themselves, one is 0.
HELPER void adapt(float16 *weight, float16 gradient, float16 *mean, float16 *square, float beta1, float beta2,
                  float epsilon, float coupled, float decoupled, float rate, float step_size, float scale) {
  const float16 decayed = FMA((float16)(coupled), *weight, gradient);
  *mean = FMA((float16)(beta1), *mean, (float16)(1.0f - beta1) * decayed);
  *square = FMA((float16)(beta2), *square, (float16)(1.0f - beta2) * decayed * decayed);
  const float16 direction = *mean / FMA(SQRT(*square), (float16)(scale), (float16)(epsilon));
  *weight = FMA((float16)(-step_size), direction, FMA((float16)(-(rate * decoupled)), *weight, *weight));
}

KERNEL(adam, (OUT, weights) (IN, gradients) (OUT, means) (OUT, squares) (INT, count) (INT, chunk) (FLOAT, beta1)
       (FLOAT, beta2) (FLOAT, epsilon) (FLOAT, coupled) (FLOAT, decoupled) (FLOAT, rate) (FLOAT, step_size)
       (FLOAT, scale)) {
  const int begin = get_global_id(0) * chunk, end = smaller(begin + chunk, count);
  int i = begin;
  for (; i + LANES <= end; i += LANES) {
    float16 weight = vload16(0, weights + i), mean = vload16(0, means + i), square = vload16(0, squares + i);
    adapt(&weight, vload16(0, gradients + i), &mean, &square, beta1, beta2, epsilon, coupled, decoupled, rate,
          step_size, scale);
    vstore16(weight, 0, weights + i);
    vstore16(mean, 0, means + i);
    vstore16(square, 0, squares + i);
  }
  if (i < end) {
    const int rest = end - i;
    float16 weight = load_lanes(weights + i, rest, 0.0f), mean = load_lanes(means + i, rest, 0.0f),
            square = load_lanes(squares + i, rest, 0.0f);
    adapt(&weight, load_lanes(gradients + i, rest, 0.0f), &mean, &square, beta1, beta2, epsilon, coupled, decoupled,
          rate, step_size, scale);
    store_lanes(weight, weights + i, rest);
    store_lanes(mean, means + i, rest);
    store_lanes(square, squares + i, rest);
  }
}
