// The gradient of the weights of a convolution by Winograd's F(2x2, 3x3): a sum over tiles of products of transforms,
// of 4 x 4 patches of the input and of 2 x 2 pixels of the output's gradient.
#include "gpu/winograd_tile.cl"

// Stores the transform of 2 x 2 pixels, of which those that are not inside are 0, at `panel`; -0 at every point where
// there is no tile.
HELPER void gather_gradient(__global const float *maps, const int corner, const int width, const int inside,
                            const int exists, __local float *panel) {
  float g[4], rows[4][2];
#pragma unroll
  for (int i = 0; i < 4; i++) g[i] = inside >> i & 1 ? maps[corner + i / 2 * width + i % 2] : 0.0f;
#pragma unroll
  for (int j = 0; j < 2; j++) {
    rows[0][j] = g[j];
    rows[1][j] = g[j] + g[2 + j];
    rows[2][j] = g[j] - g[2 + j];
    rows[3][j] = -g[2 + j];
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    const int step = WINOGRAD_DEPTH * RIGHT_PITCH;
    panel[4 * i * step] = exists ? rows[i][0] : -0.0f;
    panel[(4 * i + 1) * step] = exists ? rows[i][0] + rows[i][1] : -0.0f;
    panel[(4 * i + 2) * step] = exists ? rows[i][0] - rows[i][1] : -0.0f;
    panel[(4 * i + 3) * step] = exists ? -rows[i][1] : -0.0f;
  }
}

// The 3 x 3 taps, row-major, that the points of a sum belong to.
HELPER void store_taps(const float points[POINTS], __global float *taps) {
  float rows[3][4];
#pragma unroll
  for (int j = 0; j < 4; j++) {
    const float even = 0.5f * (points[4 + j] + points[8 + j]);
    rows[0][j] = points[j] + even;
    rows[1][j] = 0.5f * (points[4 + j] - points[8 + j]);
    rows[2][j] = even + points[12 + j];
  }
#pragma unroll
  for (int i = 0; i < 3; i++) {
    const float even = 0.5f * (rows[i][1] + rows[i][2]);
    taps[3 * i] = rows[i][0] + even;
    taps[3 * i + 1] = 0.5f * (rows[i][1] - rows[i][2]);
    taps[3 * i + 2] = even + rows[i][3];
  }
}

// Blocks of input channels along the first axis, of output channels along the second, and chunks of `chunk_tiles` tiles
// along the third, of which each writes a sum of its own: partials [chunks][outputs][channels][3][3]. Items next to
// each other gather tiles that are.
GROUP_KERNEL(winograd_weights_gradient, (IN, input) (IN, output_gradient) (OUT, partials) (INT, chunk_tiles)
             (INT, batch) (INT, channels) (INT, height) (INT, width) (INT, outputs) (INT, output_height)
             (INT, output_width) (INT, padding_y) (INT, padding_x) (PANELS, panels)) {
  const int item = get_local_id(0), point = item / POINT_ITEMS;
  const int y = item % POINT_ITEMS / ITEMS_ACROSS, x = item % ITEMS_ACROSS;
  const int first_channel = get_group_id(0) * WINOGRAD_TILES, first_output = get_group_id(1) * WINOGRAD_CHANNELS;
  const int chunk = get_group_id(2);
  const int rows = (output_height + 1) / 2, columns = (output_width + 1) / 2;
  const int area = height * width, output_area = output_height * output_width;
  const int first_tile = chunk * chunk_tiles, depth = min(chunk_tiles, batch * rows * columns - first_tile);
  const int line = item % WINOGRAD_DEPTH;

  float sums[WINOGRAD_ITEM_TILES][WINOGRAD_ITEM_CHANNELS] = {{0.0f}};
  for (int start = 0; start < depth; start += WINOGRAD_DEPTH) {
    __local float *left = PANELS_AT(panels, start), *right = left + LEFT_WORDS;
    const int exists = start + line < depth;
    const struct TilePlace place = tile_place(first_tile + start + line, rows, columns);
    const int top = place.row - padding_y, side = place.column - padding_x;
    const int patch = exists ? pixels_inside(4, top, side, height, width) : 0;
    const int square = exists ? pixels_inside(2, place.row, place.column, output_height, output_width) : 0;
    for (int n = 0; n < SHARE(WINOGRAD_TILES, DEPTH_LINES); n++) {
      const int i = item / WINOGRAD_DEPTH + n * DEPTH_LINES;
      if (LEFT_OUT(i, WINOGRAD_TILES, DEPTH_LINES)) break;
      const int channel = first_channel + i;
      gather_patch(input, (place.image * channels + channel) * area + top * width + side, width,
                   channel < channels ? patch : 0, left + line * LEFT_PITCH + i);
    }
    for (int n = 0; n < SHARE(WINOGRAD_CHANNELS, DEPTH_LINES); n++) {
      const int i = item / WINOGRAD_DEPTH + n * DEPTH_LINES;
      if (LEFT_OUT(i, WINOGRAD_CHANNELS, DEPTH_LINES)) break;
      const int output = first_output + i;
      gather_gradient(output_gradient,
                      (place.image * outputs + output) * output_area + place.row * output_width + place.column,
                      output_width, output < outputs ? square : 0, exists, right + line * RIGHT_PITCH + i);
    }
    multiply_panels(left, point, x, y, sums);
  }

  const int i = item % WINOGRAD_TILES, channel = first_channel + i;
  partials += (long)chunk * outputs * channels * 9;
#pragma unroll
  for (int first = 0; first < WINOGRAD_ITEM_CHANNELS; first += EXCHANGED) {
    hand_over(sums, first, point, x, y, panels);
    for (int k = item / WINOGRAD_TILES; k < ITEMS_ACROSS * EXCHANGED; k += TILE_LINES) {
      const int output = first_output + RECEIVED_CHANNEL(first, k);
      if (channel >= channels || output >= outputs) continue;
      float points[POINTS];
      take_over(panels, k, i, points);
      store_taps(points, partials + (output * channels + channel) * 9);
    }
  }
}
