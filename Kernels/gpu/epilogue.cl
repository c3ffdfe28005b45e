// y = reluAfter( gate * reluBefore( normalise(x) ) + residual ), each part optional, and its gradients.
#include "gpu/chunk.cl"
#include "gpu/group.cl"
#include "gpu/maps.cl"

// What an epilogue consists of, and what its gradient has to do: the bits of `parts`.
#define NORMALISE 1
#define RELU_BEFORE 2
#define GATE 4
#define RESIDUAL 8
#define RELU_AFTER 16
#define CONSTANT_STATISTICS 32
#define GATE_PER_BRANCH 64
#define RESIDUAL_GRADIENT 128
#define ACCUMULATE_INPUT 256
#define ACCUMULATE_RESIDUAL 512
#define GATE_OPENS_AT_ZERO 1024

#define EPILOGUE                                                                                                      \
  (INT, parts) (INT, batch) (INT, channels) (INT, area) (INT, statistics_groups) (INT, gate_groups)                   \
      (FLOAT, epsilon)

// One over the standard deviation.
HELPER float inverse_deviation(const float variance, const float epsilon) { return 1.0f / SQRT(variance + epsilon); }

// max(x, 0), with NaN kept.
HELPER float relu(const float x) { return x < 0.0f ? 0.0f : x; }

// Where the gate of an image and a channel lies.
HELPER int gate_index(const int parts, const int image, const int channel, const int batch, const int channels,
                      const int groups) {
  const int row = image / (batch / groups);
  return parts & GATE_PER_BRANCH ? row : row * channels + channel;
}

KERNEL(epilogue_forward, (MAPS_IN, input) (IN, mean) (IN, variance) (IN, scale) (IN, shift) (IN, gate) (MAPS_IN, residual)
       (MAPS_OUT, output) (INT, count) EPILOGUE) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const int plane = i / area, image = plane / channels, channel = plane - image * channels;
  float value = load_value(input[i]);
  if (parts & NORMALISE) {
    const int at = image / (batch / statistics_groups) * channels + channel;
    const float normalised = (value - mean[at]) * inverse_deviation(variance[at], epsilon);
    value = FMA(scale[channel], normalised, shift[channel]);
  }
  if (parts & RELU_BEFORE) value = relu(value);
  if (parts & GATE) value *= gate[gate_index(parts, image, channel, batch, channels, gate_groups)];
  if (parts & RESIDUAL) value += load_value(residual[i]);
  output[i] = store_value(parts & RELU_AFTER ? relu(value) : value);
}

// The sums that gradients need over a chunk (second axis) of a channel (first axis), one work-group each:
// partials [chunks][channels][of the normalised value's gradient, of it times x normalised, of the gate's gradient].
KERNEL(epilogue_backward_chunk, (MAPS_IN, output_gradient) (MAPS_IN, output) (MAPS_IN, input) (IN, mean) (IN, variance)
       (IN, scale) (IN, shift) (IN, gate) (OUT, partials) EPILOGUE CHUNKS (LOCAL, scratch)) {
  const int item = get_local_id(0), items = get_local_size(0), channel = get_group_id(0), chunk = get_group_id(1);
  const int first = chunk_first(chunk, run_images, chunk_images, chunks_per_run);
  const int count = chunk_length(chunk, run_images, chunk_images, chunks_per_run) * area;
  const int start = (first * channels + channel) * area, skip = (channels - 1) * area;
  // A chunk lies within one group of statistics and one of gates.
  const int statistics = first / (batch / statistics_groups) * channels + channel;
  const float centre = parts & NORMALISE ? mean[statistics] : 0.0f;
  const float inverse = parts & NORMALISE ? inverse_deviation(variance[statistics], epsilon) : 1.0f;
  const float factor = parts & NORMALISE ? scale[channel] : 1.0f, offset = parts & NORMALISE ? shift[channel] : 0.0f;
  const float gating = parts & GATE ? gate[gate_index(parts, first, channel, batch, channels, gate_groups)] : 1.0f;

  float plain = 0.0f, weighted = 0.0f, gated = 0.0f;
  for (int i = item; i < count; i += items) {
    const int at = start + i + i / area * skip;
    const int is_alive = !(parts & RELU_AFTER) || load_value(output[at]) > 0.0f;
    const float arriving = load_value(output_gradient[at]), gradient = is_alive ? arriving : 0.0f;
    const float normalised = (load_value(input[at]) - centre) * inverse, value = FMA(factor, normalised, offset);
    const int passes = !(parts & RELU_BEFORE) || value > 0.0f;
    const float inner = passes ? gradient * gating : 0.0f;
    plain += inner;
    weighted = FMA(inner, normalised, weighted);
    // A residual of at least 0 leaves 0 at a closed gate only where it is 0 itself: opening adds the branch if positive.
    const int opens = parts & GATE_OPENS_AT_ZERO && gating == 0.0f && value > 0.0f;
    const float at_gate = is_alive || opens ? arriving : 0.0f;
    gated = FMA(at_gate, parts & RELU_BEFORE ? relu(value) : value, gated);
  }
  plain = group_sum(plain, scratch);
  weighted = group_sum(weighted, scratch);
  gated = group_sum(gated, scratch);
  if (item == 0) {
    const int at = 3 * (chunk * channels + channel);
    partials[at] = plain;
    partials[at + 1] = weighted;
    partials[at + 2] = gated;
  }
}

// Of a channel: the sums of the normalised value's gradient, and of it times the normalised value.
struct ChannelSums {
  float plain, weighted;
};

