// A tile whose items multiply for themselves, by fused multiply-adds: see gpu/tile.cl.

// What a factor holds of a value.
#define FACTOR float
#define FACTOR_OF(value) (value)
#define FACTOR_OF_MAP(value) load_value(value)
#define FACTOR_ZERO 0.0f
#define FACTOR_MINUS_ZERO (-0.0f)

// [depth][rows or columns]. The padding keeps items that write down a column off each other's memory banks, and vectors
// aligned.
#define LEFT_PITCH (TILE_ROWS + TILE_VECTOR)
#define RIGHT_PITCH (TILE_COLUMNS + TILE_VECTOR)
#define LEFT_SIZE (LEFT_PITCH * TILE_DEPTH)
#define RIGHT_SIZE (RIGHT_PITCH * TILE_DEPTH)
#define LEFT_PLACE(k, row) ((k) * LEFT_PITCH + (row))
#define RIGHT_PLACE(k, column) ((k) * RIGHT_PITCH + (column))

// Where an item stands in the tile, and which row and column of the tile its sum [i][j] is: those that an item reads at
// once are neighbours, and neighbouring items read neighbouring words.
#define TILE_X(item) ((item) % ITEMS_ACROSS)
#define TILE_Y(item) ((item) / ITEMS_ACROSS)
#define TILE_ROW(y, i) ((i) / TILE_VECTOR * (ITEMS_DOWN * TILE_VECTOR) + (y) * TILE_VECTOR + (i) % TILE_VECTOR)
#define TILE_COLUMN(x, j)                                                                                             \
  ((j) / TILE_VECTOR * (ITEMS_ACROSS * TILE_VECTOR) + (x) * TILE_VECTOR + (j) % TILE_VECTOR)

#if TILE_VECTOR == 1
#define TILE_WORDS float
#define TILE_READ(from, to) *(to) = *(from)
#elif TILE_VECTOR == 2
#define TILE_WORDS float2
#define TILE_READ(from, to) vstore2(*(__local const float2 *)(from), 0, to)
#else
#define TILE_WORDS float4
#define TILE_READ(from, to) vstore4(*(__local const float4 *)(from), 0, to)
#endif

// Adds left times right, which the group has stored, to the sums of item (x, y). `exchange` is for other kinds of tiles.
HELPER void tile_multiply(__local const float *left, __local const float *right, __local uint *exchange, const int x,
                          const int y, float sums[ITEM_ROWS][ITEM_COLUMNS]) {
  for (int k = 0; k < TILE_DEPTH; k++) {
    float row[ITEM_ROWS], column[ITEM_COLUMNS];
#pragma unroll
    for (int i = 0; i < ITEM_ROWS; i += TILE_VECTOR) TILE_READ(left + LEFT_PLACE(k, TILE_ROW(y, i)), row + i);
#pragma unroll
    for (int j = 0; j < ITEM_COLUMNS; j += TILE_VECTOR)
      TILE_READ(right + RIGHT_PLACE(k, TILE_COLUMN(x, j)), column + j);
#pragma unroll
    for (int i = 0; i < ITEM_ROWS; i++)
#pragma unroll
      for (int j = 0; j < ITEM_COLUMNS; j++) sums[i][j] = FMA(row[i], column[j], sums[i][j]);
  }
}
