// Pooling and the option-A shortcut. One item owns a whole plane, so that scattering gradients needs no atomics.

#include "cpu/layout.cl"

#define MAXIMUM 0
#define AVERAGE 1

// The first of equals; NaN wins, as in PyTorch.
HELPER float16 larger_or_nan(float16 best, float16 pixel) {
  const float16 larger_one = pixel > best ? pixel : best;
  return pixel == pixel ? larger_one : pixel;
}

// The maximum or sum of a window of rows × columns pixels.
HELPER float16 pool_window(const int kind, ConstantPlane corner, long row, const int rows, const int columns) {
  float16 value = (float16)(kind == MAXIMUM ? -INFINITY : 0.0f);
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++) {
      const float16 pixel = load_pixel(j, corner + i * row);
      value = kind == MAXIMUM ? larger_or_nan(value, pixel) : value + pixel;
    }
  return value;
}

// The part of a window that lies inside the input, in one dimension.
struct Span {
  int begin, count;
};

HELPER struct Span window_span(int window, int stride, int padding, const int window_size, int size) {
  const int first = window * stride - padding, begin = larger(first, 0);
  const struct Span span = {begin, smaller(first + window_size, size) - begin};
  return span;
}

// Where the whole window lies inside and its size is a constant, the loops over it are unrolled.
HELPER void pool_row(const int kind, const int kernel_height, const int kernel_width, ConstantPlane from, long from_row,
                     struct Span rows, int stride, int padding, int in_width, Plane to, int out_width) {
  const float16 area = (float16)((float)(kernel_height * kernel_width));
  for (int x = 0; x < out_width; x++) {
    const struct Span columns = window_span(x, stride, padding, kernel_width, in_width);
    ConstantPlane corner = from + rows.begin * from_row + (long)columns.begin * LANES;
    const float16 value = rows.count == kernel_height && columns.count == kernel_width
                              ? pool_window(kind, corner, from_row, kernel_height, kernel_width)
                              : pool_window(kind, corner, from_row, rows.count, columns.count);
    store_pixel(kind == MAXIMUM ? value : value / area, x, to);
  }
}

// Kinds and windows that networks are made of get loops of their own.
#define POOLING_CODE(kind, height, width) (100 * (kind) + 10 * (height) + (width))

#define POOL_ROW(KIND, HEIGHT, WIDTH)                                                                             \
  pool_row(KIND, HEIGHT, WIDTH, from, row_values(in_width, in_halo), rows, stride_width, padding_width, in_width, \
           to + y * row_values(out_width, out_halo), out_width)
#define POOL_CASE(KIND, SIZE)          \
  case POOLING_CODE(KIND, SIZE, SIZE): \
    POOL_ROW(KIND, SIZE, SIZE);        \
    break;

KERNEL(pooling_forward, (MAPS_IN, input) (MAPS_OUT, output) (INT, kind) (INT, blocks) (INT, in_height)
       (INT, in_width) (INT, in_halo) (INT, out_height) (INT, out_width) (INT, out_halo) (INT, kernel_height)
       (INT, kernel_width) (INT, stride_height) (INT, stride_width) (INT, padding_height) (INT, padding_width)) {
  const long plane = (long)get_global_id(1) * blocks + get_global_id(0);
  ConstantPlane from = input + plane_offset(plane, in_height, in_width, in_halo);
  Plane to = output + plane_offset(plane, out_height, out_width, out_halo);
  for (int y = 0; y < out_height; y++) {
    const struct Span rows = window_span(y, stride_height, padding_height, kernel_height, in_height);
    switch (POOLING_CODE(kind, smaller(kernel_height, 9), smaller(kernel_width, 9))) {
      POOL_CASE(MAXIMUM, 2)
      POOL_CASE(MAXIMUM, 3)
      POOL_CASE(AVERAGE, 2)
      default:
        POOL_ROW(kind, kernel_height, kernel_width);
    }
  }
  clear_halo(to, out_height, out_width, out_halo);
}

// Hands the gradient of one output pixel on to its window: an equal share for each pixel, or all of it for the first in
// row-major order that no other exceeds. `adds` says whether the window holds something already.
HELPER void spread_window(const int kind, const int adds, float16 gradient, ConstantPlane corner, long row, Plane to,
                          long to_row, const int rows, const int columns) {
  const float16 zero = (float16)(0.0f);
  const float16 maximum = kind == MAXIMUM ? pool_window(kind, corner, row, rows, columns) : zero;
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++) {
      float16 share = gradient;
      if (kind == MAXIMUM) {
        const float16 pixel = load_pixel(j, corner + i * row);
        share = pixel == maximum ? gradient : zero;
        gradient = pixel == maximum ? zero : gradient;
      }
      Plane target = to + i * to_row;
      store_pixel(adds ? load_pixel(j, target) + share : share, j, target);
    }
}

