// What the kernels of Winograd's F(2x2, 3x3) share. Derived from Lavin & Gray, arXiv 1509.09308: 2 x 2 pixels of a
// convolution with 3 x 3 taps take 16 products of transformed values instead of 36. Each of the 16 points of a
// transform (row-major) is a matrix product of its own: source tiles x source channels by source channels x target
// channels.
//
// A work-group computes WINOGRAD_TILES x WINOGRAD_CHANNELS sums at each point, WINOGRAD_DEPTH deep at a time, from
// panels [point][depth][tiles] and [point][depth][channels] in local memory. An item owns WINOGRAD_ITEM_TILES x
// WINOGRAD_ITEM_CHANNELS of the sums of one point. In the gradient of the weights input channels take the place of
// tiles, output channels are the channels, and tiles are the depth. The host knows these numbers as WinogradTile and
// defines those that are not the ones below. All are powers of two.
//
// Every sum takes its products one after another in the order of depth, so that all choices give the same bits. What
// lies beyond the depth counts as 0 on the left and -0 on the right: their product, -0, changes no sum.

#ifndef WINOGRAD_TILES
#define WINOGRAD_TILES 32
#endif
#ifndef WINOGRAD_CHANNELS
#define WINOGRAD_CHANNELS 32
#endif
#ifndef WINOGRAD_DEPTH
#define WINOGRAD_DEPTH 8
#endif
#ifndef WINOGRAD_ITEM_TILES
#define WINOGRAD_ITEM_TILES 8
#endif
#ifndef WINOGRAD_ITEM_CHANNELS
#define WINOGRAD_ITEM_CHANNELS 8
#endif
// With two buffers, items that are done with one step gather the next while others still multiply.
#ifndef WINOGRAD_BUFFERS
#define WINOGRAD_BUFFERS 1
#endif

#define POINTS 16
#define ITEMS_DOWN (WINOGRAD_TILES / WINOGRAD_ITEM_TILES)
#define ITEMS_ACROSS (WINOGRAD_CHANNELS / WINOGRAD_ITEM_CHANNELS)
#define POINT_ITEMS (ITEMS_DOWN * ITEMS_ACROSS)
#define ITEMS (POINTS * POINT_ITEMS)

// Words of either panel that an item reads at once: its sums are so many neighbours, and neighbouring items' follow.
#define VECTOR_OF(sums) ((sums) < 4 ? (sums) : 4)
#define LEFT_VECTOR VECTOR_OF(WINOGRAD_ITEM_TILES)
#define RIGHT_VECTOR VECTOR_OF(WINOGRAD_ITEM_CHANNELS)
#define LEFT_PLACE(y, i) ((i) / LEFT_VECTOR * (ITEMS_DOWN * LEFT_VECTOR) + (y) * LEFT_VECTOR + (i) % LEFT_VECTOR)
#define RIGHT_PLACE(x, j)                                                                                             \
  ((j) / RIGHT_VECTOR * (ITEMS_ACROSS * RIGHT_VECTOR) + (x) * RIGHT_VECTOR + (j) % RIGHT_VECTOR)

// The padding keeps items that write down the depth off each other's memory banks, and vectors aligned.
#define LEFT_PITCH (WINOGRAD_TILES + LEFT_VECTOR)
#define RIGHT_PITCH (WINOGRAD_CHANNELS + RIGHT_VECTOR)
#define LEFT_WORDS (POINTS * WINOGRAD_DEPTH * LEFT_PITCH)
#define RIGHT_WORDS (POINTS * WINOGRAD_DEPTH * RIGHT_PITCH)
#define PANEL_WORDS (LEFT_WORDS + RIGHT_WORDS)

// A kernel for groups of ITEMS: compilers may count on that when they share out registers.
#define GROUP_KERNEL(name, arguments)                                                                                \
  __kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void name(DECLARE_FIRST arguments (END, END));                \
  KERNEL(name, arguments)

