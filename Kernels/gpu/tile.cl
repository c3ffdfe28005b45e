// The inner part of every matrix product here: a work-group of 16 x 16 items computes a tile of 32 rows x 64 columns,
// 16 deep at a time, from two factors in local memory. An item owns 2 x 4 sums, 16 apart, so that neighbouring items
// read neighbouring words. The host knows these numbers as TileSize.

#define TILE_SIDE 16
#define TILE_DEPTH 16
#define ITEM_ROWS 2
#define ITEM_COLUMNS 4
#define TILE_ROWS (TILE_SIDE * ITEM_ROWS)
#define TILE_COLUMNS (TILE_SIDE * ITEM_COLUMNS)
// One word of padding keeps items that write down a column off each other's memory banks.
#define LEFT_PITCH (TILE_ROWS + 1)
#define RIGHT_PITCH (TILE_COLUMNS + 1)

// Adds left [depth][rows] times right [depth][columns] to the sums of item (x, y). Between two barriers.
HELPER void tile_multiply(__local const float *left, __local const float *right, const int x, const int y,
                          float sums[ITEM_ROWS][ITEM_COLUMNS]) {
  for (int k = 0; k < TILE_DEPTH; k++) {
    float row[ITEM_ROWS], column[ITEM_COLUMNS];
    for (int i = 0; i < ITEM_ROWS; i++) row[i] = left[k * LEFT_PITCH + y + TILE_SIDE * i];
    for (int j = 0; j < ITEM_COLUMNS; j++) column[j] = right[k * RIGHT_PITCH + x + TILE_SIDE * j];
    for (int i = 0; i < ITEM_ROWS; i++)
      for (int j = 0; j < ITEM_COLUMNS; j++) sums[i][j] = FMA(row[i], column[j], sums[i][j]);
  }
}
