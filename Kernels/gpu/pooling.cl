// Pooling and the parameter-free shortcut. Gradients are gathered, never scattered: each item owns one element.
#include "gpu/group.cl"
#include "gpu/maps.cl"

#define POOLING                                                                                                       \
  (INT, count) (INT, height) (INT, width) (INT, output_height) (INT, output_width) (INT, kernel_height)               \
      (INT, kernel_width) (INT, stride_y) (INT, stride_x) (INT, padding_y) (INT, padding_x)

// The window of the output pixel (oy, ox), cut to the image.
#define WINDOW(oy, ox)                                                                                                \
  const int top = (oy) * stride_y - padding_y, side = (ox) * stride_x - padding_x;                                    \
  const int first_y = max(top, 0), last_y = min(top + kernel_height, height);                                         \
  const int first_x = max(side, 0), last_x = min(side + kernel_width, width)

// The output pixels whose windows hold the input pixel (y, x).
#define WINDOWS_AROUND(y, x)                                                                                          \
  const int first_oy = max(y + padding_y - kernel_height + stride_y, 0) / stride_y;                                   \
  const int last_oy = min((y + padding_y) / stride_y, output_height - 1);                                             \
  const int first_ox = max(x + padding_x - kernel_width + stride_x, 0) / stride_x;                                    \
  const int last_ox = min((x + padding_x) / stride_x, output_width - 1)

// Where the largest element of a window lies in its plane: the first in row-major order, or the last NaN.
HELPER int window_maximum(__global const MAP_VALUE *plane, const int first_y, const int last_y, const int first_x,
                          const int last_x, const int width) {
  int best = first_y * width + first_x;
  for (int y = first_y; y < last_y; y++)
    for (int x = first_x; x < last_x; x++) {
      const float value = load_value(plane[y * width + x]);
      if (value > load_value(plane[best]) || value != value) best = y * width + x;
    }
  return best;
}

KERNEL(max_pool_forward, (MAPS_IN, input) (MAPS_OUT, output) POOLING) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const int ox = i % output_width, oy = i / output_width % output_height;
  __global const MAP_VALUE *plane = input + (long)(i / (output_width * output_height)) * height * width;
  WINDOW(oy, ox);
  output[i] = plane[window_maximum(plane, first_y, last_y, first_x, last_x, width)];
}

KERNEL(max_pool_backward, (MAPS_IN, input) (MAPS_IN, output_gradient) (MAPS_OUT, input_gradient) (INT, accumulate) POOLING) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const int position = i % (height * width), y = position / width, x = position - y * width;
  const int plane_index = i / (height * width);
  __global const MAP_VALUE *plane = input + (long)plane_index * height * width;
  __global const MAP_VALUE *gradient = output_gradient + (long)plane_index * output_height * output_width;
  WINDOWS_AROUND(y, x);
  float sum = 0.0f;
  for (int oy = first_oy; oy <= last_oy; oy++)
    for (int ox = first_ox; ox <= last_ox; ox++) {
      WINDOW(oy, ox);
      if (window_maximum(plane, first_y, last_y, first_x, last_x, width) == position)
        sum += load_value(gradient[oy * output_width + ox]);
    }
  add_or_store(sum, input_gradient + i, accumulate);
}

KERNEL(average_pool_forward, (MAPS_IN, input) (MAPS_OUT, output) POOLING) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const int ox = i % output_width, oy = i / output_width % output_height;
  __global const MAP_VALUE *plane = input + (long)(i / (output_width * output_height)) * height * width;
  WINDOW(oy, ox);
  float sum = 0.0f;
  for (int y = first_y; y < last_y; y++)
    for (int x = first_x; x < last_x; x++) sum += load_value(plane[y * width + x]);
  output[i] = store_value(sum / (kernel_height * kernel_width));
}

KERNEL(average_pool_backward, (MAPS_IN, output_gradient) (MAPS_OUT, input_gradient) (INT, accumulate) POOLING) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const int position = i % (height * width), y = position / width, x = position - y * width;
  __global const MAP_VALUE *gradient = output_gradient + (long)(i / (height * width)) * output_height * output_width;
  WINDOWS_AROUND(y, x);
  float sum = 0.0f;
  for (int oy = first_oy; oy <= last_oy; oy++)
    for (int ox = first_ox; ox <= last_ox; ox++) sum += load_value(gradient[oy * output_width + ox]);
  sum /= kernel_height * kernel_width;
  add_or_store(sum, input_gradient + i, accumulate);
}

// One work-group per feature map.
KERNEL(global_average_forward, (MAPS_IN, input) (OUT, output) (INT, area) (LOCAL, scratch)) {
  const int plane = get_group_id(0);
  input += (long)plane * area;
  float sum = 0.0f;
  for (int i = get_local_id(0); i < area; i += get_local_size(0)) sum += load_value(input[i]);
  sum = group_sum(sum, scratch);
  if (get_local_id(0) == 0) output[plane] = sum / area;
}

KERNEL(global_average_backward, (IN, output_gradient) (MAPS_OUT, input_gradient) (INT, accumulate) (INT, count)
       (INT, area)) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const float gradient = output_gradient[i / area] / area;
  add_or_store(gradient, input_gradient + i, accumulate);
}

#define SHORTCUT                                                                                                      \
  (INT, count) (INT, channels) (INT, height) (INT, width) (INT, outputs) (INT, output_height)                         \
      (INT, output_width) (INT, stride)

// Every `stride`-th pixel; channel c of the output is channel sources[c] of the input, or zero where that is -1.
KERNEL(shortcut_forward, (MAPS_IN, input) (LABELS, sources) (MAPS_OUT, output) SHORTCUT) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const int x = i % output_width, y = i / output_width % output_height, plane = i / (output_width * output_height);
  const int image = plane / outputs, channel = sources[plane - image * outputs];
  const int at = ((image * channels + channel) * height + y * stride) * width + x * stride;
  output[i] = channel < 0 ? store_value(0.0f) : input[at];
}

// Channel c of the input goes to channel destinations[c] of the output, or nowhere where that is -1.
KERNEL(shortcut_backward, (MAPS_IN, output_gradient) (LABELS, destinations) (MAPS_OUT, input_gradient) (INT, accumulate)
       SHORTCUT) {
  const int i = get_global_id(0);
  if (i >= count) return;
  const int x = i % width, y = i / width % height, plane = i / (width * height);
  const int image = plane / channels, channel = destinations[plane - image * channels];
  const int taken = channel >= 0 && x % stride == 0 && y % stride == 0;
  const int at = ((image * outputs + channel) * output_height + y / stride) * output_width + x / stride;
  const float gradient = taken ? load_value(output_gradient[at]) : 0.0f;
  add_or_store(gradient, input_gradient + i, accumulate);
}
