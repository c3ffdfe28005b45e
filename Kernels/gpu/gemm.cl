// Matrix products where no library computes them.
#include "gpu/tile.cl"

// C = A B (+ C) for each matrix of a batch (the third axis). Steps are distances in words, so that a transposed matrix
// is one with its steps exchanged.
KERNEL(gemm, (IN, a), (IN, b), (OUT, c), (INT, rows), (INT, columns), (INT, depth), (INT, a_row_step),
       (INT, a_depth_step), (INT, a_batch_step), (INT, b_depth_step), (INT, b_column_step), (INT, b_batch_step),
       (INT, c_row_step), (INT, c_batch_step), (INT, accumulate), (TILE, left), (TILE, right)) {
  const int x = get_local_id(0), y = get_local_id(1), item = y * ITEMS_ACROSS + x;
  const int first_row = get_group_id(1) * TILE_ROWS, first_column = get_group_id(0) * TILE_COLUMNS;
  const long entry = get_global_id(2);
  a += entry * a_batch_step;
  b += entry * b_batch_step;
  c += entry * c_batch_step;
  // Neighbouring items load neighbouring words, whichever axis those lie along.
  const int a_along_depth = a_depth_step == 1, b_along_depth = b_depth_step == 1;
  float sums[ITEM_ROWS][ITEM_COLUMNS] = {{0.0f}};
  for (int start = 0; start < depth; start += TILE_DEPTH) {
    __local float *left_buffer = LEFT_BUFFER(left, start), *right_buffer = RIGHT_BUFFER(right, start);
    for (int e = item; e < TILE_ROWS * TILE_DEPTH; e += ITEMS) {
      const int r = a_along_depth ? e / TILE_DEPTH : e % TILE_ROWS, k = a_along_depth ? e % TILE_DEPTH : e / TILE_ROWS;
      const int row = first_row + r, position = start + k;
      left_buffer[k * LEFT_PITCH + r] =
          row < rows && position < depth ? a[(long)row * a_row_step + (long)position * a_depth_step] : -0.0f;
    }
    for (int e = item; e < TILE_COLUMNS * TILE_DEPTH; e += ITEMS) {
      const int n = b_along_depth ? e / TILE_DEPTH : e % TILE_COLUMNS;
      const int k = b_along_depth ? e % TILE_DEPTH : e / TILE_COLUMNS;
      const int column = first_column + n, position = start + k;
      right_buffer[k * RIGHT_PITCH + n] =
          column < columns && position < depth ? b[(long)position * b_depth_step + (long)column * b_column_step] : 0.0f;
    }
    tile_multiply(left_buffer, right_buffer, x, y, sums);
  }
  for (int i = 0; i < ITEM_ROWS; i++) {
    const int row = first_row + TILE_ROW(y, i);
    for (int j = 0; j < ITEM_COLUMNS; j++) {
      const int column = first_column + TILE_COLUMN(x, j);
      if (row >= rows || column >= columns) continue;
      const long at = (long)row * c_row_step + column;
      c[at] = accumulate ? c[at] + sums[i][j] : sums[i][j];
    }
  }
}
