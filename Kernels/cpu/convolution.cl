// Direct convolution, forward and backward to the data: tiles of pixels of one block of output channels stay in
// registers while all input channels and kernel taps pass by. Both directions are the same sum over taps; backward
// walks each phase of the stride by itself, so that it reads with unit step.
//
// A tile is R × T pixels: T columns of R rows, or of the same row of R images where rows are short. Taps that reach
// nothing but the zeros around the source are left out.
//
// Packed weights are [target block][source block][kernel row][kernel column][16 source lanes][16 target lanes], where
// source and target are those of the direction at hand.

#include "cpu/layout.cl"
#include "cpu/plane_statistics.cl"

// One axis of a convolution. Place p of the target, of `places` that are walked, is target_first + p · target_step; its
// tap k, which is tap first_tap + k · tap_step of the kernel, reads source_first + p · source_step + k · source_tap.
struct Axis {
  int places, target_first, target_step;
  int taps, first_tap, tap_step;
  int source_size, source_first, source_step, source_tap;
};

struct Taps {
  int begin, end;
};

// The taps that reach the source from any of the places `place` … `place + count - 1`.
HELPER struct Taps reaching_taps(const struct Axis *axis, int place, int count) {
  const int first = axis->source_first + place * axis->source_step, last = first + (count - 1) * axis->source_step;
  struct Taps taps = {0, axis->taps};
  while (taps.begin < taps.end &&
         (last + taps.begin * axis->source_tap < 0 || first + taps.begin * axis->source_tap >= axis->source_size))
    taps.begin++;
  while (taps.begin < taps.end && (last + (taps.end - 1) * axis->source_tap < 0 ||
                                   first + (taps.end - 1) * axis->source_tap >= axis->source_size))
    taps.end--;
  return taps;
}

HELPER struct Axis forward_axis(int in_size, int out_size, int kernel_size, int stride, int padding, int dilation) {
  struct Axis axis = {out_size, 0, 1, kernel_size, 0, 1, in_size, -padding, stride, dilation};
  return axis;
}

// Input places phase, phase + stride, … Only taps whose distance from the phase is a multiple of the stride reach them.
HELPER struct Axis backward_axis(int in_size, int out_size, int kernel_size, int stride, int padding, int dilation,
                                 int phase) {
  int first = 0, step = 1;
  while (first < kernel_size && (phase + padding - first * dilation) % stride != 0) first++;
  while (step < kernel_size && step * dilation % stride != 0) step++;
  struct Axis axis = {phase < in_size ? (in_size - phase - 1) / stride + 1 : 0,
                      phase,
                      stride,
                      first < kernel_size ? (kernel_size - first - 1) / step + 1 : 0,
                      first,
                      step,
                      out_size,
                      (phase + padding - first * dilation) / stride,
                      1,
                      -(step * dilation / stride)};
  return axis;
}

// Everything about a convolution that its tiles need.
struct Convolution {
  struct Axis rows, columns;
  ConstantPlane source;  // pixel (0, 0) of the first block of the first image
  Plane target;
  ConstantPlane weights;                                                     // of the first target block
  long source_image, source_plane, source_row;                               // values between images, blocks and rows
  long target_image, target_plane, target_row;
  int source_blocks, source_channels, kernel_height, kernel_width, accumulate;
  int batch, image_begin, image_end, row_begin, row_end, block_begin, block_end;  // the item's share
  int of_images;                                                             // whether R counts images
};

// bfloat16 feature maps have products of their own (Sources/CPUKernels/bf16_products.h).
#ifndef BF16_MAPS

// One kernel tap for one block of source channels: acc[r][t] += source(r, t, lane) · weights(lane).
HELPER void add_lane(float16 *acc, const int R, const int T, ConstantPlane source, const long row_step,
                     const int column_step, __global const float *weights) {
  const float16 weight = vload16(0, weights);
#pragma unroll
  for (int r = 0; r < R; r++)
#pragma unroll
    for (int t = 0; t < T; t++)
      acc[r * T + t] = FMA((float16)(source[r * row_step + t * column_step]), weight, acc[r * T + t]);
}

