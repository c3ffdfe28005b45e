// Stochastic gradient descent over one flat arena. One item updates `chunk` parameters, a multiple of 16.

#include "cpu/layout.cl"

HELPER float16 velocity_step(float16 gradient, float16 weight, float16 velocity, float momentum, float decay) {
  return FMA((float16)(momentum), velocity, FMA((float16)(decay), weight, gradient));
}

KERNEL(stochastic_gradient_descent, (OUT, weights), (IN, gradients), (OUT, velocities), (INT, count), (INT, chunk),
       (INT, nesterov), (FLOAT, momentum), (FLOAT, decay), (FLOAT, rate)) {
  const int begin = get_global_id(0) * chunk, end = smaller(begin + chunk, count);
  const float16 step = (float16)(-rate);
  for (int i = begin; i < end; i += LANES) {
    float lanes[3][LANES];
    const int lane_count = smaller(LANES, end - i);
    for (int lane = 0; lane < LANES; lane++) {
      const int exists = lane < lane_count;
      lanes[0][lane] = exists ? weights[i + lane] : 0.0f;
      lanes[1][lane] = exists ? gradients[i + lane] : 0.0f;
      lanes[2][lane] = exists ? velocities[i + lane] : 0.0f;
    }
    const float16 weight = vload16_private(lanes[0]), gradient = vload16_private(lanes[1]);
    const float16 velocity = velocity_step(gradient, weight, vload16_private(lanes[2]), momentum, decay);
    const float16 decayed = FMA((float16)(decay), weight, gradient);
    const float16 direction = nesterov ? FMA((float16)(momentum), velocity, decayed) : velocity;
    vstore16_private(FMA(step, direction, weight), lanes[0]);
    vstore16_private(velocity, lanes[2]);
    for (int lane = 0; lane < lane_count; lane++) {
      weights[i + lane] = lanes[0][lane];
      velocities[i + lane] = lanes[2][lane];
    }
  }
}
