// Weights of a convolution over bfloat16 feature maps: packing for the two directions, and their gradient. The twin of
// cpu/convolution_weights.cl, whose sums over groups serve here too.

#include "cpu/layout.cl"

// Plain [out, in, taps] weights in pairs of `in` for one pair of blocks; backward, pairs of `out` and the other order
// of blocks.
HELPER void pack_block(__global const float *plain, Plane packed, int out_channels, int in_channels, int taps,
                       int in_block, int out_block, int backward) {
  const int in_blocks = (in_channels + LANES - 1) / LANES, out_blocks = (out_channels + LANES - 1) / LANES;
  const long place = backward ? (long)in_block * out_blocks + out_block : (long)out_block * in_blocks + in_block;
  Plane target = packed + place * taps * LANES * LANES;
  for (int i = 0; i < LANES; i++)
    for (int o = 0; o < LANES; o++) {
      const int in = in_block * LANES + i, out = out_block * LANES + o;
      const int summed = backward ? o : i, kept = backward ? i : o;
      for (int tap = 0; tap < taps; tap++) {
        const float weight =
            in < in_channels && out < out_channels ? plain[((long)out * in_channels + in) * taps + tap] : 0.0f;
        target[tap * LANES * LANES + (summed / 2 * LANES + kept) * 2 + summed % 2] = store_value(weight);
      }
    }
}

KERNEL(pack_forward, (IN, plain) (MAPS_OUT, packed) (INT, out_channels) (INT, in_channels) (INT, taps)) {
  pack_block(plain, packed, out_channels, in_channels, taps, get_global_id(0), get_global_id(1), 0);
}

KERNEL(pack_backward, (IN, plain) (MAPS_OUT, packed) (INT, out_channels) (INT, in_channels) (INT, taps)) {
  pack_block(plain, packed, out_channels, in_channels, taps, get_global_id(0), get_global_id(1), 1);
}

// Pairs of neighbouring pixels whose products are summed between loading and storing the sums: few enough for the
// first-level cache, as are the input's for all rows of a kernel.
#define TILE_PAIRS 64
#define INPUT_PAIRS 128
#define PAIR_VALUES (2 * LANES)
// Blocks on either side that one item may cover.
#define MAXIMUM_SPAN 4

// The pixels `first` and `second` as 16 pairs.
HELPER __m512i interleaved(__m256i first, __m256i second) {
  const __m512i order =
      _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3,
                       18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(order, _mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1));
}

HELPER __m256i load_bits(ConstantPlane pixel) { return _mm256_loadu_si256((const __m256i *)pixel); }

// The pixels of rows × columns in pairs of neighbours, [row][pair][16][2]; zeros stand beside the last of an odd
// number. Prefetches as many rows again.
HELPER void interleave(ConstantPlane pixels, const long row_step, const long column_step, int rows, int columns,
                       Plane pairs) {
  for (int y = 0; y < rows; y++) {
    ConstantPlane pixel = pixels + y * row_step;
    int x = 0;
    for (; x + 2 <= columns; x += 2, pixel += 2 * column_step, pairs += PAIR_VALUES) {
      PREFETCH(pixel + rows * row_step);
      _mm512_storeu_si512(pairs, interleaved(load_bits(pixel), load_bits(pixel + column_step)));
    }
    if (x < columns) {
      _mm512_storeu_si512(pairs, interleaved(load_bits(pixel), _mm256_setzero_si256()));
      pairs += PAIR_VALUES;
    }
  }
}

// L lanes of one side × all 16 of the other over `count` pairs of pixels.
HELPER void add_products(const int L, __global float *partial, ConstantPlane lanes, ConstantPlane vectors, int count) {
  float16 acc[LANES];
#pragma unroll
  for (int l = 0; l < L; l++) acc[l] = vload16(l, partial);
  for (int pair = 0; pair < count; pair++) {
    const __m512bh vector = load_pairs(vectors + pair * PAIR_VALUES);
#pragma unroll
    for (int l = 0; l < L; l++) acc[l] = add_pair(acc[l], lanes + pair * PAIR_VALUES + 2 * l, vector);
  }
#pragma unroll
  for (int l = 0; l < L; l++) vstore16(acc[l], l, partial);
}

// The same for the first `lane_count` lanes. Those beyond the last channel are zeros, which may be added.
HELPER void add_lanes(int lane_count, __global float *partial, ConstantPlane lanes, ConstantPlane vectors, int count) {
  if (lane_count > 8)
    add_products(16, partial, lanes, vectors, count);
  else if (lane_count > 4)
    add_products(8, partial, lanes, vectors, count);
  else
    add_products(4, partial, lanes, vectors, count);
}

