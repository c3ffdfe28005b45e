// What handles words one by one, and sums over a channel.
#include "gpu/chunk.cl"
#include "gpu/group.cl"

KERNEL(copy, (IN, source), (OUT, destination), (INT, count)) {
  const int i = get_global_id(0);
  if (i < count) destination[i] = source[i];
}

// Adds the bias of its channel to every element of feature maps of `area` pixels.
KERNEL(add_bias, (IN, bias), (OUT, values), (INT, count), (INT, channels), (INT, area)) {
  const int i = get_global_id(0);
  if (i < count) values[i] += bias[i / area % channels];
}

// Adds `parts` arrays of `count` words in order.
KERNEL(sum_parts, (IN, partials), (OUT, sums), (INT, count), (INT, parts)) {
  const int i = get_global_id(0);
  if (i >= count) return;
  float sum = 0.0f;
  for (int part = 0; part < parts; part++) sum += partials[(long)part * count + i];
  sums[i] = sum;
}

// One work-group per channel (first axis) and chunk (second axis): partials [chunks][channels].
KERNEL(channel_sums, (IN, input), (OUT, partials), (INT, channels), (INT, area), CHUNKS, (LOCAL, scratch)) {
  const int channel = get_group_id(0), chunk = get_group_id(1);
  const int count = chunk_length(chunk, run_images, chunk_images, chunks_per_run) * area;
  input += ((long)chunk_first(chunk, run_images, chunk_images, chunks_per_run) * channels + channel) * area;
  float sum = 0.0f;
  for (int i = get_local_id(0); i < count; i += get_local_size(0)) sum += input[i + i / area * (channels - 1) * area];
  sum = group_sum(sum, scratch);
  if (get_local_id(0) == 0) partials[chunk * channels + channel] = sum;
}

KERNEL(stochastic_gradient_descent, (OUT, parameters), (IN, gradients), (OUT, velocities), (INT, count),
       (FLOAT, rate), (FLOAT, momentum), (FLOAT, decay), (INT, nesterov)) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const float gradient = FMA(decay, parameters[i], gradients[i]);
  const float velocity = FMA(momentum, velocities[i], gradient);
  velocities[i] = velocity;
  parameters[i] = FMA(-rate, nesterov ? FMA(momentum, velocity, gradient) : velocity, parameters[i]);
}

// Of `coupled`, which decays weights by their gradient, and `decoupled`, which shrinks them by themselves, one is 0.
KERNEL(adam, (OUT, parameters), (IN, gradients), (OUT, means), (OUT, squares), (INT, count), (FLOAT, beta1),
       (FLOAT, beta2), (FLOAT, epsilon), (FLOAT, coupled), (FLOAT, decoupled), (FLOAT, rate), (FLOAT, step_size),
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