// How the items share the work of gathering: those next to each other take one line of neighbouring words, and the
// group takes `at_once` lines at a time. A loop has SHARE turns, and where that is less than one whole, some items are
// LEFT_OUT.
#define SHARE(lines, at_once) ((lines) > (at_once) ? (lines) / (at_once) : 1)
#define LEFT_OUT(line, lines, at_once) ((at_once) > (lines) && (line) >= (lines))
#define TILE_LINES (ITEMS / WINOGRAD_TILES)
#define VECTORS_ACROSS (WINOGRAD_CHANNELS / RIGHT_VECTOR)
#define VECTOR_LINES (ITEMS / VECTORS_ACROSS)
#define DEPTH_LINES (ITEMS / WINOGRAD_DEPTH)

// How many of an item's channels change hands at a time through the memory of the panels, where the sums of a point
// become the points of a sum: [point][channel][tiles].
#define EXCHANGE_WORDS(channels) (POINTS * (channels) * ITEMS_ACROSS * LEFT_PITCH)
#define EXCHANGE_FITS(channels)                                                                                       \
  ((channels) <= WINOGRAD_ITEM_CHANNELS && EXCHANGE_WORDS(channels) <= WINOGRAD_BUFFERS * PANEL_WORDS)
#define EXCHANGED (EXCHANGE_FITS(8) ? 8 : EXCHANGE_FITS(4) ? 4 : EXCHANGE_FITS(2) ? 2 : 1)

// Arguments of the kind PANELS: work-group memory, aligned for vectors.
#define MORE_PANELS MORE_
#define DECLARE_PANELS(name) __local float4 *restrict name##_words
#define PARAMETER_PANELS(name) __local float *restrict name
#define PASS_PANELS(name) (__local float *)name##_words

// The part of a PANELS argument that the step which begins at depth `start` uses.
#define PANELS_AT(panels, start) ((panels) + (start) / WINOGRAD_DEPTH % WINOGRAD_BUFFERS * PANEL_WORDS)

// `count` is 1, 2 or 4, and `from` is aligned to as many words.
HELPER void read_words(__local const float *from, const int count, float *to) {
  if (count == 4) {
    const float4 words = *(__local const float4 *)from;
    to[0] = words.x, to[1] = words.y, to[2] = words.z, to[3] = words.w;
  } else if (count == 2) {
    const float2 words = *(__local const float2 *)from;
    to[0] = words.x, to[1] = words.y;
  } else {
    to[0] = *from;
  }
}

// The same on the way to local memory: -0 where there is nothing to read.
HELPER void gather_words(__global const float *from, const int count, const int exists, __local float *to) {
  if (count == 4) {
    *(__local float4 *)to = exists ? *(__global const float4 *)from : (float4)(-0.0f);
  } else if (count == 2) {
    *(__local float2 *)to = exists ? *(__global const float2 *)from : (float2)(-0.0f);
  } else {
    *to = exists ? *from : -0.0f;
  }
}

// Adds what the group has just gathered into `panels` to the sums of item (x, y) of a point.
HELPER void multiply_panels(__local const float *panels, const int point, const int x, const int y,
                            float sums[WINOGRAD_ITEM_TILES][WINOGRAD_ITEM_CHANNELS]) {
  __local const float *left = panels + point * (WINOGRAD_DEPTH * LEFT_PITCH);
  __local const float *right = panels + LEFT_WORDS + point * (WINOGRAD_DEPTH * RIGHT_PITCH);
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int k = 0; k < WINOGRAD_DEPTH; k++) {
    float tiles[WINOGRAD_ITEM_TILES], channels[WINOGRAD_ITEM_CHANNELS];
#pragma unroll
    for (int i = 0; i < WINOGRAD_ITEM_TILES; i += LEFT_VECTOR)
      read_words(left + k * LEFT_PITCH + LEFT_PLACE(y, i), LEFT_VECTOR, tiles + i);
#pragma unroll
    for (int j = 0; j < WINOGRAD_ITEM_CHANNELS; j += RIGHT_VECTOR)
      read_words(right + k * RIGHT_PITCH + RIGHT_PLACE(x, j), RIGHT_VECTOR, channels + j);
#pragma unroll
    for (int i = 0; i < WINOGRAD_ITEM_TILES; i++)
#pragma unroll
      for (int j = 0; j < WINOGRAD_ITEM_CHANNELS; j++) sums[i][j] = FMA(tiles[i], channels[j], sums[i][j]);
  }
  // Of two buffers the next step writes the other one, and its barrier comes before this one is written again.