// Items, groups and partials are those of cpu/convolution_weights.cl.
KERNEL(convolution_backward_weights, (MAPS_IN, input) (MAPS_IN, gradient) (OUT, partials) (INT, batch)
       (INT, groups) (INT, span) (INT, of_output) (INT, in_channels) (INT, in_height) (INT, in_width)
       (INT, in_halo) (INT, out_channels) (INT, out_height) (INT, out_width) (INT, out_halo) (INT, kernel_height)
       (INT, kernel_width) (INT, stride_height) (INT, stride_width) (INT, padding_height) (INT, padding_width)
       (INT, dilation_height) (INT, dilation_width)) {
  const int in_blocks = (in_channels + LANES - 1) / LANES, out_blocks = (out_channels + LANES - 1) / LANES;
  const int in_begin = get_global_id(0) * span, in_end = smaller(in_begin + span, in_blocks);
  const int out_begin = get_global_id(1) * span, out_end = smaller(out_begin + span, out_blocks);
  const int group = get_global_id(2), taps = kernel_height * kernel_width;
  const long pair_words = (long)taps * LANES * LANES;
  for (int out_block = out_begin; out_block < out_end; out_block++)
    for (int in_block = in_begin; in_block < in_end; in_block++)
      for (int i = 0; i < taps * LANES; i++)
        vstore16((float16)(0.0f), i,
                 partials + (((long)group * out_blocks + out_block) * in_blocks + in_block) * pair_words);
  const long in_row = row_values(in_width, in_halo), out_row = row_values(out_width, out_halo);
  const int columns_at_once = smaller(out_width, 2 * TILE_PAIRS);
  const int rows_at_once = TILE_PAIRS / ((columns_at_once + 1) / 2);
  _Alignas(64) MAP_VALUE input_pairs[INPUT_PAIRS * PAIR_VALUES];
  _Alignas(64) MAP_VALUE gradient_pairs[MAXIMUM_SPAN * TILE_PAIRS * PAIR_VALUES];
  const int first = (int)((long)batch * group / groups), last = (int)((long)batch * (group + 1) / groups);
  for (int image = first; image < last; image++)
    for (int y = 0; y < out_height; y += rows_at_once)
      for (int x = 0; x < out_width; x += columns_at_once) {
        const int rows = smaller(rows_at_once, out_height - y), columns = smaller(columns_at_once, out_width - x);
        const int row_pairs = (columns + 1) / 2, count = rows * row_pairs;
        for (int out_block = out_begin; out_block < out_end; out_block++)
          interleave(gradient + plane_offset((long)image * out_blocks + out_block, out_height, out_width, out_halo) +
                         y * out_row + (long)x * LANES,
                     out_row, LANES, rows, columns,
                     gradient_pairs + (out_block - out_begin) * TILE_PAIRS * PAIR_VALUES);
        // Rows of the kernel read the same rows of the input, one further each, where those fit.
        const int shared_rows = rows + (kernel_height - 1) * dilation_height;
        const int is_shared = stride_height == 1 && shared_rows * row_pairs <= INPUT_PAIRS;
        for (int in_block = in_begin; in_block < in_end; in_block++) {
          ConstantPlane corner = input +
                                 plane_offset((long)image * in_blocks + in_block, in_height, in_width, in_halo) +
                                 (y * stride_height - padding_height) * in_row +
                                 (long)(x * stride_width - padding_width) * LANES;
          for (int j = 0; j < kernel_width; j++)
            for (int i = 0; i < kernel_height; i++) {
              if (i == 0 || !is_shared)
                interleave(corner + i * dilation_height * in_row + (long)j * dilation_width * LANES,
                           stride_height * in_row, (long)stride_width * LANES, is_shared ? shared_rows : rows, columns,
                           input_pairs);
              ConstantPlane pixels = input_pairs + (is_shared ? i * dilation_height * row_pairs * PAIR_VALUES : 0);
              for (int out_block = out_begin; out_block < out_end; out_block++) {
                ConstantPlane gradients = gradient_pairs + (out_block - out_begin) * TILE_PAIRS * PAIR_VALUES;
                __global float *tap = partials +
                                      (((long)group * out_blocks + out_block) * in_blocks + in_block) * pair_words +
                                      (i * kernel_width + j) * LANES * LANES;
                if (of_output)
                  add_lanes(out_channels - out_block * LANES, tap, gradients, pixels, count);
                else
                  add_lanes(in_channels - in_block * LANES, tap, pixels, gradients, count);
              }
            }
        }
      }
}