// Images of one channel and of three have no loop over them, whose end would be mispredicted tap by tap.
HELPER void add_tap(float16 *acc, const int R, const int T, ConstantPlane source, const long row_step,
                    const int column_step, const int lanes, __global const float *weights) {
  OPAQUE(source);
  if (lanes == 1) {
    add_lane(acc, R, T, source, row_step, column_step, weights);
  } else if (lanes == 3) {
    add_lane(acc, R, T, source, row_step, column_step, weights);
    add_lane(acc, R, T, source + 1, row_step, column_step, weights + LANES);
    add_lane(acc, R, T, source + 2, row_step, column_step, weights + 2 * LANES);
  } else {
    for (int lane = 0; lane < lanes; lane++)
      add_lane(acc, R, T, source + lane, row_step, column_step, weights + lane * LANES);
  }
}

#endif

// The tile at (image, y, x); the first skip_rows of its R and skip_columns of its T were stored by an earlier tile.
HELPER void convolution_tile(const struct Convolution *c, const int R, const int T, const int source_step,
                             const float16 bias, int image, int block, int y, int x, int skip_rows, int skip_columns) {
  float16 acc[16];
#pragma unroll
  for (int i = 0; i < R * T; i++) acc[i] = bias;
  Plane target = c->target + image * c->target_image + block * c->target_plane +
                 (c->rows.target_first + y * c->rows.target_step) * c->target_row +
                 (long)(c->columns.target_first + x * c->columns.target_step) * LANES;
  const long target_step = c->of_images ? c->target_image : c->rows.target_step * c->target_row;
  const int target_column = c->columns.target_step * LANES;
#pragma unroll
  for (int r = 0; r < R; r++)
#pragma unroll
    for (int t = 0; t < T; t++) PREFETCH_TARGET(target + r * target_step + t * target_column);

  const struct Taps down = reaching_taps(&c->rows, y, c->of_images ? 1 : R);
  const struct Taps across = reaching_taps(&c->columns, x, T);
  const long step = c->of_images ? c->source_image : c->rows.source_step * c->source_row;
  const long tap_row = c->rows.source_tap * c->source_row;
  const int tap_column = c->columns.source_tap * LANES, tap_words = c->columns.tap_step * LANES * LANES;
  const long kernel_row = (long)c->rows.tap_step * c->kernel_width * LANES * LANES;
  const long kernel_words = (long)c->kernel_height * c->kernel_width * LANES * LANES;
  ConstantPlane weights =
      c->weights + block * c->source_blocks * kernel_words + down.begin * kernel_row + across.begin * tap_words +
      ((long)c->rows.first_tap * c->kernel_width + c->columns.first_tap) * LANES * LANES;
  ConstantPlane corner = c->source + image * c->source_image +
                         (c->rows.source_first + y * c->rows.source_step) * c->source_row + down.begin * tap_row +
                         (long)(c->columns.source_first + x * source_step) * LANES + across.begin * tap_column;
  const int height = down.end - down.begin, width = across.end - across.begin;
  // From here to the lowest row that the next tile reads.
  const long next_row = (c->of_images ? 1 : R) * c->rows.source_step * c->source_row;
  const long ahead = (tap_row > 0 ? (height - 1) * tap_row : 0) +
                     (x + T < c->columns.places ? (long)T * source_step * LANES
                                                : next_row - (long)x * source_step * LANES);
  for (int channel = 0; channel < (height * width > 0 ? c->source_channels : 0); channel += LANES) {
    const int lanes = smaller(LANES, c->source_channels - channel);
    if (block == c->block_begin) {
#pragma unroll
      for (int r = 0; r < R; r++)
#pragma unroll
        for (int t = 0; t < T; t++) PREFETCH(corner + ahead + r * step + t * source_step * LANES);
    }
    ConstantPlane row = corner;
    ConstantPlane row_weights = weights;
    for (int i = 0; i < height; i++) {
      ConstantPlane pixel = row;
      ConstantPlane tap = row_weights;
      for (int j = 0; j < width; j++) {
        add_tap(acc, R, T, pixel, step, source_step * LANES, lanes, tap);
        pixel += tap_column;
        tap += tap_words;
      }
      row += tap_row;
      row_weights += kernel_row;
    }
    corner += c->source_plane;
    weights += kernel_words;
  }
#pragma unroll
  for (int r = 0; r < R; r++)
#pragma unroll
    for (int t = 0; t < T; t++)
      if (r >= skip_rows && t >= skip_columns) {
        Plane pixel = target + r * target_step + t * target_column;
        const float16 sum = acc[r * T + t];
        store_pixel(c->accumulate ? load_pixel(0, pixel) + sum : sum, 0, pixel);
      }
}

