// Direct convolution, forward and backward to the data: tiles of R × T pixels of one block of output channels stay in
// registers while all input channels and kernel taps pass by. Both directions are the same sum over taps; backward
// walks each phase of the stride by itself, so that it reads with unit step.
//
// Packed weights are [output block][input block][kernel row][kernel column][16 input lanes][16 output lanes], where
// input and output are those of the direction at hand.

#include "cpu/layout.cl"

// One kernel tap for one block of input channels: acc[r][t] += source(r, t, lane) · weights(lane).
HELPER void add_tap(float16 *acc, const int R, const int T, ConstantPlane source, const long row_step,
                    const int column_step, const int lanes, __global const float *weights) {
  for (int lane = 0; lane < lanes; lane++) {
    const float16 weight = vload16(lane, weights);
#pragma unroll
    for (int r = 0; r < R; r++)
#pragma unroll
      for (int t = 0; t < T; t++)
        acc[r * T + t] = FMA((float16)(source[r * row_step + t * column_step + lane]), weight, acc[r * T + t]);
  }
}

// Everything about a convolution that its tiles need.
struct Convolution {
  ConstantPlane source;           // pixel (0, 0) of the source's first block in this image
  long source_plane, source_row;  // words between blocks and rows
  int source_channels;
  __global const float *weights;  // of this output block
  Plane target;                   // pixel (0, 0) of the output block
  long target_row;
  int kernel_height, kernel_width, stride_height, stride_width;
  int padding_height, padding_width, dilation_height, dilation_width;
};

// Pixels (y, x) … (y + R − 1, x + T − 1) of the output; the rows before first_row and the columns before first_column
// were stored by an earlier tile.
HELPER void forward_tile(const struct Convolution *c, const int R, const int T, const int stride, const float16 bias,
                         int y, int x, int first_row, int first_column) {
  float16 acc[28];
#pragma unroll
  for (int i = 0; i < R * T; i++) acc[i] = bias;
  __global const float *weights = c->weights;
  ConstantPlane corner = c->source + (y * c->stride_height - c->padding_height) * c->source_row +
                         (long)(x * stride - c->padding_width) * LANES;
  for (int channel = 0; channel < c->source_channels; channel += LANES, corner += c->source_plane) {
    const int lanes = smaller(LANES, c->source_channels - channel);
    for (int i = 0; i < c->kernel_height; i++)
      for (int j = 0; j < c->kernel_width; j++, weights += LANES * LANES)
        add_tap(acc, R, T, corner + i * c->dilation_height * c->source_row + (long)j * c->dilation_width * LANES,
                c->stride_height * c->source_row, stride * LANES, lanes, weights);
  }
#pragma unroll
  for (int r = 0; r < R; r++)
#pragma unroll
    for (int t = 0; t < T; t++)
      if (y + r >= first_row && x + t >= first_column)
        vstore16(acc[r * T + t], 0, c->target + (y + r) * c->target_row + (long)(x + t) * LANES);
}

HELPER void forward_rows(const struct Convolution *c, const int R, const int T, const int stride, const float16 bias,
                         int row_begin, int row_end, int width) {
  for (int row = row_begin; row < row_end; row += R)
    for (int column = 0; column < width; column += T)
      forward_tile(c, R, T, stride, bias, larger(smaller(row, row_end - R), 0), smaller(column, width - T), row, column);
}

// Tile codes are 100 · R + T; the host picks one that fits, from the list for the instruction set. Single pixels, which
// always fit, serve any other code.
#if ACCUMULATORS >= 14
#define EACH_TILE(M) M(1, 16) M(1, 14) M(2, 8) M(2, 7) M(4, 4) M(1, 4) M(2, 2)
#elif ACCUMULATORS >= 6
#define EACH_TILE(M) M(1, 6) M(1, 4) M(2, 3) M(2, 2)
#else
#define EACH_TILE(M) M(1, 2)
#endif

#define FORWARD_CASE(R, T)                                              \
  case 100 * R + T:                                                     \
    forward_rows(&c, R, T, stride, bias, row_begin, row_end, out_width); \
    break;

