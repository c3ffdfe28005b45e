// Weights of a convolution: packing for the two directions, and their gradient.
//
// The gradient is summed per group of images into partials [group][output block][input block][kernel row]
// [kernel column][16 lanes of one side][16 lanes of the other]; a second kernel adds the groups in order. The number of groups is a
// property of the problem, so the sum does not depend on how many threads there are.

#include "cpu/layout.cl"
#include "cpu/transpose.cl"

// One pair of blocks of plain weights as [tap][16 input lanes][16 output lanes]. The weights of an output channel are
// consecutive by input lane, then tap: 16 of them at a time, of 16 output channels.
HELPER void pack_pair(__global const float *plain, __global float *target, int out_channels, int in_channels, int taps,
                      int out_block, int in_block) {
  const int out_lanes = smaller(LANES, out_channels - out_block * LANES);
  const int row_length = smaller(LANES, in_channels - in_block * LANES) * taps;
  __global const float *source = plain + ((long)out_block * LANES * in_channels + in_block * LANES) * taps;
  int tap = 0, lane = 0;
  for (int first = 0; first < taps * LANES; first += LANES) {
    float16 rows[LANES];
#pragma unroll
    for (int o = 0; o < LANES; o++)
      rows[o] = o < out_lanes ? load_lanes(source + (long)o * in_channels * taps + first, row_length - first, 0.0f)
                              : (float16)(0.0f);
    transpose(rows);
#pragma unroll
    for (int i = 0; i < LANES; i++) {
      vstore16(rows[i], tap * LANES + lane, target);
      if (++tap == taps) {
        tap = 0;
        lane++;
      }
    }
  }
}

// Exchanges the lanes of a packed pair of blocks, tap by tap.
HELPER void exchange_lanes(__global float *pair, int taps) {
  for (int tap = 0; tap < taps; tap++) {
    float16 rows[LANES];
#pragma unroll
    for (int i = 0; i < LANES; i++) rows[i] = vload16(tap * LANES + i, pair);
    transpose(rows);
#pragma unroll
    for (int i = 0; i < LANES; i++) vstore16(rows[i], tap * LANES + i, pair);
  }
}

// bfloat16 feature maps have products of their own (Sources/CPUKernels/bf16_convolution_weights.h).
#ifndef BF16_MAPS

// Plain [out, in, kernel_height · kernel_width] weights for the forward direction. One item per pair of blocks.
KERNEL(pack_forward, (IN, plain) (OUT, packed) (INT, out_channels) (INT, in_channels) (INT, taps)) {
  const int in_block = get_global_id(0), out_block = get_global_id(1);
  const int in_blocks = (in_channels + LANES - 1) / LANES;
  pack_pair(plain, packed + ((long)out_block * in_blocks + in_block) * taps * LANES * LANES, out_channels, in_channels,
            taps, out_block, in_block);
}

// The same weights with the roles of input and output exchanged, for the backward direction.
KERNEL(pack_backward, (IN, plain) (OUT, packed) (INT, out_channels) (INT, in_channels) (INT, taps)) {
  const int in_block = get_global_id(0), out_block = get_global_id(1);
  const int out_blocks = (out_channels + LANES - 1) / LANES;
  __global float *target = packed + ((long)in_block * out_blocks + out_block) * taps * LANES * LANES;
  pack_pair(plain, target, out_channels, in_channels, taps, out_block, in_block);
  exchange_lanes(target, taps);
}

// L lanes × T taps at once, in the order in which they are tried; the last serves any problem. As many sums as the
// registers hold, and several taps where there are few lanes, since every sum waits for its last addition.
#if ACCUMULATORS >= 14
#define EACH_WEIGHT_TILE(M) \
  M(1, 9) M(2, 9) M(3, 9) M(4, 5) M(6, 3) M(8, 1) M(10, 1) M(12, 1) M(14, 1) M(16, 1)
#define WEIGHT_LANES 16
#elif ACCUMULATORS >= 6
#define EACH_WEIGHT_TILE(M) M(1, 5) M(2, 3) M(4, 1) M(6, 1)
#define WEIGHT_LANES 6
#else
#define EACH_WEIGHT_TILE(M) M(1, 1) M(2, 1)
#define WEIGHT_LANES 2
#endif

// What one pair of blocks is summed over: some rows of the output in each of a few images.
struct WeightSums {
  ConstantPlane input, gradient;  // of the first image and row; the input's pixel for the first tap
  long input_image, input_row, input_column, gradient_image, gradient_row;  // words from one to the next
  long tap_row, tap_column;
  int images, rows, columns, kernel_width, taps, lanes;
  int begin;                                                      // whether nothing is summed yet
  int first_row, first_column;                                    // of the input's pixel for the first tap
  int tap_rows, tap_columns, stride_height, stride_width, input_height, input_width;
};

