// Pooling and the option-A shortcut. One item owns a whole plane, so that scattering gradients needs no atomics.

#include "cpu/layout.cl"

#define MAXIMUM 0

// The first of equals; NaN wins, as in PyTorch.
HELPER float16 larger_or_nan(float16 best, float16 pixel) {
  const float16 larger_one = pixel > best ? pixel : best;
  return pixel == pixel ? larger_one : pixel;
}


KERNEL(pooling_forward, (MAPS_IN, input), (MAPS_OUT, output), (INT, kind), (INT, blocks), (INT, in_height), (INT, in_width),
       (INT, in_halo), (INT, out_height), (INT, out_width), (INT, out_halo), (INT, kernel_height), (INT, kernel_width),
       (INT, stride_height), (INT, stride_width), (INT, padding_height), (INT, padding_width)) {
  const long plane = (long)get_global_id(1) * blocks + get_global_id(0);
  ConstantPlane from = input + plane_offset(plane, in_height, in_width, in_halo);
  Plane to = output + plane_offset(plane, out_height, out_width, out_halo);
  const long in_row = row_values(in_width, in_halo), out_row = row_values(out_width, out_halo);
  const float16 area = (float16)((float)(kernel_height * kernel_width));
  for (int y = 0; y < out_height; y++)
    for (int x = 0; x < out_width; x++) {
      const int top = y * stride_height - padding_height, left = x * stride_width - padding_width;
      float16 value = (float16)(kind == MAXIMUM ? -INFINITY : 0.0f);
      for (int i = larger(top, 0); i < smaller(top + kernel_height, in_height); i++)
        for (int j = larger(left, 0); j < smaller(left + kernel_width, in_width); j++) {
          const float16 pixel = load_pixel(0, from + i * in_row + (long)j * LANES);
          value = kind == MAXIMUM ? larger_or_nan(value, pixel) : value + pixel;
        }
      store_pixel(kind == MAXIMUM ? value : value / area, 0, to + y * out_row + (long)x * LANES);
    }
  clear_halo(to, out_height, out_width, out_halo);
}

KERNEL(pooling_backward, (MAPS_IN, input), (MAPS_IN, output_gradient), (MAPS_OUT, input_gradient), (INT, kind), (INT, accumulate),
       (INT, blocks), (INT, in_height), (INT, in_width), (INT, in_halo), (INT, in_gradient_halo), (INT, out_height),
       (INT, out_width), (INT, out_halo), (INT, kernel_height), (INT, kernel_width), (INT, stride_height),
       (INT, stride_width), (INT, padding_height), (INT, padding_width)) {
  const long plane = (long)get_global_id(1) * blocks + get_global_id(0);
  ConstantPlane from = input + plane_offset(plane, in_height, in_width, in_halo);
  ConstantPlane gradient = output_gradient + plane_offset(plane, out_height, out_width, out_halo);
  Plane to = input_gradient + plane_offset(plane, in_height, in_width, in_gradient_halo);
  const long in_row = row_values(in_width, in_halo), to_row = row_values(in_width, in_gradient_halo);
  const float16 zero = (float16)(0.0f), area = (float16)((float)(kernel_height * kernel_width));
  if (!accumulate)
    for (int y = 0; y < in_height; y++)
      for (int x = 0; x < in_width; x++) store_pixel(zero, 0, to + y * to_row + (long)x * LANES);
  for (int y = 0; y < out_height; y++)
    for (int x = 0; x < out_width; x++) {
      const int top = y * stride_height - padding_height, left = x * stride_width - padding_width;
      const int bottom = smaller(top + kernel_height, in_height), right = smaller(left + kernel_width, in_width);
      float16 share = load_pixel(0, gradient + y * row_values(out_width, out_halo) + (long)x * LANES);
      if (kind != MAXIMUM) share = share / area;
      // In row-major order the first pixel that no other exceeds takes the gradient and clears it for the rest.
      float16 maximum = (float16)(-INFINITY);
      if (kind == MAXIMUM)
        for (int i = larger(top, 0); i < bottom; i++)
          for (int j = larger(left, 0); j < right; j++) {
            const float16 pixel = load_pixel(0, from + i * in_row + (long)j * LANES);
            maximum = larger_or_nan(maximum, pixel);
          }
      for (int i = larger(top, 0); i < bottom; i++)
        for (int j = larger(left, 0); j < right; j++) {
          Plane target = to + i * to_row + (long)j * LANES;
          if (kind == MAXIMUM) {
            const float16 pixel = load_pixel(0, from + i * in_row + (long)j * LANES);
            store_pixel(load_pixel(0, target) + (pixel == maximum ? share : zero), 0, target);
            share = pixel == maximum ? zero : share;
          } else {
            store_pixel(load_pixel(0, target) + share, 0, target);
          }
        }
    }
  clear_halo(to, in_height, in_width, in_gradient_halo);
}

// Means over planes to a plain [batch, channels] vector.
KERNEL(global_average_forward, (MAPS_IN, input), (OUT, output), (INT, channels), (INT, height), (INT, width), (INT, halo)) {
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

KERNEL(global_average_backward, (IN, output_gradient), (MAPS_OUT, input_gradient), (INT, accumulate), (INT, channels),
       (INT, height), (INT, width), (INT, halo)) {
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

// One row of a block: the lanes of `count` pixels that have a partner take its values, or add them. Steps are in values.
HELPER void copy_from_partners(ConstantPlane from, long from_step, const long partners[LANES], Plane to, long to_step, int count, int accumulate) {
  for (int lane = 0; lane < LANES; lane++) {
    if (partners[lane] < 0) continue;
    ConstantPlane source = from + partners[lane];
    Plane target = to + lane;
    // Vectors would have to be gathered and scattered, which takes longer than word by word.
#pragma clang loop vectorize(disable)
    for (int x = 0; x < count; x++) {
      const float value = load_value(source[x * from_step]);
      target[x * to_step] = store_value(accumulate ? load_value(target[x * to_step]) + value : value);
    }
  }
}

// Every stride-th pixel; channel c of the output is channel sources[c] of the input, or zero where that is -1.
KERNEL(shortcut_forward, (MAPS_IN, input), (LABELS, sources), (MAPS_OUT, output), (INT, stride), (INT, in_channels),
       (INT, in_height), (INT, in_width), (INT, in_halo), (INT, out_channels), (INT, out_height), (INT, out_width),
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
KERNEL(shortcut_backward, (MAPS_IN, output_gradient), (LABELS, destinations), (MAPS_OUT, input_gradient), (INT, accumulate),
       (INT, stride), (INT, in_channels), (INT, in_height), (INT, in_width), (INT, in_halo), (INT, out_channels),
       (INT, out_height), (INT, out_width), (INT, out_halo)) {
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
    if (y % stride == 0)
      copy_from_partners(output_gradient + y / stride * out_row, LANES, partners, row, (long)stride * LANES, out_width,
                         accumulate);
  }
  clear_halo(to, in_height, in_width, in_halo);
}
