// Statistics for batch norm of a tile that has just been computed: of each row, the mean of its columns and the squared
// deviations from it.

// statistics [tiles across][rows][mean, squared deviations]. Of the tile's columns, `columns` count. `scratch` has a word
// for each item across and each row of the tile.
HELPER void tile_statistics(float values[ITEM_ROWS][ITEM_COLUMNS], const int x, const int y, const int first_row,
                            const int rows, const int columns, __local float *scratch, __global float *statistics) {
  float mean[ITEM_ROWS];
  barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
  for (int i = 0; i < ITEM_ROWS; i++) {
    float sum = 0.0f;
#pragma unroll
    for (int j = 0; j < ITEM_COLUMNS; j++) sum += TILE_COLUMN(x, j) < columns ? values[i][j] : 0.0f;
    scratch[TILE_ROW(y, i) * ITEMS_ACROSS + x] = sum;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
  for (int i = 0; i < ITEM_ROWS; i++) {
    float sum = 0.0f;
    for (int other = 0; other < ITEMS_ACROSS; other++) sum += scratch[TILE_ROW(y, i) * ITEMS_ACROSS + other];
    mean[i] = sum / columns;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
  for (int i = 0; i < ITEM_ROWS; i++) {
    float squares = 0.0f;
#pragma unroll
    for (int j = 0; j < ITEM_COLUMNS; j++) {
      const float deviation = TILE_COLUMN(x, j) < columns ? values[i][j] - mean[i] : 0.0f;
      squares = FMA(deviation, deviation, squares);
    }
    scratch[TILE_ROW(y, i) * ITEMS_ACROSS + x] = squares;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  if (x != 0) return;
#pragma unroll
  for (int i = 0; i < ITEM_ROWS; i++) {
    const int row = first_row + TILE_ROW(y, i);
    if (row >= rows) continue;
    float squares = 0.0f;
    for (int other = 0; other < ITEMS_ACROSS; other++) squares += scratch[TILE_ROW(y, i) * ITEMS_ACROSS + other];
    __global float *of_row = statistics + 2 * ((long)get_group_id(0) * rows + row);
    of_row[0] = mean[i];
    of_row[1] = squares;
  }
}