// All tiles of an item, a strip of columns of each block after the other: the blocks find the source in the cache.
// Where the last tile of an axis would reach beyond it, it moves back: no phase has fewer than R rows or T columns.
HELPER void convolution_tiles(const struct Convolution *c, const int R, const int T, const int source_step,
                              __global const float *biases, int channels) {
  const int image_step = c->of_images ? R : 1, row_step = c->of_images ? 1 : R;
  for (int image = c->image_begin; image < c->image_end; image += image_step)
    for (int row = c->row_begin; row < c->row_end; row += row_step)
      for (int block = c->block_begin; block < c->block_end; block++) {
        const float16 bias = channels > 0 ? load_block(biases, block, channels, 0.0f) : (float16)(0.0f);
        const int first_image = smaller(image, c->batch - image_step);
        const int y = smaller(row, c->row_end - row_step);
        for (int column = 0; column < c->columns.places; column += T) {
          const int x = smaller(column, c->columns.places - T);
          convolution_tile(c, R, T, source_step, bias, first_image, block, y, x, image - first_image + row - y,
                           column - x);
        }
      }
}

// Tile codes are 100 · R + T; the host picks one that fits, from the list for the instruction set. Single pixels, which
// always fit, serve any other code.
#if ACCUMULATORS >= 14
#define EACH_TILE(M) M(1, 16) M(1, 14) M(2, 8) M(2, 7) M(4, 4) M(5, 3) M(8, 2) M(16, 1) M(1, 4) M(2, 2)
#elif ACCUMULATORS >= 6
#define EACH_TILE(M) M(1, 6) M(1, 4) M(2, 3) M(3, 2) M(6, 1) M(2, 2)
#else
#define EACH_TILE(M) M(1, 2) M(2, 1)
#endif

#define TILE_CASE(R, T)                                           \
  case 100 * R + T:                                               \
    convolution_tiles(c, R, T, source_step, biases, channels);    \
    break;

// `channels` is 0 where there is no bias.
HELPER void convolution_item(const struct Convolution *c, const int source_step, __global const float *biases,
                             int channels, int tile) {
  switch (tile) {
    EACH_TILE(TILE_CASE)
    default:
      convolution_tiles(c, 1, 1, source_step, biases, channels);
  }
}

// An item is `rows` rows of `images` images and `blocks` blocks of the target. Its third axis, the slowest, counts the
// groups of blocks where `blocks_last` is set, otherwise those of images.
HELPER struct Convolution item_share(int batch, int rows, int images, int blocks, int source_channels,
                                     int target_channels, int chunk, int group, int panel) {
  struct Convolution c;
  c.source_channels = source_channels;
  c.source_blocks = (source_channels + LANES - 1) / LANES;
  c.batch = batch;
  c.of_images = images > 1;
  c.image_begin = group * images;
  c.image_end = smaller(c.image_begin + images, batch);
  c.row_begin = chunk * rows;
  c.row_end = c.row_begin + rows;
  c.block_begin = panel * blocks;
  c.block_end = smaller(c.block_begin + blocks, (target_channels + LANES - 1) / LANES);
  return c;
}

