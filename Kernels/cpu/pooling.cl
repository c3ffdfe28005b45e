// Pooling and the option-A shortcut. One item owns a whole plane, so that scattering gradients needs no atomics.

#include "cpu/layout.cl"

#define MAXIMUM 0

// The first of equals; NaN wins, as in PyTorch.
HELPER float16 larger_or_nan(float16 best, float16 pixel) {
  const float16 larger_one = pixel > best ? pixel : best;
  return pixel == pixel ? larger_one : pixel;
}


KERNEL(pooling_forward, (IN, input), (OUT, output), (INT, kind), (INT, blocks), (INT, in_height), (INT, in_width),
       (INT, in_halo), (INT, out_height), (INT, out_width), (INT, out_halo), (INT, kernel_height), (INT, kernel_width),
       (INT, stride_height), (INT, stride_width), (INT, padding_height), (INT, padding_width)) {
  const long plane = (long)get_global_id(1) * blocks + get_global_id(0);
  ConstantPlane from = input + plane_offset(plane, in_height, in_width, in_halo);
  Plane to = output + plane_offset(plane, out_height, out_width, out_halo);
  const long in_row = row_words(in_width, in_halo), out_row = row_words(out_width, out_halo);
  const float16 area = (float16)((float)(kernel_height * kernel_width));
  for (int y = 0; y < out_height; y++)
    for (int x = 0; x < out_width; x++) {
      const int top = y * stride_height - padding_height, left = x * stride_width - padding_width;
      float16 value = (float16)(kind == MAXIMUM ? -INFINITY : 0.0f);
      for (int i = larger(top, 0); i < smaller(top + kernel_height, in_height); i++)
        for (int j = larger(left, 0); j < smaller(left + kernel_width, in_width); j++) {
          const float16 pixel = vload16(0, from + i * in_row + (long)j * LANES);
          value = kind == MAXIMUM ? larger_or_nan(value, pixel) : value + pixel;
        }
      vstore16(kind == MAXIMUM ? value : value / area, 0, to + y * out_row + (long)x * LANES);
    }
  clear_halo(to, out_height, out_width, out_halo);
}

KERNEL(pooling_backward, (IN, input), (IN, output_gradient), (OUT, input_gradient), (INT, kind), (INT, accumulate),
       (INT, blocks), (INT, in_height), (INT, in_width), (INT, in_halo), (INT, in_gradient_halo), (INT, out_height),
       (INT, out_width), (INT, out_halo), (INT, kernel_height), (INT, kernel_width), (INT, stride_height),
       (INT, stride_width), (INT, padding_height), (INT, padding_width)) {
  const long plane = (long)get_global_id(1) * blocks + get_global_id(0);
  ConstantPlane from = input + plane_offset(plane, in_height, in_width, in_halo);
  ConstantPlane gradient = output_gradient + plane_offset(plane, out_height, out_width, out_halo);
  Plane to = input_gradient + plane_offset(plane, in_height, in_width, in_gradient_halo);
  const long in_row = row_words(in_width, in_halo), to_row = row_words(in_width, in_gradient_halo);
  const float16 zero = (float16)(0.0f), area = (float16)((float)(kernel_height * kernel_width));
  if (!accumulate)
    for (int y = 0; y < in_height; y++)
      for (int x = 0; x < in_width; x++) vstore16(zero, 0, to + y * to_row + (long)x * LANES);
  for (int y = 0; y < out_height; y++)
    for (int x = 0; x < out_width; x++) {
      const int top = y * stride_height - padding_height, left = x * stride_width - padding_width;
      const int bottom = smaller(top + kernel_height, in_height), right = smaller(left + kernel_width, in_width);
      float16 share = vload16(0, gradient + y * row_words(out_width, out_halo) + (long)x * LANES);
      if (kind != MAXIMUM) share = share / area;
      // In row-major order the first pixel that no other exceeds takes the gradient and clears it for the rest.
      float16 maximum = (float16)(-INFINITY);
      if (kind == MAXIMUM)
        for (int i = larger(top, 0); i < bottom; i++)
          for (int j = larger(left, 0); j < right; j++) {
            const float16 pixel = vload16(0, from + i * in_row + (long)j * LANES);
            maximum = larger_or_nan(maximum, pixel);
          }
      for (int i = larger(top, 0); i < bottom; i++)
        for (int j = larger(left, 0); j < right; j++) {
          Plane target = to + i * to_row + (long)j * LANES;
          if (kind == MAXIMUM) {
            const float16 pixel = vload16(0, from + i * in_row + (long)j * LANES);
            vstore16(vload16(0, target) + (pixel == maximum ? share : zero), 0, target);
            share = pixel == maximum ? zero : share;
          } else {
            vstore16(vload16(0, target) + share, 0, target);
          }
        }
    }
  clear_halo(to, in_height, in_width, in_gradient_halo);
}

