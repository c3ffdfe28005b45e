// Weights of a Winograd convolution: their transforms G g Gᵀ for the two directions, and their gradient.
//
// The gradient of the transforms is summed per group of images into partials [group][output block][input block][point]
// [16 input lanes][16 output lanes]; a second kernel adds the groups in order and applies Gᵀ u G. The number of groups
// is a property of the problem, so the sum does not depend on how many threads there are.

#include "cpu/layout.cl"
#include "cpu/transpose.cl"
#include "cpu/winograd_transforms.cl"

// The 3 × 3 taps of a pair of blocks as plain rows [16 out][16 in · 9], and as vectors [16 in · 9] of 16 out lanes.
#define KERNEL_ROW (9 * LANES)

// One row of plain weights; zeros where there is no channel.
HELPER void load_kernel_row(__global const float *plain, int values, float *row) {
  for (int i = 0; i < KERNEL_ROW; i += LANES) vstore16(load_lanes(plain + i, values - i, 0.0f), 0, row + i);
}

// 16 vectors, `from_step` values apart, to their transposes, `to_step` values apart.
HELPER void transpose_block(const float *from, int from_step, float *to, int to_step) {
  float16 rows[LANES];
#pragma unroll
  for (int i = 0; i < LANES; i++) rows[i] = vload16(0, from + i * from_step);
  transpose(rows);
#pragma unroll
  for (int i = 0; i < LANES; i++) vstore16(rows[i], 0, to + i * to_step);
}

// Transforms [target block][point][source channel, rounded up to 16, and one][16 target lanes] of plain [out, in, 3 · 3]
// weights. `backward` exchanges the roles of in and out and turns the kernel by 180 degrees. One item per pair of
// blocks.
KERNEL(winograd_pack, (IN, plain) (OUT, packed) (INT, out_channels) (INT, in_channels) (INT, backward)) {
  const int in_block = get_global_id(0), out_block = get_global_id(1);
  const int target_block = backward ? in_block : out_block, source_block = backward ? out_block : in_block;
  const int source_blocks = ((backward ? out_channels : in_channels) + LANES - 1) / LANES;
  const int values = 9 * smaller(LANES, in_channels - in_block * LANES);
  float rows[LANES * KERNEL_ROW] __attribute__((aligned(64))), columns[LANES * KERNEL_ROW] __attribute__((aligned(64)));
  for (int out = 0; out < LANES; out++) {
    const int channel = out_block * LANES + out;
    load_kernel_row(plain + ((long)channel * in_channels + in_block * LANES) * 9, channel < out_channels ? values : 0,
                    rows + out * KERNEL_ROW);
  }
  for (int i = 0; i < 9; i++) transpose_block(rows + i * LANES, KERNEL_ROW, columns + i * LANES * LANES, LANES);
  // Vectors [source lane][tap] of target lanes.
  if (backward)
    for (int tap = 0; tap < 9; tap++)
      transpose_block(columns + tap * LANES, KERNEL_ROW, rows + (8 - tap) * LANES, KERNEL_ROW);
  const float *taps = backward ? rows : columns;

  const long point_step = panel_values(source_blocks);
  __global float *points = packed + target_block * WINOGRAD_POINTS * point_step + source_block * LANES * LANES;
  const float16 one_half = (float16)(0.5f);
  for (int source = 0; source < LANES; source++, taps += KERNEL_ROW) {
    float16 columns_of_points[4][3];
#pragma unroll
    for (int j = 0; j < 3; j++) {
      const float16 a = vload16(j, taps), b = vload16(3 + j, taps), c = vload16(6 + j, taps);
      columns_of_points[0][j] = a;
      columns_of_points[1][j] = one_half * (a + b + c);
      columns_of_points[2][j] = one_half * (a - b + c);
      columns_of_points[3][j] = c;
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
      __global float *place = points + 4 * i * point_step + source * LANES;
      const float16 a = columns_of_points[i][0], b = columns_of_points[i][1], c = columns_of_points[i][2];
      vstore16(a, 0, place);
      vstore16(one_half * (a + b + c), 0, place + point_step);
      vstore16(one_half * (a - b + c), 0, place + 2 * point_step);
      vstore16(c, 0, place + 3 * point_step);
    }
  }
}