#define CONVOLUTION_FORWARD(name, STRIDE)                                                                             \
  KERNEL(name, (MAPS_IN, source), (IN, weights), (IN, biases), (MAPS_OUT, target), (INT, has_bias), (INT, in_channels),         \
         (INT, in_height), (INT, in_width), (INT, in_halo), (INT, out_channels), (INT, out_height), (INT, out_width), \
         (INT, out_halo), (INT, kernel_height), (INT, kernel_width), (INT, stride_height), (INT, stride_width),       \
         (INT, padding_height), (INT, padding_width), (INT, dilation_height), (INT, dilation_width), (INT, rows),     \
         (INT, tile)) {                                                                                               \
    const int in_blocks = (in_channels + LANES - 1) / LANES, out_blocks = (out_channels + LANES - 1) / LANES;         \
    const int chunk = get_global_id(0), block = get_global_id(1), image = get_global_id(2);                           \
    const int stride = STRIDE;                                                                                        \
    struct Convolution c;                                                                                             \
    c.source = source + plane_offset((long)image * in_blocks, in_height, in_width, in_halo);                          \
    c.source_plane = plane_values(in_height, in_width, in_halo);                                                       \
    c.source_row = row_values(in_width, in_halo);                                                                      \
    c.source_channels = in_channels;                                                                                  \
    c.weights = weights + (long)block * in_blocks * kernel_height * kernel_width * LANES * LANES;                     \
    c.target = target + plane_offset((long)image * out_blocks + block, out_height, out_width, out_halo);              \
    c.target_row = row_values(out_width, out_halo);                                                                    \
    c.kernel_height = kernel_height;                                                                                  \
    c.kernel_width = kernel_width;                                                                                    \
    c.stride_height = stride_height;                                                                                  \
    c.stride_width = stride_width;                                                                                    \
    c.padding_height = padding_height;                                                                                \
    c.padding_width = padding_width;                                                                                  \
    c.dilation_height = dilation_height;                                                                              \
    c.dilation_width = dilation_width;                                                                                \
    const float16 bias = has_bias ? load_block(biases, block, out_channels, 0.0f) : (float16)(0.0f);                  \
    const int row_begin = chunk * rows, row_end = smaller(row_begin + rows, out_height);                              \
    switch (tile) {                                                                                                   \
      EACH_TILE(FORWARD_CASE)                                                                                         \
      default:                                                                                                        \
        forward_rows(&c, 1, 1, stride, bias, row_begin, row_end, out_width);                                          \
    }                                                                                                                 \
    if (chunk == 0) clear_halo(c.target, out_height, out_width, out_halo);                                            \
  }

CONVOLUTION_FORWARD(convolution_forward_stride_1, 1)
CONVOLUTION_FORWARD(convolution_forward_stride_2, 2)
CONVOLUTION_FORWARD(convolution_forward, stride_width)

// How many input pixels share a phase, and the same for a place in it.
HELPER int phase_count(int size, int phase, int stride) { return phase < size ? (size - phase - 1) / stride + 1 : 0; }

// Input pixels (row_phase + stride · (y + r), column_phase + stride · (x + t)). Only taps whose distance from the phase
// is a multiple of the stride reach it.
HELPER void backward_tile(const struct Convolution *c, const int R, const int T, const int accumulate, int row_phase,
                          int column_phase, int y, int x, int first_row, int first_column) {
  float16 acc[28];
#pragma unroll
  for (int i = 0; i < R * T; i++) acc[i] = (float16)(0.0f);
  const int sh = c->stride_height, sw = c->stride_width;
  __global const float *weights = c->weights;
  ConstantPlane corner = c->source + y * c->source_row + (long)x * LANES;
  for (int channel = 0; channel < c->source_channels; channel += LANES, corner += c->source_plane) {
    const int lanes = smaller(LANES, c->source_channels - channel);
    for (int i = 0; i < c->kernel_height; i++) {
      const int down = row_phase + c->padding_height - i * c->dilation_height;
      for (int j = 0; j < c->kernel_width; j++, weights += LANES * LANES) {
        const int right = column_phase + c->padding_width - j * c->dilation_width;
        if (down % sh == 0 && right % sw == 0)
          add_tap(acc, R, T, corner + down / sh * c->source_row + (long)(right / sw) * LANES, c->source_row, LANES,
                  lanes, weights);
      }
    }
  }
#pragma unroll
  for (int r = 0; r < R; r++)
#pragma unroll
    for (int t = 0; t < T; t++)
      if (y + r >= first_row && x + t >= first_column) {
        Plane pixel = c->target + (row_phase + (long)sh * (y + r)) * c->target_row +
                      (column_phase + (long)sw * (x + t)) * LANES;
        vstore16(accumulate ? vload16(0, pixel) + acc[r * T + t] : acc[r * T + t], 0, pixel);
      }
}

