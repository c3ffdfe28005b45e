// A tile that matrix units multiply: see gpu/tile.cl. 32 items in a row are a warp, which multiplies fragments of 16 rows
// and 8 columns, 8 words deep: pairs of bfloat16, or floats of which the unit sees 10 bits behind the point.
//
// Three primitives stand between the tile and the hardware: load_left_fragment, load_right_fragments and
// multiply_fragments. Other vendors' units need other primitives, and nothing else.
#include "gpu/matrix_units.cl"

#define WARP_ITEMS 32
// A warp stands 4 items across and 8 down, as PTX lays out the sums of a fragment.
#define WARPS_ACROSS (ITEMS_ACROSS / 4)
#define LANE_ACROSS 4
#define LANE_DOWN 8

#if TILE_UNITS == BFLOAT16_UNITS
#define FACTOR ushort
#define VALUES_PER_WORD 2
#define FACTOR_OF(value) unit_value(value)
#define FACTOR_OF_MAP(value) (value)
#define FACTOR_ZERO ((ushort)0)
#define FACTOR_MINUS_ZERO ((ushort)0x8000)
#else
#define FACTOR float
#define VALUES_PER_WORD 1
#define FACTOR_OF(value) unit_value(value)
#define FACTOR_OF_MAP(value) unit_value(load_value(value))
#define FACTOR_ZERO 0.0f
#define FACTOR_MINUS_ZERO (-0.0f)
#endif
// Rows begin at multiples of 16 bytes, as some loads of fragments want.
#define TILE_WORDS uint4

// [rows or columns][depth]. With four words of padding the words of a fragment lie in 32 different memory banks.
#define UNIT_PITCH (TILE_DEPTH + 4 * VALUES_PER_WORD)
#define LEFT_SIZE (TILE_ROWS * UNIT_PITCH)
#define RIGHT_SIZE (TILE_COLUMNS * UNIT_PITCH)
#define LEFT_PLACE(k, row) ((row) * UNIT_PITCH + (k))
#define RIGHT_PLACE(k, column) ((column) * UNIT_PITCH + (k))

#define TILE_X(item) ((item) / WARP_ITEMS % WARPS_ACROSS * LANE_ACROSS + (item) % LANE_ACROSS)
#define TILE_Y(item) ((item) / WARP_ITEMS / WARPS_ACROSS * LANE_DOWN + (item) % WARP_ITEMS / LANE_ACROSS)
#define TILE_ROW(y, i) ((y) / LANE_DOWN * (LANE_DOWN * ITEM_ROWS) + (i) * LANE_DOWN + (y) % LANE_DOWN)
#define TILE_COLUMN(x, j)                                                                                             \
  ((x) / LANE_ACROSS * (LANE_ACROSS * ITEM_COLUMNS) + (j) / 2 * 8 + (x) % LANE_ACROSS * 2 + (j) % 2)

// Adds left times right, which the group has stored, to the sums of item (x, y).
HELPER void tile_multiply(__local const FACTOR *left, __local const FACTOR *right, __local uint *exchange, const int x,
                          const int y, float sums[ITEM_ROWS][ITEM_COLUMNS]) {
  __local const uint *left_words = (__local const uint *)left, *right_words = (__local const uint *)right;
  const int pitch = UNIT_PITCH / VALUES_PER_WORD, lane = y % LANE_DOWN * LANE_ACROSS + x % LANE_ACROSS;
  left_words += y / LANE_DOWN * (LANE_DOWN * ITEM_ROWS) * pitch;
  right_words += x / LANE_ACROSS * (LANE_ACROSS * ITEM_COLUMNS) * pitch;
  for (int word = 0; word < TILE_DEPTH / VALUES_PER_WORD; word += 8) {
    struct LeftFragment rows[ITEM_ROWS / 2];
    struct RightFragment columns[ITEM_COLUMNS / 2];
#pragma unroll
    for (int i = 0; i < ITEM_ROWS / 2; i++)
      rows[i] = load_left_fragment(left_words + 16 * i * pitch + word, pitch, lane);
    load_right_fragments(right_words + word, pitch, lane, columns);
#pragma unroll
    for (int i = 0; i < ITEM_ROWS / 2; i++)
#pragma unroll
      for (int j = 0; j < ITEM_COLUMNS / 2; j++)
        multiply_fragments(rows[i], columns[j], &sums[2 * i][2 * j], &sums[2 * i][2 * j + 1], &sums[2 * i + 1][2 * j],
                           &sums[2 * i + 1][2 * j + 1], exchange);
  }
}
