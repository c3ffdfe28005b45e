// Winograd's F(2×2, 3×3) for convolutions of stride 1, in both directions: 16 products of transformed values per tile of
// 2 × 2 pixels take the place of 36. Derived from Lavin & Gray, arXiv 1509.09308.
//
// A work-item owns a range of tiles, counted through all images of the batch, and a range of output blocks. It works
// in chunks: all source blocks of a chunk's tiles are transformed into V [point][block][tile][16]; for each output
// block and point the products with the weights' transforms go to M [point][tile][16]; M is transformed back.

#include "cpu/layout.cl"
#include "cpu/plane_statistics.cl"
#include "cpu/winograd_transforms.cl"

// What a work-item may hold: products of a chunk's tiles, and transformed source values per point.
#define WINOGRAD_CHUNK 64
#define WINOGRAD_SOURCE_VALUES (16 * 1024)

// Tiles whose products stay in registers.
#if ACCUMULATORS >= 14
#define WINOGRAD_TILES 16
#elif ACCUMULATORS >= 6
#define WINOGRAD_TILES 6
#else
#define WINOGRAD_TILES 2
#endif

// For T tiles at one point: the sum over all source channels of V · weights.
HELPER void multiply_tiles(const int T, const float *v, long block_step, __global const float *weights, int channels,
                           float *products) {
  float16 acc[WINOGRAD_TILES];
#pragma unroll
  for (int t = 0; t < T; t++) acc[t] = (float16)(0.0f);
  for (int channel = 0; channel < channels; channel += LANES, v += block_step, weights += LANES * LANES) {
    const int lanes = smaller(LANES, channels - channel);
    for (int lane = 0; lane < lanes; lane++) {
      const float16 weight = vload16(lane, weights);
#pragma unroll
      for (int t = 0; t < T; t++) acc[t] = FMA((float16)(v[t * LANES + lane]), weight, acc[t]);
    }
  }
#pragma unroll
  for (int t = 0; t < T; t++) vstore16(acc[t], t, products);
}

// Sizes named source and target are those of the direction at hand. Weights are those of winograd_pack. The source has
// zeros wherever a tile reaches beyond it.
KERNEL(winograd_convolution, (MAPS_IN, source) (IN, weights) (IN, biases) (MAPS_OUT, target) (OUT, partials)
       (INT, has_bias) (INT, accumulate) (INT, wants_statistics) (INT, batch) (INT, source_channels)
       (INT, source_height) (INT, source_width) (INT, source_halo) (INT, target_channels) (INT, target_height)
       (INT, target_width) (INT, target_halo) (INT, padding_height) (INT, padding_width) (INT, item_tiles)
       (INT, item_blocks) (INT, chunk)) {
  float v[WINOGRAD_POINTS * (WINOGRAD_SOURCE_VALUES + LANES)] __attribute__((aligned(64)));
  float products[WINOGRAD_POINTS * WINOGRAD_CHUNK * LANES] __attribute__((aligned(64)));
  const int source_blocks = (source_channels + LANES - 1) / LANES;
  const int target_blocks = (target_channels + LANES - 1) / LANES;
  const int rows = (target_height + 1) / 2, columns = (target_width + 1) / 2, image_tiles = rows * columns;
  const int first = get_global_id(0) * item_tiles, last = smaller(first + item_tiles, batch * image_tiles);
  const int first_block = get_global_id(1) * item_blocks;
  const int last_block = smaller(first_block + item_blocks, target_blocks);
  const long source_row = row_values(source_width, source_halo), target_row = row_values(target_width, target_halo);
  // One vector more, as in panel_values.
  const long block_step = (long)chunk * LANES, point_step = source_blocks * block_step + LANES;
  const long product_step = (long)chunk * LANES;

  for (int begin = first; begin < last; begin += chunk) {
    const int count = smaller(chunk, last - begin);
    for (int block = 0; block < source_blocks; block++) {
      float *place = v + block * block_step;
      for (int tile = 0; tile < count;) {
        const struct TileRun run = tile_run(begin + tile, rows, columns, count - tile);
        ConstantPlane corner =
            source + plane_offset((long)run.image * source_blocks + block, source_height, source_width, source_halo) +
            (2 * run.row - padding_height) * source_row + (long)(2 * run.column - padding_width) * LANES;
        transform_source(corner, source_row, run.count, place + tile * LANES, point_step);
        tile += run.count;
      }
      // The last group of tiles in registers may reach beyond the last tile.
      for (int tile = count; tile % WINOGRAD_TILES != 0; tile++)
        for (int point = 0; point < WINOGRAD_POINTS; point++)
          vstore16((float16)(0.0f), tile, place + point * point_step);
    }
    for (int block = first_block; block < last_block; block++) {
      for (int point = 0; point < WINOGRAD_POINTS; point++) {
        __global const float *panel = weights + (block * WINOGRAD_POINTS + point) * panel_values(source_blocks);
        if (block == first_block && begin + chunk < batch * image_tiles)
          fetch_ahead(source, begin + chunk, chunk, rows, columns, source_blocks, 0, source_blocks, source_height,
                      source_width, source_halo, point);
        for (int tile = 0; tile < count; tile += WINOGRAD_TILES)
          multiply_tiles(WINOGRAD_TILES, v + point * point_step + tile * LANES, block_step, panel, source_channels,
                         products + point * product_step + tile * LANES);
      }
      const float16 bias = has_bias ? load_block(biases, block, target_channels, 0.0f) : (float16)(0.0f);
      for (int tile = 0; tile < count;) {
        const struct TileRun run = tile_run(begin + tile, rows, columns, count - tile);
        Plane corner =
            target + plane_offset((long)run.image * target_blocks + block, target_height, target_width, target_halo) +
            2 * run.row * target_row + (long)(2 * run.column) * LANES;
        for (int i = 0; i < run.count; i++)
          transform_products(products + (tile + i) * LANES, product_step, bias, accumulate, corner + 2 * i * LANES,
                             target_row, target_height - 2 * run.row, target_width - 2 * (run.column + i));
        tile += run.count;
      }
    }
  }
  // Who owns the first tile of an image writes its halo.
  for (int image = (first + image_tiles - 1) / image_tiles; image * image_tiles < last; image++)
    for (int block = first_block; block < last_block; block++) {
      const long plane = (long)image * target_blocks + block;
      Plane pixels = target + plane_offset(plane, target_height, target_width, target_halo);
      clear_halo(pixels, target_height, target_width, target_halo);
      if (wants_statistics)
        store_plane_statistics(pixels, target_height, target_width, target_halo, partials, plane);
    }
}
