// The transforms of Winograd's F(2×2, 3×3), 16 channels at a time: Bᵀ d B of a 4 × 4 patch of the source, Aᵀ m A of the
// products, and their transposes for the gradient of the weights. The 16 points of a transform are row-major.

#include "cpu/layout.cl"

#ifndef WINOGRAD_POINTS
#define WINOGRAD_POINTS 16

// Points that are a multiple of 4 KB apart would all fall into the same few lines of a cache: hence one vector more than
// the transformed weights of a target block need for each point.
HELPER long panel_values(int source_blocks) { return ((long)source_blocks * LANES + 1) * LANES; }

// Tiles that follow each other in one row of an image.
struct TileRun {
  int image, row, column, count;
};

// The run that begins at `tile`, counted through all images; at most `limit` tiles.
HELPER struct TileRun tile_run(int tile, int rows, int columns, int limit) {
  struct TileRun run;
  run.image = tile / (rows * columns);
  run.row = tile / columns % rows;
  run.column = tile % columns;
  run.count = smaller(columns - run.column, limit);
  return run;
}

// What the next chunk of tiles reads comes from far away: it is on its way while the present one is multiplied. One of
// WINOGRAD_POINTS equal parts of the rows of `count` tiles from `tile` on, in some blocks of each image.
HELPER void fetch_ahead(ConstantPlane maps, int tile, int count, int rows, int columns, int blocks, int first_block,
                        int last_block, int height, int width, int halo, int part) {
  const struct TileRun run = tile_run(tile, rows, columns, 1);
  const int tile_rows = smaller((count + columns - 1) / columns, rows - run.row);
  const long step = 64 / sizeof(MAP_VALUE), lines = 2 * tile_rows * row_values(width, halo) / step;
  for (int block = first_block; block < last_block; block++) {
    ConstantPlane first = maps + plane_offset((long)run.image * blocks + block, height, width, halo) +
                          2 * run.row * row_values(width, halo);
    for (long line = lines * part / WINOGRAD_POINTS; line < lines * (part + 1) / WINOGRAD_POINTS; line++)
      PREFETCH(first + line * step);
  }
}

// Bᵀ of one column of four pixels.
HELPER void transform_column(ConstantPlane pixels, long row, float16 *column) {
  const float16 a = load_pixel(0, pixels), b = load_pixel(0, pixels + row);
  const float16 c = load_pixel(0, pixels + 2 * row), d = load_pixel(0, pixels + 3 * row);
  column[0] = a - c;
  column[1] = b + c;
  column[2] = c - b;
  column[3] = b - d;
}

// Bᵀ d B of `count` tiles side by side. Neighbours share two columns of pixels.
HELPER void transform_source(ConstantPlane corner, long row, int count, float *v, long point_step) {
  float16 a[4], b[4], c[4], d[4];
  transform_column(corner, row, a);
  transform_column(corner + LANES, row, b);
  for (int tile = 0; tile < count; tile++) {
    transform_column(corner + (2 * tile + 2) * LANES, row, c);
    transform_column(corner + (2 * tile + 3) * LANES, row, d);
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float *points = v + 4 * i * point_step + tile * LANES;
      vstore16(a[i] - c[i], 0, points);
      vstore16(b[i] + c[i], 0, points + point_step);
      vstore16(c[i] - b[i], 0, points + 2 * point_step);
      vstore16(b[i] - d[i], 0, points + 3 * point_step);
      a[i] = c[i];
      b[i] = d[i];
    }
  }
}

// Aᵀ m A of one tile, stored or added to those of its pixels that lie within the `height` × `width` left.
HELPER void transform_products(const float *products, long point_step, const float16 bias, int accumulate,
                               Plane corner, long row, int height, int width) {
  float16 top[4], bottom[4];
#pragma unroll
  for (int j = 0; j < 4; j++) {
    const float16 a = vload16(0, products + j * point_step), b = vload16(0, products + (4 + j) * point_step);
    const float16 c = vload16(0, products + (8 + j) * point_step), d = vload16(0, products + (12 + j) * point_step);
    top[j] = a + b + c;
    bottom[j] = b - c - d;
  }
  float16 pixels[2][2];
  pixels[0][0] = top[0] + top[1] + top[2] + bias;
  pixels[0][1] = top[1] - top[2] - top[3] + bias;
  pixels[1][0] = bottom[0] + bottom[1] + bottom[2] + bias;
  pixels[1][1] = bottom[1] - bottom[2] - bottom[3] + bias;
#pragma unroll
  for (int y = 0; y < 2; y++)
#pragma unroll
    for (int x = 0; x < 2; x++)
      if (y < height && x < width) {
        Plane pixel = corner + y * row + x * LANES;
        store_pixel(accumulate ? load_pixel(0, pixel) + pixels[y][x] : pixels[y][x], 0, pixel);
      }
}

// A g Aᵀ of the 2 × 2 gradients of `count` tiles side by side.
HELPER void transform_gradient(ConstantPlane corner, long row, int count, float *z, long point_step) {
  for (int tile = 0; tile < count; tile++) {
    float16 columns[2][4];
#pragma unroll
    for (int x = 0; x < 2; x++) {
      const float16 a = load_pixel(2 * tile + x, corner), b = load_pixel(2 * tile + x, corner + row);
      columns[x][0] = a;
      columns[x][1] = a + b;
      columns[x][2] = a - b;
      columns[x][3] = -b;
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float *points = z + 4 * i * point_step + tile * LANES;
      vstore16(columns[0][i], 0, points);
      vstore16(columns[0][i] + columns[1][i], 0, points + point_step);
      vstore16(columns[0][i] - columns[1][i], 0, points + 2 * point_step);
      vstore16(-columns[1][i], 0, points + 3 * point_step);
    }
  }
}

#endif