// Tiles that a work-item transforms at once, and the most blocks of either side.
#define GRADIENT_CHUNK 64
#define GRADIENT_BLOCKS 4

// As many input lanes at a time as the registers hold.
#if ACCUMULATORS >= 14
#define GRADIENT_LANES 16
#elif ACCUMULATORS >= 6
#define GRADIENT_LANES 4
#else
#define GRADIENT_LANES 2
#endif

// One point: L input lanes × 16 output lanes, over `count` tiles.
HELPER void add_tiles(const int L, const float *v, const float *z, int count, __global float *partial) {
  float16 acc[GRADIENT_LANES];
#pragma unroll
  for (int i = 0; i < L; i++) acc[i] = vload16(i, partial);
  for (int tile = 0; tile < count; tile++) {
    const float16 gradient = vload16(tile, z);
#pragma unroll
    for (int i = 0; i < L; i++) acc[i] = FMA((float16)(v[tile * LANES + i]), gradient, acc[i]);
  }
#pragma unroll
  for (int i = 0; i < L; i++) vstore16(acc[i], i, partial);
}

// One item per group of images and `item_blocks` blocks of either side, at most GRADIENT_BLOCKS.
KERNEL(winograd_weights_gradient, (MAPS_IN, input) (MAPS_IN, gradient) (OUT, partials) (INT, batch) (INT, groups)
       (INT, in_channels) (INT, in_height) (INT, in_width) (INT, in_halo) (INT, out_channels) (INT, out_height)
       (INT, out_width) (INT, out_halo) (INT, padding_height) (INT, padding_width) (INT, item_blocks)) {
  float v[WINOGRAD_POINTS * (GRADIENT_BLOCKS * GRADIENT_CHUNK + 1) * LANES] __attribute__((aligned(64)));
  float z[WINOGRAD_POINTS * (GRADIENT_BLOCKS * GRADIENT_CHUNK + 1) * LANES] __attribute__((aligned(64)));
  const int in_blocks = (in_channels + LANES - 1) / LANES, out_blocks = (out_channels + LANES - 1) / LANES;
  const int first_in = get_global_id(0) * item_blocks, ins = smaller(item_blocks, in_blocks - first_in);
  const int first_out = get_global_id(1) * item_blocks, outs = smaller(item_blocks, out_blocks - first_out);
  const int group = get_global_id(2);
  const int rows = (out_height + 1) / 2, columns = (out_width + 1) / 2;
  const int first = (int)((long)batch * group / groups) * rows * columns;
  const int last = (int)((long)batch * (group + 1) / groups) * rows * columns;
  const long in_row = row_values(in_width, in_halo), out_row = row_values(out_width, out_halo);
  const long block_step = GRADIENT_CHUNK * LANES, point_step = item_blocks * block_step + LANES;
  for (int out = 0; out < outs; out++)
    for (int in = 0; in < ins; in++) {
      __global float *partial = partials + (((long)group * out_blocks + first_out + out) * in_blocks + first_in + in) *
                                               WINOGRAD_POINTS * LANES * LANES;
      for (int i = 0; i < WINOGRAD_POINTS * LANES; i++) vstore16((float16)(0.0f), i, partial);
    }
  for (int begin = first; begin < last; begin += GRADIENT_CHUNK) {
    const int count = smaller(GRADIENT_CHUNK, last - begin);
    for (int tile = 0; tile < count;) {
      const struct TileRun run = tile_run(begin + tile, rows, columns, count - tile);
      for (int in = 0; in < ins; in++)
        transform_source(input + plane_offset((long)run.image * in_blocks + first_in + in, in_height, in_width, in_halo) +
                             (2 * run.row - padding_height) * in_row + (long)(2 * run.column - padding_width) * LANES,
                         in_row, run.count, v + in * block_step + tile * LANES, point_step);
      for (int out = 0; out < outs; out++)
        transform_gradient(
            gradient + plane_offset((long)run.image * out_blocks + first_out + out, out_height, out_width, out_halo) +
                2 * run.row * out_row + (long)(2 * run.column) * LANES,
            out_row, run.count, z + out * block_step + tile * LANES, point_step);
      tile += run.count;
    }
    for (int point = 0; point < WINOGRAD_POINTS; point++) {
      if (begin + GRADIENT_CHUNK < last) {
        fetch_ahead(input, begin + GRADIENT_CHUNK, GRADIENT_CHUNK, rows, columns, in_blocks, first_in, first_in + ins,
                    in_height, in_width, in_halo, point);
        fetch_ahead(gradient, begin + GRADIENT_CHUNK, GRADIENT_CHUNK, rows, columns, out_blocks, first_out,
                    first_out + outs, out_height, out_width, out_halo, point);
      }
      for (int out = 0; out < outs; out++)
        for (int in = 0; in < ins; in++) {
          __global float *partial =
              partials + ((((long)group * out_blocks + first_out + out) * in_blocks + first_in + in) * WINOGRAD_POINTS +
                          point) * LANES * LANES;
          const int lanes = smaller(LANES, in_channels - (first_in + in) * LANES);
          for (int lane = 0; lane < lanes; lane += GRADIENT_LANES)
            add_tiles(GRADIENT_LANES, v + point * point_step + in * block_step + lane,
                      z + point * point_step + out * block_step, count, partial + lane * LANES);
        }
    }
  }
}

