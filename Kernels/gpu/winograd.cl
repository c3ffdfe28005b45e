// Convolutions of 3 x 3 taps and stride 1 by Winograd's F(2x2, 3x3), forward and backward to the data: the same sum
// with the weights turned around.
#include "gpu/winograd_tile.cl"

// Lines of transformed weights are so long that vectors in them are aligned.
#define TRANSFORM_PITCH(targets) (((targets) + 3) / 4 * 4)

// Transforms [point][source channel][target channel, rounded up to 4] of plain [outputs][channels][3][3] weights.
// `backward` exchanges the roles of outputs and channels and turns the kernel by 180 degrees. One item per target
// channel (first axis, rounded up) and source channel.
KERNEL(winograd_transform_weights, (IN, plain) (OUT, transforms) (INT, outputs) (INT, channels) (INT, backward)) {
  const int target = get_global_id(0), source = get_global_id(1);
  const int targets = backward ? channels : outputs, sources = backward ? outputs : channels;
  const int pitch = TRANSFORM_PITCH(targets), step = sources * pitch;
  if (target >= pitch) return;
  transforms += source * pitch + target;
  if (target >= targets) {
    for (int point = 0; point < POINTS; point++) transforms[point * step] = 0.0f;
    return;
  }
  plain += ((backward ? source : target) * channels + (backward ? target : source)) * 9;
  float rows[4][3];
#pragma unroll
  for (int j = 0; j < 3; j++) {
    const float a = plain[backward ? 8 - j : j], b = plain[backward ? 5 - j : 3 + j];
    const float c = plain[backward ? 2 - j : 6 + j];
    rows[0][j] = a;
    rows[1][j] = 0.5f * (a + b + c);
    rows[2][j] = 0.5f * (a - b + c);
    rows[3][j] = c;
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    const float a = rows[i][0], b = rows[i][1], c = rows[i][2];
    transforms[4 * i * step] = a;
    transforms[(4 * i + 1) * step] = 0.5f * (a + b + c);
    transforms[(4 * i + 2) * step] = 0.5f * (a - b + c);
    transforms[(4 * i + 3) * step] = c;
  }
}

// The 2 x 2 pixels, row-major, that the points of a sum belong to.
HELPER void transform_points(const float points[POINTS], float pixels[4]) {
  float above[4], below[4];
#pragma unroll
  for (int j = 0; j < 4; j++) {
    above[j] = points[j] + points[4 + j] + points[8 + j];
    below[j] = points[4 + j] - points[8 + j] - points[12 + j];
  }
  pixels[0] = above[0] + above[1] + above[2];
  pixels[1] = above[1] - above[2] - above[3];
  pixels[2] = below[0] + below[1] + below[2];
  pixels[3] = below[1] - below[2] - below[3];
}

// Blocks of tiles along the first axis, so that the groups that run at the same time share their weights, and blocks of
// target channels along the second. Sizes named source and target are those of the direction at hand; padding is the
// source's. An item always gathers and stores the same tile of the group's. The transforms are aligned, as all memory
// of the family's own is.
GROUP_KERNEL(winograd_convolution, (IN, source) (IN, transforms) (IN, bias) (OUT, target) (INT, has_bias)
             (INT, accumulate) (INT, batch) (INT, source_channels) (INT, source_height) (INT, source_width)
             (INT, target_channels) (INT, target_height) (INT, target_width) (INT, padding_y) (INT, padding_x)
             (PANELS, panels)) {
  const int item = get_local_id(0), point = item / POINT_ITEMS;
  const int y = item % POINT_ITEMS / ITEMS_ACROSS, x = item % ITEMS_ACROSS;
  const int tile = item % WINOGRAD_TILES, first_channel = get_group_id(1) * WINOGRAD_CHANNELS;
  const int source_area = source_height * source_width, target_area = target_height * target_width;
  const struct TilePlace place = tile_place(get_group_id(0) * WINOGRAD_TILES + tile, (target_height + 1) / 2,
                                            (target_width + 1) / 2);
  const int exists = place.image < batch, top = place.row - padding_y, side = place.column - padding_x;
  const int corner = place.image * source_channels * source_area + top * source_width + side;
  const int inside = exists ? pixels_inside(4, top, side, source_height, source_width) : 0;

  const int lane = item % VECTORS_ACROSS * RIGHT_VECTOR, pitch = TRANSFORM_PITCH(target_channels);

  float sums[WINOGRAD_ITEM_TILES][WINOGRAD_ITEM_CHANNELS] = {{0.0f}};
  for (int start = 0; start < source_channels; start += WINOGRAD_DEPTH) {
    __local float *left = PANELS_AT(panels, start), *right = left + LEFT_WORDS;
    for (int n = 0; n < SHARE(WINOGRAD_DEPTH, TILE_LINES); n++) {
      const int line = item / WINOGRAD_TILES + n * TILE_LINES, channel = start + line;
      if (LEFT_OUT(line, WINOGRAD_DEPTH, TILE_LINES)) break;
      gather_patch(source, corner + channel * source_area, source_width, channel < source_channels ? inside : 0,
                   left + line * LEFT_PITCH + tile);
    }
#pragma unroll
    for (int n = 0; n < SHARE(POINTS * WINOGRAD_DEPTH, VECTOR_LINES); n++) {
      const int line = item / VECTORS_ACROSS + n * VECTOR_LINES, channel = start + line % WINOGRAD_DEPTH;
      if (LEFT_OUT(line, POINTS * WINOGRAD_DEPTH, VECTOR_LINES)) break;
      const int row = line / WINOGRAD_DEPTH * source_channels + channel;
      gather_words(transforms + row * pitch + first_channel + lane, RIGHT_VECTOR,
                   channel < source_channels && first_channel + lane < pitch, right + line * RIGHT_PITCH + lane);
    }
    multiply_panels(left, point, x, y, sums);
  }

#pragma unroll
  for (int first = 0; first < WINOGRAD_ITEM_CHANNELS; first += EXCHANGED) {
    hand_over(sums, first, point, x, y, panels);
    for (int k = item / WINOGRAD_TILES; k < ITEMS_ACROSS * EXCHANGED; k += TILE_LINES) {
      const int channel = first_channel + RECEIVED_CHANNEL(first, k);
      if (!exists || channel >= target_channels) continue;
      float points[POINTS], pixels[4];
      take_over(panels, k, tile, points);
      transform_points(points, pixels);
      const float offset = has_bias ? bias[channel] : 0.0f;
      const int at = (place.image * target_channels + channel) * target_area + place.row * target_width + place.column;
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const int pixel = at + i / 2 * target_width + i % 2;
        if (place.row + i / 2 >= target_height || place.column + i % 2 >= target_width) continue;
        const float value = has_bias ? pixels[i] + offset : pixels[i];
        target[pixel] = accumulate ? target[pixel] + value : value;
      }
    }
  }
}
