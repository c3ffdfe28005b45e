// What handles words one by one.

// Adds the bias of its channel to every element of feature maps of `area` pixels.
KERNEL(add_bias, (IN, bias) (OUT, values) (INT, count) (INT, channels) (INT, area)) {
  const int i = get_global_id(0);
  if (i < count) values[i] += bias[i / area % channels];
}

// Adds `parts` arrays of `count` words in order.
KERNEL(sum_parts, (IN, partials) (OUT, sums) (INT, count) (INT, parts) (INT, accumulate)) {
  const int i = get_global_id(0);
  if (i >= count) return;
  float sum = 0.0f;
  for (int part = 0; part < parts; part++) sum += partials[(long)part * count + i];
  sums[i] = accumulate ? sums[i] + sum : sum;
}

// sum_parts for up to 24 arrays at once, whose sums lie in one buffer. Each array has work-groups of its own and a row of
// `table`: the first of them, where its sums begin, how many they are, and the number of parts.
#define PARTIALS \
  (IN, partials_0) (IN, partials_1) (IN, partials_2) (IN, partials_3) (IN, partials_4) (IN, partials_5)               \
  (IN, partials_6) (IN, partials_7) (IN, partials_8) (IN, partials_9) (IN, partials_10) (IN, partials_11)             \
  (IN, partials_12) (IN, partials_13) (IN, partials_14) (IN, partials_15) (IN, partials_16) (IN, partials_17)         \
  (IN, partials_18) (IN, partials_19) (IN, partials_20) (IN, partials_21) (IN, partials_22) (IN, partials_23)
#define PARTIALS_CASE(n) \
  case n: partials = partials_##n; break;

KERNEL(sum_parts_of_arrays, (OUT, sums) (LABELS, table) (INT, arrays) PARTIALS) {
  const int group = get_group_id(0);
  int array = 0;
  while (array + 1 < arrays && group >= table[4 * (array + 1)]) array++;
  table += 4 * array;
  const int i = (group - table[0]) * (int)get_local_size(0) + (int)get_local_id(0), count = table[2], parts = table[3];
  if (i >= count) return;
  __global const float *partials;
  switch (array) {
    PARTIALS_CASE(0) PARTIALS_CASE(1) PARTIALS_CASE(2) PARTIALS_CASE(3) PARTIALS_CASE(4) PARTIALS_CASE(5)
    PARTIALS_CASE(6) PARTIALS_CASE(7) PARTIALS_CASE(8) PARTIALS_CASE(9) PARTIALS_CASE(10) PARTIALS_CASE(11)
    PARTIALS_CASE(12) PARTIALS_CASE(13) PARTIALS_CASE(14) PARTIALS_CASE(15) PARTIALS_CASE(16) PARTIALS_CASE(17)
    PARTIALS_CASE(18) PARTIALS_CASE(19) PARTIALS_CASE(20) PARTIALS_CASE(21) PARTIALS_CASE(22) PARTIALS_CASE(23)
    default: return;
  }
  float sum = 0.0f;
  for (int part = 0; part < parts; part++) sum += partials[(long)part * count + i];
  sums[table[1] + i] = sum;
}

KERNEL(stochastic_gradient_descent, (OUT, parameters) (IN, gradients) (OUT, velocities) (INT, count)
       (FLOAT, rate) (FLOAT, momentum) (FLOAT, decay) (INT, nesterov)) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const float gradient = FMA(decay, parameters[i], gradients[i]);
  const float velocity = FMA(momentum, velocities[i], gradient);
  velocities[i] = velocity;
  parameters[i] = FMA(-rate, nesterov ? FMA(momentum, velocity, gradient) : velocity, parameters[i]);
}

// Of `coupled`, which decays weights by their gradient, and `decoupled`, which shrinks them by themselves, one is 0.
KERNEL(adam, (OUT, parameters) (IN, gradients) (OUT, means) (OUT, squares) (INT, count) (FLOAT, beta1)
       (FLOAT, beta2) (FLOAT, epsilon) (FLOAT, coupled) (FLOAT, decoupled) (FLOAT, rate) (FLOAT, step_size)
       (FLOAT, scale)) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const float weight = parameters[i], gradient = FMA(coupled, weight, gradients[i]);
  const float mean = FMA(beta1, means[i], (1.0f - beta1) * gradient);
  const float square = FMA(beta2, squares[i], (1.0f - beta2) * gradient * gradient);
  means[i] = mean;
  squares[i] = square;
  const float direction = mean / FMA(SQRT(square), scale, epsilon);
  parameters[i] = FMA(-step_size, direction, FMA(-(rate * decoupled), weight, weight));
}
