// How the cpu family stores feature maps: [image][block of 16 channels][row][column][16], with a halo of zeros around
// each plane and zeros in the lanes beyond the last channel. Whoever writes a plane writes its halo too.

#ifndef LANES
#define LANES 16

typedef __global MAP_VALUE *Plane;
typedef __global const MAP_VALUE *ConstantPlane;

// Values of one plane, halo included.
HELPER long plane_values(int height, int width, int halo) {
  return (long)(height + 2 * halo) * (width + 2 * halo) * LANES;
}

// Values from the beginning of a tensor to pixel (0, 0) of a plane; `plane` counts image · blocks + block.
HELPER long plane_offset(long plane, int height, int width, int halo) {
  return plane * plane_values(height, width, halo) + ((long)halo * (width + 2 * halo) + halo) * LANES;
}

// Values from one row to the next.
HELPER long row_values(int width, int halo) { return (long)(width + 2 * halo) * LANES; }

HELPER void clear_pixels(Plane first, long count) {
  for (long i = 0; i < count; i++) store_pixel((float16)(0.0f), i, first);
}

// Zeros around the plane whose pixel (0, 0) is at `pixels`. The right margin of a row and the left one of the next are
// neighbours.
HELPER void clear_halo(Plane pixels, int height, int width, int halo) {
  if (halo == 0) return;
  const long row = row_values(width, halo), outside = (long)halo * (width + 2 * halo) + halo;
  clear_pixels(pixels - outside * LANES, outside);
  for (int y = 0; y < height - 1; y++) clear_pixels(pixels + y * row + (long)width * LANES, 2 * halo);
  clear_pixels(pixels + (height - 1) * row + (long)width * LANES, outside);
}

// The first `count` lanes of plain values, `otherwise` beyond them; nothing beyond is read.
HELPER float16 load_lanes(__global const float *values, int count, float otherwise) {
  if (count >= LANES) return vload16(0, values);
  float lanes[LANES];
  for (int lane = 0; lane < LANES; lane++) lanes[lane] = lane < count ? values[lane] : otherwise;
  return vload16_private(lanes);
}

// The reverse: stores the first `count` lanes.
HELPER void store_lanes(float16 value, __global float *values, int count) {
  if (count >= LANES) {
    vstore16(value, 0, values);
    return;
  }
  float lanes[LANES];
  vstore16_private(value, lanes);
  for (int lane = 0; lane < count; lane++) values[lane] = lanes[lane];
}

// The lanes of block `block` of a plain vector of `channels` values; `otherwise` beyond its end.
HELPER float16 load_block(__global const float *values, int block, int channels, float otherwise) {
  return load_lanes(values + (long)block * LANES, channels - block * LANES, otherwise);
}

// The reverse: stores the lanes that belong to a channel.
HELPER void store_block(float16 value, __global float *values, int block, int channels) {
  store_lanes(value, values + (long)block * LANES, channels - block * LANES);
}

HELPER int smaller(int a, int b) { return a < b ? a : b; }
HELPER int larger(int a, int b) { return a > b ? a : b; }

#endif
