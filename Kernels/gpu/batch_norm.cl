// Batch-norm statistics in two levels: each chunk's mean and squared deviations from it, then the combination of the
// chunks by Chan's formula, in order. No step subtracts large numbers that nearly agree.
#include "gpu/chunk.cl"
#include "gpu/group.cl"

// One work-group per channel (first axis) and chunk (second axis): partials [chunks][channels][mean, deviations].
KERNEL(batch_norm_chunk, (IN, input), (OUT, partials), (INT, channels), (INT, area), CHUNKS, (LOCAL, scratch)) {
  const int item = get_local_id(0), items = get_local_size(0), channel = get_group_id(0), chunk = get_group_id(1);
  const int first = chunk_first(chunk, run_images, chunk_images, chunks_per_run);
  const int count = chunk_length(chunk, run_images, chunk_images, chunks_per_run) * area;
  input += ((long)first * channels + channel) * area;
  const int skip = (channels - 1) * area;

  float sum = 0.0f;
  for (int i = item; i < count; i += items) sum += input[i + i / area * skip];
  const float mean = group_sum(sum, scratch) / count;

  // The deviations' own sum is zero but for rounding: it corrects the mean and their squares.
  float deviations = 0.0f, squares = 0.0f;
  for (int i = item; i < count; i += items) {
    const float deviation = input[i + i / area * skip] - mean;
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

// One item per channel: mean and biased variance of every group, and the running statistics.
KERNEL(batch_norm_combine, (IN, partials), (OUT, mean), (OUT, variance), (OUT, running_mean), (OUT, running_variance),
       (INT, has_running), (FLOAT, momentum), (INT, channels), (INT, area), (INT, groups), CHUNKS) {
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
  if (!has_running) return;
  running_mean[channel] = FMA(momentum, means / groups - running_mean[channel], running_mean[channel]);
  running_variance[channel] = FMA(momentum, variances / groups - running_variance[channel], running_variance[channel]);
}