struct Range {
  int begin, end;
};

// The steps among `count` at which first + step · stride lies in 0 ..< size.
HELPER struct Range inside(int first, int stride, int size, int count) {
  struct Range range;
  range.begin = smaller(count, first < 0 ? (stride - 1 - first) / stride : 0);
  range.end = larger(range.begin, smaller(count, size > first ? (size - 1 - first) / stride + 1 : 0));
  return range;
}

// T taps from `first` on and L lanes from `lane` on, of the input or, where `of_output` is set, of the gradient; the
// other side gives all 16. Taps before `first_stored` are complete already.
HELPER void weight_tile(const struct WeightSums *s, const int L, const int T, const int of_output,
                        __global float *partial, int lane, int first, int first_stored) {
  float16 acc[28];
  long places[9];
#pragma unroll
  for (int t = 0; t < T; t++)
    places[t] = (first + t) / s->kernel_width * s->tap_row + (first + t) % s->kernel_width * s->tap_column;
  __global float *sums = partial + (first * LANES + lane) * LANES;
#pragma unroll
  for (int t = 0; t < T; t++)
#pragma unroll
    for (int l = 0; l < L; l++) acc[t * L + l] = s->begin ? (float16)(0.0f) : vload16(t * LANES + l, sums);
  struct Range rows = {0, s->rows}, columns = {0, s->columns};
  if (T == 1) {
    // A tap of its own need not visit the zeros around the input.
    rows = inside(s->first_row + first / s->kernel_width * s->tap_rows, s->stride_height, s->input_height, s->rows);
    columns = inside(s->first_column + first % s->kernel_width * s->tap_columns, s->stride_width, s->input_width,
                     s->columns);
  }
  for (int image = 0; image < s->images; image++)
    for (int y = rows.begin; y < rows.end; y++) {
      ConstantPlane input = s->input + image * s->input_image + y * s->input_row +
                            columns.begin * s->input_column + (of_output ? 0 : lane);
      ConstantPlane gradient = s->gradient + image * s->gradient_image + y * s->gradient_row +
                               (long)columns.begin * LANES + (of_output ? lane : 0);
      for (int x = columns.begin; x < columns.end; x++, input += s->input_column, gradient += LANES) {
        PREFETCH(input + places[T - 1] + 32 * s->input_column);
        PREFETCH(gradient + 32 * LANES);
#pragma unroll
        for (int t = 0; t < T; t++)
#pragma unroll
          for (int l = 0; l < L; l++)
            acc[t * L + l] = of_output ? FMA((float16)(gradient[l]), vload16(0, input + places[t]), acc[t * L + l])
                                       : FMA((float16)(input[places[t] + l]), vload16(0, gradient), acc[t * L + l]);
      }
    }
#pragma unroll
  for (int t = 0; t < T; t++)
#pragma unroll
    for (int l = 0; l < L; l++)
      if (first + t >= first_stored) vstore16(acc[t * L + l], t * LANES + l, sums);
}

#define WEIGHT_CASE(L, T)                                                                      \
  if (lanes <= L && s->taps >= T) {                                                            \
    for (int tap = 0; tap < s->taps; tap += T)                                                 \
      weight_tile(s, L, T, of_output, partial, lane, smaller(tap, s->taps - T), tap);          \
  } else

HELPER void add_weights(const struct WeightSums *s, const int of_output, __global float *partial) {
  for (int lane = 0; lane < s->lanes; lane += WEIGHT_LANES) {
    const int lanes = smaller(WEIGHT_LANES, s->lanes - lane);
    EACH_WEIGHT_TILE(WEIGHT_CASE) {}
  }
}