// Means over planes to a plain [batch, channels] vector.
KERNEL(global_average_forward, (IN, input), (OUT, output), (INT, channels), (INT, height), (INT, width), (INT, halo)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int blocks = (channels + LANES - 1) / LANES;
  ConstantPlane from = input + plane_offset((long)image * blocks + block, height, width, halo);
  float16 sum = (float16)(0.0f);
  for (int y = 0; y < height; y++) {
    float16 row_sum = (float16)(0.0f);
    for (int x = 0; x < width; x++) row_sum += vload16(x, from + y * row_words(width, halo));
    sum += row_sum;
  }
  store_block(sum / (float16)((float)(height * width)), output + (long)image * channels, block, channels);
}

KERNEL(global_average_backward, (IN, output_gradient), (OUT, input_gradient), (INT, accumulate), (INT, channels),
       (INT, height), (INT, width), (INT, halo)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int blocks = (channels + LANES - 1) / LANES;
  Plane to = input_gradient + plane_offset((long)image * blocks + block, height, width, halo);
  const float16 share =
      load_block(output_gradient + (long)image * channels, block, channels, 0.0f) / (float16)((float)(height * width));
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      Plane pixel = to + y * row_words(width, halo) + (long)x * LANES;
      vstore16(accumulate ? vload16(0, pixel) + share : share, 0, pixel);
    }
  clear_halo(to, height, width, halo);
}

// Channel c of the output is channel c − channel_offset of every stride-th pixel of the input, or zero.
KERNEL(shortcut_forward, (IN, input), (OUT, output), (INT, stride), (INT, channel_offset), (INT, in_channels),
       (INT, in_height), (INT, in_width), (INT, in_halo), (INT, out_channels), (INT, out_height), (INT, out_width),
       (INT, out_halo)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int in_blocks = (in_channels + LANES - 1) / LANES, out_blocks = (out_channels + LANES - 1) / LANES;
  Plane to = output + plane_offset((long)image * out_blocks + block, out_height, out_width, out_halo);
  for (int lane = 0; lane < LANES; lane++) {
    const int out = block * LANES + lane, in = out - channel_offset;
    const int exists = out < out_channels && in >= 0 && in < in_channels;
    ConstantPlane from =
        input + (exists ? plane_offset((long)image * in_blocks + in / LANES, in_height, in_width, in_halo) : 0);
    for (int y = 0; y < out_height; y++)
      for (int x = 0; x < out_width; x++)
        to[y * row_words(out_width, out_halo) + x * LANES + lane] =
            exists ? from[y * stride * row_words(in_width, in_halo) + x * stride * LANES + in % LANES] : 0.0f;
  }
  clear_halo(to, out_height, out_width, out_halo);
}

KERNEL(shortcut_backward, (IN, output_gradient), (OUT, input_gradient), (INT, accumulate), (INT, stride),
       (INT, channel_offset), (INT, in_channels), (INT, in_height), (INT, in_width), (INT, in_halo), (INT, out_channels),
       (INT, out_height), (INT, out_width), (INT, out_halo)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int in_blocks = (in_channels + LANES - 1) / LANES, out_blocks = (out_channels + LANES - 1) / LANES;
  Plane to = input_gradient + plane_offset((long)image * in_blocks + block, in_height, in_width, in_halo);
  for (int lane = 0; lane < LANES; lane++) {
    const int in = block * LANES + lane, out = in + channel_offset;
    const int exists = in < in_channels && out >= 0 && out < out_channels;
    ConstantPlane from = output_gradient +
                         (exists ? plane_offset((long)image * out_blocks + out / LANES, out_height, out_width, out_halo)
                                 : 0);
    for (int y = 0; y < in_height; y++)
      for (int x = 0; x < in_width; x++) {
        __global float *pixel = to + y * row_words(in_width, in_halo) + x * LANES + lane;
        const int taken = exists && y % stride == 0 && x % stride == 0;
        const float g =
            taken ? from[y / stride * row_words(out_width, out_halo) + x / stride * LANES + out % LANES] : 0.0f;
        *pixel = accumulate ? *pixel + g : g;
      }
  }
  clear_halo(to, in_height, in_width, in_halo);
}