// Adds the groups in order, applies Gᵀ u G and stores plain [out, in, 3 · 3] gradients. One item per pair of blocks.
KERNEL(winograd_reduce_weights, (IN, partials) (OUT, plain) (INT, groups) (INT, out_channels) (INT, in_channels)) {
  const int in_blocks = (in_channels + LANES - 1) / LANES, out_blocks = (out_channels + LANES - 1) / LANES;
  const int in_block = get_global_id(0), out_block = get_global_id(1);
  const long pair_values = WINOGRAD_POINTS * LANES * LANES, group_values = (long)out_blocks * in_blocks * pair_values;
  __global const float *source = partials + ((long)out_block * in_blocks + in_block) * pair_values;
  const int in_lanes = smaller(LANES, in_channels - in_block * LANES);
  const int out_lanes = smaller(LANES, out_channels - out_block * LANES);
  float columns[LANES * KERNEL_ROW] __attribute__((aligned(64))), rows[LANES * KERNEL_ROW] __attribute__((aligned(64)));
  const float16 one_half = (float16)(0.5f);
  float sums[WINOGRAD_POINTS * LANES * LANES] __attribute__((aligned(64)));
  for (int i = 0; i < WINOGRAD_POINTS * LANES; i++) vstore16(vload16(i, source), i, sums);
  for (int group = 1; group < groups; group++)
    for (int i = 0; i < WINOGRAD_POINTS * LANES; i++)
      vstore16(vload16(i, sums) + vload16(i, source + group * group_values), i, sums);
  for (int in = 0; in < LANES; in++) {
    float16 points[3][4];
#pragma unroll
    for (int j = 0; j < 4; j++) {
      const float16 a = vload16(j * LANES + in, sums), b = vload16((4 + j) * LANES + in, sums);
      const float16 c = vload16((8 + j) * LANES + in, sums), d = vload16((12 + j) * LANES + in, sums);
      const float16 even = one_half * (b + c);
      points[0][j] = a + even;
      points[1][j] = one_half * (b - c);
      points[2][j] = even + d;
    }
#pragma unroll
    for (int i = 0; i < 3; i++) {
      float *taps = columns + in * KERNEL_ROW + 3 * i * LANES;
      const float16 even = one_half * (points[i][1] + points[i][2]);
      vstore16(points[i][0] + even, 0, taps);
      vstore16(one_half * (points[i][1] - points[i][2]), 1, taps);
      vstore16(even + points[i][3], 2, taps);
    }
  }
  for (int i = 0; i < 9; i++) transpose_block(columns + i * LANES * LANES, LANES, rows + i * LANES, KERNEL_ROW);
  for (int out = 0; out < out_lanes; out++) {
    __global float *target = plain + ((long)(out_block * LANES + out) * in_channels + in_block * LANES) * 9;
    const float *row = rows + out * KERNEL_ROW;
    for (int i = 0; i < 9 * in_lanes; i += LANES) store_lanes(vload16(0, row + i), target + i, 9 * in_lanes - i);
  }
}