HELPER void spread_row(const int kind, const int adds, const int kernel_height, const int kernel_width,
                       ConstantPlane gradients, ConstantPlane from, long from_row, Plane to, long to_row,
                       struct Span rows, int stride, int padding, int in_width, int out_width) {
  const float16 area = (float16)((float)(kernel_height * kernel_width));
  for (int x = 0; x < out_width; x++) {
    const struct Span columns = window_span(x, stride, padding, kernel_width, in_width);
    ConstantPlane corner = from + rows.begin * from_row + (long)columns.begin * LANES;
    Plane target = to + rows.begin * to_row + (long)columns.begin * LANES;
    float16 gradient = load_pixel(x, gradients);
    if (kind != MAXIMUM) gradient = gradient / area;
    if (rows.count == kernel_height && columns.count == kernel_width)
      spread_window(kind, adds, gradient, corner, from_row, target, to_row, kernel_height, kernel_width);
    else
      spread_window(kind, adds, gradient, corner, from_row, target, to_row, rows.count, columns.count);
  }
}

#define SPREAD_ROW(KIND, ADDS, HEIGHT, WIDTH)                                                 \
  spread_row(KIND, ADDS, HEIGHT, WIDTH, gradient + y * row_values(out_width, out_halo), from, \
             row_values(in_width, in_halo), to, to_row, rows, stride_width, padding_width, in_width, out_width)
#define SPREAD_CASE(KIND, ADDS, SIZE)                \
  case 1000 * ADDS + POOLING_CODE(KIND, SIZE, SIZE): \
    SPREAD_ROW(KIND, ADDS, SIZE, SIZE);              \
    break;

KERNEL(pooling_backward, (MAPS_IN, input) (MAPS_IN, output_gradient) (MAPS_OUT, input_gradient) (INT, kind)
       (INT, accumulate) (INT, blocks) (INT, in_height) (INT, in_width) (INT, in_halo) (INT, in_gradient_halo)
       (INT, out_height) (INT, out_width) (INT, out_halo) (INT, kernel_height) (INT, kernel_width)
       (INT, stride_height) (INT, stride_width) (INT, padding_height) (INT, padding_width)) {
  const long plane = (long)get_global_id(1) * blocks + get_global_id(0);
  ConstantPlane from = input + plane_offset(plane, in_height, in_width, in_halo);
  ConstantPlane gradient = output_gradient + plane_offset(plane, out_height, out_width, out_halo);
  Plane to = input_gradient + plane_offset(plane, in_height, in_width, in_gradient_halo);
  const long to_row = row_values(in_width, in_gradient_halo);
  // Windows side by side write each pixel once. Others add to zeros, which are written just before the first window
  // that reaches a row; columns and rows beyond all windows keep them.
  const int side_by_side = stride_height == kernel_height && stride_width == kernel_width && padding_height == 0 &&
                           padding_width == 0;
  const int adds = accumulate || !side_by_side;
  const int first_column = side_by_side ? smaller(out_width * kernel_width, in_width) : 0;
  int row = 0;
  for (int y = 0; y < out_height; y++) {
    const struct Span rows = window_span(y, stride_height, padding_height, kernel_height, in_height);
    if (!accumulate)
      for (; row < rows.begin + rows.count; row++)
        clear_pixels(to + row * to_row + (long)first_column * LANES, in_width - first_column);
    switch (1000 * adds + POOLING_CODE(kind, smaller(kernel_height, 9), smaller(kernel_width, 9))) {
      SPREAD_CASE(MAXIMUM, 0, 2)
      SPREAD_CASE(MAXIMUM, 1, 3)
      SPREAD_CASE(AVERAGE, 0, 2)
      default:
        SPREAD_ROW(kind, adds, kernel_height, kernel_width);
    }
  }
  if (!accumulate)
    for (; row < in_height; row++) clear_pixels(to + row * to_row, in_width);
  clear_halo(to, in_height, in_width, in_gradient_halo);
}

// Means over planes to a plain [batch, channels] vector.
KERNEL(global_average_forward, (MAPS_IN, input) (OUT, output) (INT, channels) (INT, height) (INT, width)
       (INT, halo)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int blocks = (channels + LANES - 1) / LANES;
  ConstantPlane from = input + plane_offset((long)image * blocks + block, height, width, halo);
  float16 sum = (float16)(0.0f);
  for (int y = 0; y < height; y++) {
    float16 row_sum = (float16)(0.0f);
    for (int x = 0; x < width; x++) row_sum += load_pixel(x, from + y * row_values(width, halo));
    sum += row_sum;
  }
  store_block(sum / (float16)((float)(height * width)), output + (long)image * channels, block, channels);
}

KERNEL(global_average_backward, (IN, output_gradient) (MAPS_OUT, input_gradient) (INT, accumulate) (INT, channels)
       (INT, height) (INT, width) (INT, halo)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int blocks = (channels + LANES - 1) / LANES;
  Plane to = input_gradient + plane_offset((long)image * blocks + block, height, width, halo);
  const float16 share =
      load_block(output_gradient + (long)image * channels, block, channels, 0.0f) / (float16)((float)(height * width));
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      Plane pixel = to + y * row_values(width, halo) + (long)x * LANES;
      store_pixel(accumulate ? load_pixel(0, pixel) + share : share, 0, pixel);
    }
  clear_halo(to, height, width, halo);
}

