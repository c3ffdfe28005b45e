// Weights of a convolution: packing for the two directions, and their gradient.
//
// The gradient is summed per group of images into partials [group][output block][input block][kernel row]
// [kernel column][16 input lanes][16 output lanes]; a second kernel adds the groups in order. The number of groups is a
// property of the problem, so the sum does not depend on how many threads there are.

#include "cpu/layout.cl"

// Plain [out, in, kernel_height · kernel_width] weights for the forward direction. One item per pair of blocks.
KERNEL(pack_forward, (IN, plain), (OUT, packed), (INT, out_channels), (INT, in_channels), (INT, taps)) {
  const int in_block = get_global_id(0), out_block = get_global_id(1);
  const int in_blocks = (in_channels + LANES - 1) / LANES;
  __global float *target = packed + ((long)out_block * in_blocks + in_block) * taps * LANES * LANES;
  for (int i = 0; i < LANES; i++)
    for (int o = 0; o < LANES; o++) {
      const int in = in_block * LANES + i, out = out_block * LANES + o;
      for (int tap = 0; tap < taps; tap++)
        target[(tap * LANES + i) * LANES + o] =
            in < in_channels && out < out_channels ? plain[((long)out * in_channels + in) * taps + tap] : 0.0f;
    }
}

// The same weights with the roles of input and output exchanged, for the backward direction.
KERNEL(pack_backward, (IN, plain), (OUT, packed), (INT, out_channels), (INT, in_channels), (INT, taps)) {
  const int in_block = get_global_id(0), out_block = get_global_id(1);
  const int out_blocks = (out_channels + LANES - 1) / LANES;
  __global float *target = packed + ((long)in_block * out_blocks + out_block) * taps * LANES * LANES;
  for (int o = 0; o < LANES; o++)
    for (int i = 0; i < LANES; i++) {
      const int in = in_block * LANES + i, out = out_block * LANES + o;
      for (int tap = 0; tap < taps; tap++)
        target[(tap * LANES + o) * LANES + i] =
            in < in_channels && out < out_channels ? plain[((long)out * in_channels + in) * taps + tap] : 0.0f;
    }
}

// L input lanes × 16 output lanes of one tap, over the pixels of `rows` output rows.
HELPER void add_weight_tap(const int L, __global float *partial, ConstantPlane input, const long input_row_step,
                           const int input_column_step, ConstantPlane gradient, const long gradient_row, int rows,
                           int columns) {
  float16 acc[16];
#pragma unroll
  for (int i = 0; i < L; i++) acc[i] = vload16(i, partial);
  for (int y = 0; y < rows; y++)
    for (int x = 0; x < columns; x++) {
      const float16 g = vload16(0, gradient + y * gradient_row + (long)x * LANES);
      ConstantPlane pixel = input + y * input_row_step + (long)x * input_column_step;
#pragma unroll
      for (int i = 0; i < L; i++) acc[i] = FMA((float16)(pixel[i]), g, acc[i]);
    }
#pragma unroll
  for (int i = 0; i < L; i++) vstore16(acc[i], i, partial);
}

// As many input lanes at a time as the registers hold.
#if ACCUMULATORS >= 14
#define WEIGHT_LANES 16
#elif ACCUMULATORS >= 6
#define WEIGHT_LANES 4
#else
#define WEIGHT_LANES 2
#endif

