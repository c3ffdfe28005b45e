// Stochastic gradient descent over one flat arena. One item updates `chunk` parameters, a multiple of 16.

#include "cpu/layout.cl"

HELPER void descend(float16 *weight, float16 gradient, float16 *velocity, int nesterov, float momentum, float decay,
                    float rate) {
  const float16 decayed = FMA((float16)(decay), *weight, gradient);
  *velocity = FMA((float16)(momentum), *velocity, decayed);
  const float16 direction = nesterov ? FMA((float16)(momentum), *velocity, decayed) : *velocity;
  *weight = FMA((float16)(-rate), direction, *weight);
}

KERNEL(stochastic_gradient_descent, (OUT, weights), (IN, gradients), (OUT, velocities), (INT, count), (INT, chunk),
       (INT, nesterov), (FLOAT, momentum), (FLOAT, decay), (FLOAT, rate)) {
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
