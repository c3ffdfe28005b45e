// Mean and sum of squared deviations of a plane. It is read twice, the second time from the cache: deviations from the
// plane's own mean lose no digits, whatever the data. Convolutions call this for what they have just written.
//
// Partials are [image][block][2][16]: mean, sum of squared deviations.

#include "cpu/layout.cl"

#ifndef PLANE_STATISTICS
#define PLANE_STATISTICS

HELPER void store_plane_statistics(ConstantPlane pixels, int height, int width, int halo, __global float *partials,
                                   long plane) {
  const long row = row_values(width, halo);
  const float16 zero = (float16)(0.0f), count = (float16)((float)(height * width));
  // Row by row, so that rounding errors grow with the rows and columns, not with their product.
  float16 total = zero;
  for (int y = 0; y < height; y++) {
    float16 even = zero, odd = zero;
    int x = 0;
    for (; x + 2 <= width; x += 2) {
      even += load_pixel(x, pixels + y * row);
      odd += load_pixel(x + 1, pixels + y * row);
    }
    if (x < width) even += load_pixel(x, pixels + y * row);
    total += even + odd;
  }
  const float16 mean = total / count;
  float16 rest = zero, squares = zero;
  for (int y = 0; y < height; y++) {
    float16 row_rest = zero, row_squares = zero;
    for (int x = 0; x < width; x++) {
      const float16 deviation = load_pixel(x, pixels + y * row) - mean;
      row_rest += deviation;
      row_squares = FMA(deviation, deviation, row_squares);
    }
    rest += row_rest;
    squares += row_squares;
  }
  // What the rounded mean left over.
  const float16 correction = rest / count;
  vstore16(mean + correction, plane * 2, partials);
  vstore16(squares - rest * correction, plane * 2 + 1, partials);
}

#endif