KERNEL(convolution_backward_weights, (MAPS_IN, input), (MAPS_IN, gradient), (OUT, partials), (INT, batch), (INT, groups),
       (INT, in_channels), (INT, in_height), (INT, in_width), (INT, in_halo), (INT, out_channels), (INT, out_height),
       (INT, out_width), (INT, out_halo), (INT, kernel_height), (INT, kernel_width), (INT, stride_height),
       (INT, stride_width), (INT, padding_height), (INT, padding_width), (INT, dilation_height), (INT, dilation_width)) {
  const int in_blocks = (in_channels + LANES - 1) / LANES, out_blocks = (out_channels + LANES - 1) / LANES;
  const int in_block = get_global_id(0), out_block = get_global_id(1), group = get_global_id(2);
  const int taps = kernel_height * kernel_width;
  const int lanes = smaller(LANES, in_channels - in_block * LANES);
  __global float *partial =
      partials + (((long)group * out_blocks + out_block) * in_blocks + in_block) * taps * LANES * LANES;
  for (int i = 0; i < taps * LANES; i++) vstore16((float16)(0.0f), i, partial);
  const long in_row = row_values(in_width, in_halo), out_row = row_values(out_width, out_halo);
  // Enough rows to amortise loading and storing the sums, few enough to stay in the first-level cache.
  const int rows_at_once = larger(1, 128 / out_width);
  const int first = (int)((long)batch * group / groups), last = (int)((long)batch * (group + 1) / groups);
  for (int image = first; image < last; image++) {
    ConstantPlane in = input + plane_offset((long)image * in_blocks + in_block, in_height, in_width, in_halo);
    ConstantPlane out = gradient + plane_offset((long)image * out_blocks + out_block, out_height, out_width, out_halo);
    for (int y = 0; y < out_height; y += rows_at_once) {
      const int rows = smaller(rows_at_once, out_height - y);
      for (int i = 0; i < kernel_height; i++)
        for (int j = 0; j < kernel_width; j++) {
          ConstantPlane corner = in + (y * stride_height + i * dilation_height - padding_height) * in_row +
                                 (long)(j * dilation_width - padding_width) * LANES;
          __global float *tap = partial + (i * kernel_width + j) * LANES * LANES;
          int lane = 0;
          for (; lane + WEIGHT_LANES <= lanes; lane += WEIGHT_LANES)
            add_weight_tap(WEIGHT_LANES, tap + lane * LANES, corner + lane, stride_height * in_row,
                           stride_width * LANES, out + y * out_row, out_row, rows, out_width);
          for (; lane < lanes; lane++)
            add_weight_tap(1, tap + lane * LANES, corner + lane, stride_height * in_row, stride_width * LANES,
                           out + y * out_row, out_row, rows, out_width);
        }
    }
  }
}

// Adds the groups in order and stores plain [out, in, taps] gradients. One item per pair of blocks.
KERNEL(reduce_weights, (IN, partials), (OUT, plain), (INT, groups), (INT, out_channels), (INT, in_channels),
       (INT, taps)) {
  const int in_blocks = (in_channels + LANES - 1) / LANES, out_blocks = (out_channels + LANES - 1) / LANES;
  const int in_block = get_global_id(0), out_block = get_global_id(1);
  const long group_words = (long)out_blocks * in_blocks * taps * LANES * LANES;
  __global const float *source = partials + ((long)out_block * in_blocks + in_block) * taps * LANES * LANES;
  const int in_lanes = smaller(LANES, in_channels - in_block * LANES);
  const int out_lanes = smaller(LANES, out_channels - out_block * LANES);
  for (int tap = 0; tap < taps; tap++)
    for (int i = 0; i < in_lanes; i++) {
      float16 sum = vload16(tap * LANES + i, source);
      for (int group = 1; group < groups; group++) sum += vload16(tap * LANES + i, source + group * group_words);
      float lanes[LANES];
      vstore16_private(sum, lanes);
      for (int o = 0; o < out_lanes; o++)
        plain[((long)(out_block * LANES + o) * in_channels + in_block * LANES + i) * taps + tap] = lanes[o];
    }
}

// Sum of a gradient over images and pixels: the gradient of a convolution's bias. One item per block.
KERNEL(reduce_bias, (MAPS_IN, gradient), (OUT, biases), (INT, batch), (INT, channels), (INT, height), (INT, width),
       (INT, halo)) {
  const int blocks = (channels + LANES - 1) / LANES, block = get_global_id(0);
  const long row = row_values(width, halo);
  float16 total = (float16)(0.0f);
  for (int image = 0; image < batch; image++) {
    ConstantPlane pixels = gradient + plane_offset((long)image * blocks + block, height, width, halo);
    float16 sum = (float16)(0.0f);
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) sum += load_pixel(0, pixels + y * row + (long)x * LANES);
    total += sum;
  }
  store_block(total, biases, block, channels);
}