// Partials are [group][output block][input block][kernel row][kernel column][16 lanes][16], where the lanes of the side
// that fills its blocks worse come one by one: `of_output`, or of the input. One item covers span × span pairs of blocks, which share what they read.
KERNEL(convolution_backward_weights, (MAPS_IN, input) (MAPS_IN, gradient) (OUT, partials) (INT, batch)
       (INT, groups) (INT, span) (INT, of_output) (INT, in_channels) (INT, in_height) (INT, in_width)
       (INT, in_halo) (INT, out_channels) (INT, out_height) (INT, out_width) (INT, out_halo) (INT, kernel_height)
       (INT, kernel_width) (INT, stride_height) (INT, stride_width) (INT, padding_height) (INT, padding_width)
       (INT, dilation_height) (INT, dilation_width)) {
  const int in_blocks = (in_channels + LANES - 1) / LANES, out_blocks = (out_channels + LANES - 1) / LANES;
  const int in_begin = get_global_id(0) * span, in_end = smaller(in_begin + span, in_blocks);
  const int out_begin = get_global_id(1) * span, out_end = smaller(out_begin + span, out_blocks);
  const int group = get_global_id(2);
  const long in_row = row_values(in_width, in_halo), out_row = row_values(out_width, out_halo);
  const long in_plane = plane_values(in_height, in_width, in_halo);
  const long out_plane = plane_values(out_height, out_width, out_halo);
  struct WeightSums s;
  s.input_image = in_blocks * in_plane;
  s.input_row = stride_height * in_row;
  s.input_column = (long)stride_width * LANES;
  s.gradient_image = out_blocks * out_plane;
  s.gradient_row = out_row;
  s.tap_row = dilation_height * in_row;
  s.tap_column = (long)dilation_width * LANES;
  s.columns = out_width;
  s.first_column = -padding_width;
  s.tap_rows = dilation_height;
  s.tap_columns = dilation_width;
  s.stride_height = stride_height;
  s.stride_width = stride_width;
  s.input_height = in_height;
  s.input_width = in_width;
  s.kernel_width = kernel_width;
  s.taps = kernel_height * kernel_width;
  // Enough pixels to amortise loading and storing the sums, few enough to stay in the cache for all pairs and taps.
  const int pixels_at_once = s.taps == 1 ? 512 : 128;
  const int rows_at_once = larger(1, pixels_at_once / out_width);
  const int images_at_once = larger(1, pixels_at_once / (out_height * out_width));
  const int first = (int)((long)batch * group / groups), last = (int)((long)batch * (group + 1) / groups);
  for (int image = first; image < last; image += images_at_once)
    for (int y = 0; y < out_height; y += rows_at_once) {
      s.images = smaller(images_at_once, last - image);
      s.rows = smaller(rows_at_once, out_height - y);
      s.begin = image == first && y == 0;
      s.first_row = y * stride_height - padding_height;
      for (int out_block = out_begin; out_block < out_end; out_block++)
        for (int in_block = in_begin; in_block < in_end; in_block++) {
          s.input = input + plane_offset((long)image * in_blocks + in_block, in_height, in_width, in_halo) +
                    (y * stride_height - padding_height) * in_row - (long)padding_width * LANES;
          s.gradient = gradient + plane_offset((long)image * out_blocks + out_block, out_height, out_width, out_halo) +
                       y * out_row;
          __global float *partial =
              partials + (((long)group * out_blocks + out_block) * in_blocks + in_block) * s.taps * LANES * LANES;
          s.lanes = smaller(LANES, of_output ? out_channels - out_block * LANES : in_channels - in_block * LANES);
          if (of_output)
            add_weights(&s, 1, partial);
          else
            add_weights(&s, 0, partial);
        }
    }
}

#endif

// Adds the groups in order and stores plain [out, in, taps] gradients. One item per pair of blocks.
KERNEL(reduce_weights, (OUT, partials) (OUT, plain) (INT, groups) (INT, of_output) (INT, out_channels)
       (INT, in_channels) (INT, taps)) {
  const int in_blocks = (in_channels + LANES - 1) / LANES, out_blocks = (out_channels + LANES - 1) / LANES;
  const int in_block = get_global_id(0), out_block = get_global_id(1);
  const long group_words = (long)out_blocks * in_blocks * taps * LANES * LANES;
  __global float *sums = partials + ((long)out_block * in_blocks + in_block) * taps * LANES * LANES;
  const int out_lanes = smaller(LANES, out_channels - out_block * LANES);
  const int row_length = smaller(LANES, in_channels - in_block * LANES) * taps;
  if (groups > 1)
    for (int i = 0; i < taps * LANES; i++) {
      float16 sum = vload16(i, sums);
      for (int group = 1; group < groups; group++) sum += vload16(i, sums + group * group_words);
      vstore16(sum, i, sums);
    }
  if (of_output) exchange_lanes(sums, taps);
  __global float *target = plain + ((long)out_block * LANES * in_channels + in_block * LANES) * taps;
  int tap = 0, lane = 0;
  for (int first = 0; first < row_length; first += LANES) {
    float16 rows[LANES];
#pragma unroll
    for (int i = 0; i < LANES; i++) {
      rows[i] = vload16(tap * LANES + lane, sums);
      if (++tap == taps) {
        tap = 0;
        lane++;
      }
    }
    transpose(rows);
#pragma unroll
    for (int o = 0; o < LANES; o++)
      if (o < out_lanes) store_lanes(rows[o], target + (long)o * in_channels * taps + first, row_length - first);
  }
}

// Sum of a gradient over images and pixels: the gradient of a convolution's bias. One item per block.
KERNEL(reduce_bias, (MAPS_IN, gradient) (OUT, biases) (INT, batch) (INT, channels) (INT, height) (INT, width)
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