#if WINOGRAD_BUFFERS == 1
  barrier(CLK_LOCAL_MEM_FENCE);
#endif
}

// Puts the sums of EXCHANGED channels of each item, from its channel `first` on, where others find them.
HELPER void hand_over(const float sums[WINOGRAD_ITEM_TILES][WINOGRAD_ITEM_CHANNELS], const int first, const int point,
                      const int x, const int y, __local float *exchange) {
  // What was read from this memory before has been read.
  barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
  for (int j = 0; j < EXCHANGED; j++) {
    __local float *line = exchange + (point * ITEMS_ACROSS * EXCHANGED + x * EXCHANGED + j) * LEFT_PITCH;
#pragma unroll
    for (int i = 0; i < WINOGRAD_ITEM_TILES; i += LEFT_VECTOR) {
      __local float *place = line + LEFT_PLACE(y, i);
#if WINOGRAD_ITEM_TILES >= 4
      *(__local float4 *)place =
          (float4)(sums[i][first + j], sums[i + 1][first + j], sums[i + 2][first + j], sums[i + 3][first + j]);
#elif WINOGRAD_ITEM_TILES == 2
      *(__local float2 *)place = (float2)(sums[i][first + j], sums[i + 1][first + j]);
#else
      *place = sums[i][first + j];
#endif
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}

// The points of one sum: of `tile`, and of the exchanged channel with this number. That is RECEIVED_CHANNEL of the
// group's channels.
HELPER void take_over(__local const float *exchange, const int channel, const int tile, float points[POINTS]) {
#pragma unroll
  for (int point = 0; point < POINTS; point++)
    points[point] = exchange[(point * ITEMS_ACROSS * EXCHANGED + channel) * LEFT_PITCH + tile];
}
#define RECEIVED_CHANNEL(first, channel) RIGHT_PLACE((channel) / EXCHANGED, (first) + (channel) % EXCHANGED)

// The image, and the row and column of the first of 2 x 2 pixels, of a tile counted through all images.
struct TilePlace {
  int image, row, column;
};

HELPER struct TilePlace tile_place(const int tile, const int rows, const int columns) {
  struct TilePlace place;
  const int line = tile / columns;
  place.image = line / rows;
  place.row = 2 * (line - place.image * rows);
  place.column = 2 * (tile - line * columns);
  return place;
}

// Which of `size` x `size` pixels, row-major from the lowest bit on, lie within an image.
HELPER int pixels_inside(const int size, const int top, const int side, const int height, const int width) {
  int inside = 0;
#pragma unroll
  for (int i = 0; i < size; i++)
#pragma unroll
    for (int j = 0; j < size; j++)
      inside |= (top + i >= 0 && top + i < height && side + j >= 0 && side + j < width) << (i * size + j);
  return inside;
}

// Stores the transform of a patch of 4 x 4 pixels, of which those that are not inside are 0, at `panel`.
HELPER void gather_patch(__global const float *maps, const int corner, const int width, const int inside,
                         __local float *panel) {
  float d[POINTS];
#pragma unroll
  for (int i = 0; i < 4; i++)
#pragma unroll
    for (int j = 0; j < 4; j++)
      d[4 * i + j] = inside >> (4 * i + j) & 1 ? maps[corner + i * width + j] : 0.0f;
#pragma unroll
  for (int j = 0; j < 4; j++) {
    const float above = d[j] - d[8 + j], below = d[4 + j] - d[12 + j];
    const float sum = d[4 + j] + d[8 + j], difference = d[8 + j] - d[4 + j];
    d[j] = above, d[4 + j] = sum, d[8 + j] = difference, d[12 + j] = below;
  }
#pragma unroll
  for (int i = 0; i < POINTS; i += 4) {
    const int step = WINOGRAD_DEPTH * LEFT_PITCH;
    panel[i * step] = d[i] - d[i + 2];
    panel[(i + 1) * step] = d[i + 1] + d[i + 2];
    panel[(i + 2) * step] = d[i + 2] - d[i + 1];
    panel[(i + 3) * step] = d[i + 1] - d[i + 3];
  }
}
