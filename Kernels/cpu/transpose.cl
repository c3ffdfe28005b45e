// The transpose of 16 vectors of 16 lanes, in four perfect shuffles.

#include "cpu/layout.cl"

#ifndef TRANSPOSE
#define TRANSPOSE

HELPER void transpose(float16 *rows) {
  float16 shuffled[LANES];
#pragma unroll
  for (int stage = 0; stage < 4; stage++) {
#pragma unroll
    for (int i = 0; i < LANES / 2; i++) {
      shuffled[2 * i] = INTERLEAVE_LOW(rows[i], rows[i + LANES / 2]);
      shuffled[2 * i + 1] = INTERLEAVE_HIGH(rows[i], rows[i + LANES / 2]);
    }
#pragma unroll
    for (int i = 0; i < LANES; i++) rows[i] = shuffled[i];
  }
}

#endif