// Those of a group of statistics from those of its chunks, in order.
HELPER struct ChannelSums sums_of_group(__global const float *partials, const int group, const int chunks_per_group,
                                        const int channel, const int channels) {
  struct ChannelSums sums = {0.0f, 0.0f};
  for (int i = 0; i < chunks_per_group; i++) {
    __global const float *chunk = partials + 3 * ((group * chunks_per_group + i) * channels + channel);
    sums.plain += chunk[0];
    sums.weighted += chunk[1];
  }
  return sums;
}

// One item per channel: sums [statistics groups][channels][plain, weighted, unused], as if each group were one chunk,
// and the gradients of scale and shift.
KERNEL(epilogue_backward_normalisation, (IN, partials) (OUT, sums) (OUT, scale_gradient) (OUT, shift_gradient)
       (INT, has_scale) (INT, has_shift) (INT, channels) (INT, groups) (INT, chunks_per_group)) {
  const int channel = get_global_id(0);
  if (channel >= channels) return;
  float plain = 0.0f, weighted = 0.0f;
  for (int group = 0; group < groups; group++) {
    const struct ChannelSums of_group = sums_of_group(partials, group, chunks_per_group, channel, channels);
    sums[3 * (group * channels + channel)] = of_group.plain;
    sums[3 * (group * channels + channel) + 1] = of_group.weighted;
    plain += of_group.plain;
    weighted += of_group.weighted;
  }
  if (has_scale) scale_gradient[channel] = weighted;
  if (has_shift) shift_gradient[channel] = plain;
}

// One item per gate of a group and a channel.
KERNEL(epilogue_backward_gate, (IN, partials) (OUT, gate_gradient) (INT, count) (INT, channels)
       (INT, chunks_per_group)) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const int group = i / channels, channel = i - group * channels;
  float sum = 0.0f;
  for (int k = 0; k < chunks_per_group; k++)
    sum += partials[3 * ((group * chunks_per_group + k) * channels + channel) + 2];
  gate_gradient[i] = sum;
}

// One work-group per gate of a whole branch.
KERNEL(epilogue_backward_branch_gate, (IN, partials) (OUT, gate_gradient) (INT, channels) (INT, chunks_per_group)
       (LOCAL, scratch)) {
  const int group = get_group_id(0), count = chunks_per_group * channels;
  float sum = 0.0f;
  for (int i = get_local_id(0); i < count; i += get_local_size(0)) sum += partials[3 * (group * count + i) + 2];
  sum = group_sum(sum, scratch);
  if (get_local_id(0) == 0) gate_gradient[group] = sum;
}

// The gradient before the last ReLU of one element.
HELPER float through_relu_after(const float gradient, const float output, const int parts) {
  return parts & RELU_AFTER && !(output > 0.0f) ? 0.0f : gradient;
}

// The gradient of the residual alone: where it shares its memory with the input's, which is added to it afterwards.
KERNEL(epilogue_backward_residual, (MAPS_IN, output_gradient) (MAPS_IN, output) (MAPS_OUT, residual_gradient) (INT, count)
       (INT, parts)) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const float gradient = through_relu_after(load_value(output_gradient[i]), load_value(output[i]), parts);
  add_or_store(gradient, residual_gradient + i, parts & ACCUMULATE_RESIDUAL);
}

// The gradients of input and residual, in different memory. With statistics of the batch, every element moves its
// group's mean and variance too: what the chunks' sums `partials` amount to over `group_count` elements carries that.
// The first item of each channel writes the gradients of scale and shift, where they are still to be written.
KERNEL(epilogue_backward, (MAPS_IN, output_gradient) (MAPS_IN, output) (MAPS_IN, input) (IN, mean) (IN, variance) (IN, scale)
       (IN, shift) (IN, gate) (IN, partials) (MAPS_OUT, input_gradient) (MAPS_OUT, residual_gradient)
       (OUT, scale_gradient) (OUT, shift_gradient) (INT, has_scale) (INT, has_shift) (INT, chunks_per_group)
       (INT, count) (FLOAT, group_count) EPILOGUE) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const int plane = i / area, image = plane / channels, channel = plane - image * channels;
  if ((has_scale || has_shift) && image == 0 && i == plane * area) {
    float plain = 0.0f, weighted = 0.0f;
    for (int group = 0; group < statistics_groups; group++) {
      const struct ChannelSums of_group = sums_of_group(partials, group, chunks_per_group, channel, channels);
      plain += of_group.plain;
      weighted += of_group.weighted;
    }
    if (has_scale) scale_gradient[channel] = weighted;
    if (has_shift) shift_gradient[channel] = plain;
  }
  float gradient = through_relu_after(load_value(output_gradient[i]), load_value(output[i]), parts);
  if (parts & RESIDUAL_GRADIENT)
    add_or_store(gradient, residual_gradient + i, parts & ACCUMULATE_RESIDUAL);
  if (parts & GATE) gradient *= gate[gate_index(parts, image, channel, batch, channels, gate_groups)];
  float normalised = load_value(input[i]), value = normalised, inverse = 1.0f;
  const int group = image / (batch / statistics_groups), at = group * channels + channel;
  if (parts & NORMALISE) {
    inverse = inverse_deviation(variance[at], epsilon);
    normalised = (normalised - mean[at]) * inverse;
    value = FMA(scale[channel], normalised, shift[channel]);
  }
  if (parts & RELU_BEFORE && !(value > 0.0f)) gradient = 0.0f;
  if (parts & NORMALISE) {
    if (!(parts & CONSTANT_STATISTICS)) {
      const struct ChannelSums sums = sums_of_group(partials, group, chunks_per_group, channel, channels);
      gradient -= FMA(normalised, sums.weighted, sums.plain) / group_count;
    }
    gradient *= scale[channel] * inverse;
  }
  add_or_store(gradient, input_gradient + i, parts & ACCUMULATE_INPUT);
}