// For each lane of a block, where the channel that `map` names for it lies in the tensor on the other side of a
// shortcut: values from the tensor's beginning to the channel's pixel (0, 0), or -1 where there is none.
HELPER void find_partners(__global const int *map, int block, int channels, int image, int other_channels,
                          int other_height, int other_width, int other_halo, long partners[LANES]) {
  const int other_blocks = (other_channels + LANES - 1) / LANES;
  for (int lane = 0; lane < LANES; lane++) {
    const int channel = block * LANES + lane, partner = channel < channels ? map[channel] : -1;
    const long plane = (long)image * other_blocks + partner / LANES;
    partners[lane] =
        partner < 0 ? -1 : plane_offset(plane, other_height, other_width, other_halo) + partner % LANES;
  }
}

// `lanes` neighbouring lanes of `count` pixels, copied or added. Steps are in values.
HELPER void copy_lanes(ConstantPlane from, long from_step, Plane to, long to_step, int count, const int lanes,
                       const int accumulate) {
  // Pixels are far apart: vectors over them would have to be gathered and scattered.
#pragma clang loop vectorize(disable)
  for (int x = 0; x < count; x++)
#pragma unroll
    for (int lane = 0; lane < lanes; lane++) {
      const float value = load_value(from[x * from_step + lane]);
      to[x * to_step + lane] = store_value(accumulate ? load_value(to[x * to_step + lane]) + value : value);
    }
}

// Whether the partners of half a block are neighbours in the same order.
HELPER int are_neighbours(const long partners[LANES], int first) {
  for (int lane = 0; lane < LANES / 2; lane++)
    if (partners[first] < 0 || partners[first + lane] != partners[first] + lane) return 0;
  return 1;
}

// One row of a block: the lanes of `count` pixels that have a partner take its values, or add them. The zoo's networks
// shift channels by multiples of 8.
HELPER void copy_from_partners(ConstantPlane from, long from_step, const long partners[LANES], Plane to, long to_step,
                               int count, const int accumulate) {
  for (int first = 0; first < LANES; first += LANES / 2) {
    if (are_neighbours(partners, first)) {
      copy_lanes(from + partners[first], from_step, to + first, to_step, count, LANES / 2, accumulate);
      continue;
    }
    for (int lane = first; lane < first + LANES / 2; lane++)
      if (partners[lane] >= 0)
        copy_lanes(from + partners[lane], from_step, to + lane, to_step, count, 1, accumulate);
  }
}

// Every stride-th pixel; channel c of the output is channel sources[c] of the input, or zero where that is -1.
KERNEL(shortcut_forward, (MAPS_IN, input) (LABELS, sources) (MAPS_OUT, output) (INT, stride) (INT, in_channels)
       (INT, in_height) (INT, in_width) (INT, in_halo) (INT, out_channels) (INT, out_height) (INT, out_width)
       (INT, out_halo)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int out_blocks = (out_channels + LANES - 1) / LANES;
  const long in_row = row_values(in_width, in_halo), out_row = row_values(out_width, out_halo);
  Plane to = output + plane_offset((long)image * out_blocks + block, out_height, out_width, out_halo);
  long partners[LANES];
  find_partners(sources, block, out_channels, image, in_channels, in_height, in_width, in_halo, partners);
  for (int y = 0; y < out_height; y++) {
    Plane row = to + y * out_row;
    for (int x = 0; x < out_width; x++) store_pixel((float16)(0.0f), x, row);
    copy_from_partners(input + (long)y * stride * in_row, (long)stride * LANES, partners, row, LANES, out_width, 0);
  }
  clear_halo(to, out_height, out_width, out_halo);
}

// Channel c of the input goes to channel destinations[c] of the output, or nowhere where that is -1.
KERNEL(shortcut_backward, (MAPS_IN, output_gradient) (LABELS, destinations) (MAPS_OUT, input_gradient)
       (INT, accumulate) (INT, stride) (INT, in_channels) (INT, in_height) (INT, in_width) (INT, in_halo)
       (INT, out_channels) (INT, out_height) (INT, out_width) (INT, out_halo)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int in_blocks = (in_channels + LANES - 1) / LANES;
  const long in_row = row_values(in_width, in_halo), out_row = row_values(out_width, out_halo);
  Plane to = input_gradient + plane_offset((long)image * in_blocks + block, in_height, in_width, in_halo);
  long partners[LANES];
  find_partners(destinations, block, in_channels, image, out_channels, out_height, out_width, out_halo, partners);
  for (int y = 0; y < in_height; y++) {
    Plane row = to + y * in_row;
    if (!accumulate)
      for (int x = 0; x < in_width; x++) store_pixel((float16)(0.0f), x, row);
    if (y % stride != 0) continue;
    ConstantPlane gradients = output_gradient + y / stride * out_row;
    if (accumulate)
      copy_from_partners(gradients, LANES, partners, row, (long)stride * LANES, out_width, 1);
    else
      copy_from_partners(gradients, LANES, partners, row, (long)stride * LANES, out_width, 0);
  }
  clear_halo(to, in_height, in_width, in_halo);
}