// Tiles are fitted to the smallest phase, which a single row or column may exceed: the last tile moves back.
HELPER void backward_rows(const struct Convolution *c, const int R, const int T, const int accumulate, int row_phase,
                          int column_phase, int row_begin, int row_end, int width) {
  for (int row = row_begin; row < row_end; row += R)
    for (int column = 0; column < width; column += T)
      backward_tile(c, R, T, accumulate, row_phase, column_phase, larger(smaller(row, row_end - R), 0),
                    smaller(column, width - T), row, column);
}

#define BACKWARD_CASE(R, T)                                                                          \
  case 100 * R + T:                                                                                  \
    backward_rows(&c, R, T, accumulate, row_phase, column_phase, row_begin, row_end, phase_columns); \
    break;

// Sizes named in and out are the forward convolution's: this reads the gradient of `out` and writes that of `in`.
KERNEL(convolution_backward_data, (MAPS_IN, source), (IN, weights), (MAPS_OUT, target), (INT, accumulate), (INT, in_channels),
       (INT, in_height), (INT, in_width), (INT, in_halo), (INT, out_channels), (INT, out_height), (INT, out_width),
       (INT, out_halo), (INT, kernel_height), (INT, kernel_width), (INT, stride_height), (INT, stride_width),
       (INT, padding_height), (INT, padding_width), (INT, dilation_height), (INT, dilation_width), (INT, rows),
       (INT, tile)) {
  const int in_blocks = (in_channels + LANES - 1) / LANES, out_blocks = (out_channels + LANES - 1) / LANES;
  const int chunk = get_global_id(0), block = get_global_id(1), image = get_global_id(2);
  struct Convolution c;
  c.source = source + plane_offset((long)image * out_blocks, out_height, out_width, out_halo);
  c.source_plane = plane_values(out_height, out_width, out_halo);
  c.source_row = row_values(out_width, out_halo);
  c.source_channels = out_channels;
  c.weights = weights + (long)block * out_blocks * kernel_height * kernel_width * LANES * LANES;
  c.target = target + plane_offset((long)image * in_blocks + block, in_height, in_width, in_halo);
  c.target_row = row_values(in_width, in_halo);
  c.kernel_height = kernel_height;
  c.kernel_width = kernel_width;
  c.stride_height = stride_height;
  c.stride_width = stride_width;
  c.padding_height = padding_height;
  c.padding_width = padding_width;
  c.dilation_height = dilation_height;
  c.dilation_width = dilation_width;
  for (int row_phase = 0; row_phase < stride_height; row_phase++)
    for (int column_phase = 0; column_phase < stride_width; column_phase++) {
      const int phase_rows = phase_count(in_height, row_phase, stride_height);
      const int phase_columns = phase_count(in_width, column_phase, stride_width);
      const int row_begin = smaller(chunk * rows, phase_rows), row_end = smaller(row_begin + rows, phase_rows);
      switch (tile) {
        EACH_TILE(BACKWARD_CASE)
        default:
          backward_rows(&c, 1, 1, accumulate, row_phase, column_phase, row_begin, row_end, phase_columns);
      }
    }
  if (chunk == 0) clear_halo(c.target, in_height, in_width, in_halo);
}