#define CONVOLUTION_FORWARD(name, STRIDE)                                                                             \
  KERNEL(name, (MAPS_IN, source) (MAPS_IN, weights) (IN, biases) (MAPS_OUT, target) (OUT, partials)                   \
         (INT, has_bias) (INT, wants_statistics) (INT, in_channels) (INT, in_height) (INT, in_width)                  \
         (INT, in_halo) (INT, out_channels) (INT, out_height) (INT, out_width) (INT, out_halo)                        \
         (INT, kernel_height) (INT, kernel_width) (INT, stride_height) (INT, stride_width) (INT, padding_height)      \
         (INT, padding_width) (INT, dilation_height) (INT, dilation_width) (INT, batch) (INT, rows)                   \
         (INT, images) (INT, blocks) (INT, blocks_last) (INT, tile)) {                                                \
    struct Convolution c = item_share(batch, rows, images, blocks, in_channels, out_channels, get_global_id(0),       \
                                      get_global_id(blocks_last ? 1 : 2), get_global_id(blocks_last ? 2 : 1));        \
    const int out_blocks = (out_channels + LANES - 1) / LANES;                                                        \
    c.rows = forward_axis(in_height, out_height, kernel_height, stride_height, padding_height, dilation_height);      \
    c.columns = forward_axis(in_width, out_width, kernel_width, stride_width, padding_width, dilation_width);         \
    c.source = source + plane_offset(0, in_height, in_width, in_halo);                                                \
    c.source_plane = plane_values(in_height, in_width, in_halo);                                                      \
    c.source_image = c.source_blocks * c.source_plane;                                                                \
    c.source_row = row_values(in_width, in_halo);                                                                     \
    c.weights = weights;                                                                                              \
    c.target = target + plane_offset(0, out_height, out_width, out_halo);                                             \
    c.target_plane = plane_values(out_height, out_width, out_halo);                                                   \
    c.target_image = out_blocks * c.target_plane;                                                                     \
    c.target_row = row_values(out_width, out_halo);                                                                   \
    c.kernel_height = kernel_height;                                                                                  \
    c.kernel_width = kernel_width;                                                                                    \
    c.accumulate = 0;                                                                                                 \
    c.row_end = smaller(c.row_end, out_height);                                                                       \
    convolution_item(&c, STRIDE, biases, has_bias ? out_channels : 0, tile);                                          \
    for (int image = c.image_begin; image < c.image_end; image++)                                                     \
      for (int block = c.block_begin; block < c.block_end; block++) {                                                 \
        Plane plane = c.target + image * c.target_image + block * c.target_plane;                                     \
        if (c.row_begin == 0) clear_halo(plane, out_height, out_width, out_halo);                                     \
        if (wants_statistics)                                                                                         \
          store_plane_statistics(plane, out_height, out_width, out_halo, partials, (long)image * out_blocks + block); \
      }                                                                                                               \
  }

CONVOLUTION_FORWARD(convolution_forward_stride_1, 1)
CONVOLUTION_FORWARD(convolution_forward_stride_2, 2)
CONVOLUTION_FORWARD(convolution_forward, stride_width)

// Sizes named in and out are the forward convolution's: this reads the gradient of `out` and writes that of `in`.
KERNEL(convolution_backward_data, (MAPS_IN, source) (MAPS_IN, weights) (MAPS_OUT, target) (INT, accumulate)
       (INT, in_channels) (INT, in_height) (INT, in_width) (INT, in_halo) (INT, out_channels) (INT, out_height)
       (INT, out_width) (INT, out_halo) (INT, kernel_height) (INT, kernel_width) (INT, stride_height)
       (INT, stride_width) (INT, padding_height) (INT, padding_width) (INT, dilation_height) (INT, dilation_width)
       (INT, batch) (INT, rows) (INT, images) (INT, blocks) (INT, blocks_last) (INT, tile)) {
  struct Convolution c = item_share(batch, rows, images, blocks, out_channels, in_channels, get_global_id(0),
                                    get_global_id(blocks_last ? 1 : 2), get_global_id(blocks_last ? 2 : 1));
  c.source = source + plane_offset(0, out_height, out_width, out_halo);
  c.source_plane = plane_values(out_height, out_width, out_halo);
  c.source_image = c.source_blocks * c.source_plane;
  c.source_row = row_values(out_width, out_halo);
  c.weights = weights;
  c.target = target + plane_offset(0, in_height, in_width, in_halo);
  c.target_plane = plane_values(in_height, in_width, in_halo);
  c.target_image = (in_channels + LANES - 1) / LANES * c.target_plane;
  c.target_row = row_values(in_width, in_halo);
  c.kernel_height = kernel_height;
  c.kernel_width = kernel_width;
  c.accumulate = accumulate;
  // Phases beyond the image have no pixels.
  for (int row_phase = 0; row_phase < smaller(stride_height, in_height); row_phase++)
    for (int column_phase = 0; column_phase < smaller(stride_width, in_width); column_phase++) {
      c.rows = backward_axis(in_height, out_height, kernel_height, stride_height, padding_height, dilation_height,
                             row_phase);
      c.columns = backward_axis(in_width, out_width, kernel_width, stride_width, padding_width, dilation_width,
                                column_phase);
      if (accumulate && (c.rows.taps == 0 || c.columns.taps == 0)) continue;
      struct Convolution phase = c;
      phase.row_begin = smaller(c.row_begin, c.rows.places);
      phase.row_end = smaller(c.row_end, c.rows.places);
      convolution_item(&phase, 1, 0, 0, tile);
    }
  if (c.row_begin == 0)
    for (int image = c.image_begin; image < c.image_end; image++)
      for (int block = c.block_begin; block < c.block_end; block++)
        clear_halo(c.target + image * c.target_image + block * c.target_plane, in_height, in_width, in_halo);
}
