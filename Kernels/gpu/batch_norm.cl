// Batch-norm statistics in two levels: each chunk's mean and squared deviations from it, then the combination of the
// chunks by Chan's formula, in order. No step subtracts large numbers that nearly agree.
#include "gpu/chunk.cl"
#include "gpu/group.cl"

// One work-group per channel (first axis) and chunk (second axis): partials [chunks][channels][mean, deviations].
KERNEL(batch_norm_chunk, (MAPS_IN, input) (OUT, partials) (INT, channels) (INT, area) CHUNKS (LOCAL, scratch)) {
  const int item = get_local_id(0), items = get_local_size(0), channel = get_group_id(0), chunk = get_group_id(1);
  const int first = chunk_first(chunk, run_images, chunk_images, chunks_per_run);
  const int count = chunk_length(chunk, run_images, chunk_images, chunks_per_run) * area;
  input += ((long)first * channels + channel) * area;
  const int skip = (channels - 1) * area;

  float sum = 0.0f;
  for (int i = item; i < count; i += items) sum += load_value(input[i + i / area * skip]);
  const float mean = group_sum(sum, scratch) / count;

  // The deviations' own sum is zero but for rounding: it corrects the mean and their squares.
  float deviations = 0.0f, squares = 0.0f;
  for (int i = item; i < count; i += items) {
    const float deviation = load_value(input[i + i / area * skip]) - mean;
    deviations += deviation;
    squares = FMA(deviation, deviation, squares);
  }
  deviations = group_sum(deviations, scratch);
  squares = group_sum(squares, scratch);
  if (item == 0) {
    const int at = 2 * (chunk * channels + channel);
    partials[at] = mean + deviations / count;
    partials[at + 1] = squares - deviations / count * deviations;
  }
}

// Moves the running statistics of a channel towards those of a batch.
HELPER void update_running(__global float *mean, __global float *variance, const float momentum, const float new_mean,
                           const float new_variance) {
  *mean = FMA(momentum, new_mean - *mean, *mean);
  *variance = FMA(momentum, new_variance - *variance, *variance);
}

// Mean, squared deviations from it and number of some values.
struct Moments {
  float mean, squares, count;
};

// Chan's formula.
HELPER struct Moments combined(const struct Moments a, const struct Moments b) {
  if (b.count == 0.0f) return a;
  const float count = a.count + b.count, share = b.count / count, difference = b.mean - a.mean;
  struct Moments both = {FMA(difference, share, a.mean), a.squares + b.squares + difference * difference * (a.count * share),
                         count};
  return both;
}

// One work-group per channel, from what a convolution has left of each of its tiles: statistics [tiles][channels][mean,
// deviations] of `tile_columns` pixels each, fewer in the last.
KERNEL(batch_norm_combine_tiles, (IN, statistics) (OUT, mean) (OUT, variance) (OUT, running_mean)
       (OUT, running_variance) (INT, has_running) (FLOAT, momentum) (INT, channels) (INT, pixels) (INT, tiles)
       (INT, tile_columns) (LOCAL, scratch)) {
  const int item = get_local_id(0), items = get_local_size(0), channel = get_group_id(0);
  struct Moments moments = {0.0f, 0.0f, 0.0f};
  for (int tile = item; tile < tiles; tile += items) {
    __global const float *of_tile = statistics + 2 * ((long)tile * channels + channel);
    const struct Moments added = {of_tile[0], of_tile[1], (float)min(tile_columns, pixels - tile * tile_columns)};
    moments = combined(moments, added);
  }
  // Then those of the items, halving their number.
  for (int step = items / 2; step > 0; step /= 2) {
    struct Moments other;
    scratch[item] = moments.mean;
    barrier(CLK_LOCAL_MEM_FENCE);
    other.mean = scratch[(item + step) % items];
    barrier(CLK_LOCAL_MEM_FENCE);
    scratch[item] = moments.squares;
    barrier(CLK_LOCAL_MEM_FENCE);
    other.squares = scratch[(item + step) % items];
    barrier(CLK_LOCAL_MEM_FENCE);
    scratch[item] = moments.count;
    barrier(CLK_LOCAL_MEM_FENCE);
    other.count = scratch[(item + step) % items];
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < step) moments = combined(moments, other);
  }
  if (item != 0) return;
  mean[channel] = moments.mean;
  variance[channel] = moments.squares / moments.count;
  if (has_running)
    update_running(running_mean + channel, running_variance + channel, momentum, moments.mean,
                   moments.squares / max(moments.count - 1.0f, 1.0f));
}

// One item per channel: mean and biased variance of every group, and the running statistics.
KERNEL(batch_norm_combine, (IN, partials) (OUT, mean) (OUT, variance) (OUT, running_mean) (OUT, running_variance)
       (INT, has_running) (FLOAT, momentum) (INT, channels) (INT, area) (INT, groups) CHUNKS) {
  const int channel = get_global_id(0);
  if (channel >= channels) return;
  float means = 0.0f, variances = 0.0f;
  for (int group = 0; group < groups; group++) {
    float count = 0.0f, average = 0.0f, squares = 0.0f;
    for (int i = 0; i < chunks_per_run; i++) {
      const int chunk = group * chunks_per_run + i, at = 2 * (chunk * channels + channel);
      const float added = (float)chunk_length(chunk, run_images, chunk_images, chunks_per_run) * area;
      const float both = count + added, difference = partials[at] - average;
      average += difference * (added / both);
      squares += partials[at + 1] + difference * difference * (count * (added / both));
      count = both;
    }
    mean[group * channels + channel] = average;
    variance[group * channels + channel] = squares / count;
    means += average;
    variances += squares / max(count - 1.0f, 1.0f);
  }
  if (has_running)
    update_running(running_mean + channel, running_variance + channel, momentum, means / groups, variances / groups);
}
