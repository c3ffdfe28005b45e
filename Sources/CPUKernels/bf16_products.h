// Products of pairs of channels, for cpu/convolution.cl over bfloat16 feature maps.
//
// Packed weights are [target block][source block][kernel row][kernel column][8 pairs of source lanes]
// [16 target lanes][2].

#include "cpu/layout.cl"

typedef int pair_bits __attribute__((aligned(2)));

// sum + the products of the pair at `pair` with each of 16 pairs.
HELPER float16 add_pair(float16 sum, ConstantPlane pair, __m512bh factors) {
  return (float16)_mm512_dpbf16_ps((__m512)sum, factors, (__m512bh)_mm512_set1_epi32(*(const pair_bits *)pair));
}

HELPER __m512bh load_pairs(ConstantPlane pairs) { return (__m512bh)_mm512_loadu_si512(pairs); }

// One kernel tap for one block of source channels. Beside the last of an odd number of channels stand zeros.
HELPER void add_tap(float16 *acc, const int R, const int T, ConstantPlane source, const long row_step,
                    const int column_step, const int lanes, ConstantPlane weights) {
  OPAQUE(source);
  for (int lane = 0; lane < lanes; lane += 2) {
    const __m512bh weight = load_pairs(weights + lane * LANES);
#pragma unroll
    for (int r = 0; r < R; r++)
#pragma unroll
      for (int t = 0; t < T; t++)
        acc[r * T + t] = add_pair(acc[r * T + t], source + r * row_step + t * column_step + lane, weight);
  }
}
