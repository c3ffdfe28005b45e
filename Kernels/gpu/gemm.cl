// Matrix products where no library computes them.
#include "gpu/tile.cl"

// C = A B (+ C) for each matrix of a batch, or the sums of one part of depth, `part_step` words from those of the next.
// The third axis counts parts, within those matrices. Steps are distances in words, so that a transposed matrix is one
// with its steps exchanged.
TILE_KERNEL(gemm, (IN, a) (IN, b) (OUT, c) (INT, rows) (INT, columns) (INT, depth) (INT, a_row_step)
            (INT, a_depth_step) (INT, a_batch_step) (INT, b_depth_step) (INT, b_column_step) (INT, b_batch_step)
            (INT, c_row_step) (INT, c_batch_step) (INT, part_step) (INT, accumulate) (TILE, left) (TILE, right)) {
  const int item = get_local_id(1) * ITEMS_ACROSS + get_local_id(0), x = TILE_X(item), y = TILE_Y(item);
  const int first_row = get_group_id(1) * TILE_ROWS, first_column = get_group_id(0) * TILE_COLUMNS;
  const long entry = get_global_id(2) / TILE_PARTS, part = get_global_id(2) % TILE_PARTS;
  a += entry * a_batch_step;
  b += entry * b_batch_step;
  c += entry * c_batch_step + part * part_step;
  const int first = part * part_length(depth), end = max(first, min(depth, first + part_length(depth)));
  // What this item gathers: all of one depth, every DEPTH_LINES-th row and column. Neighbouring items load neighbouring
  // words, whichever axis those lie along.
  const int a_along_depth = a_depth_step == 1, b_along_depth = b_depth_step == 1;
  const int left_k = a_along_depth ? item % TILE_DEPTH : item / DEPTH_LINES;
  const int left_row = a_along_depth ? item / TILE_DEPTH : item % DEPTH_LINES;
  const int right_k = b_along_depth ? item % TILE_DEPTH : item / DEPTH_LINES;
  const int right_column = b_along_depth ? item / TILE_DEPTH : item % DEPTH_LINES;
  float sums[ITEM_ROWS][ITEM_COLUMNS] = {{0.0f}};
  for (int start = first; start < end + TILE_DEPTH; start += TILE_DEPTH) {
    float left_values[LEFT_SHARE], right_values[TAP_SHARE];
    // No matrix has more words than an int counts. Beyond the matrix, places wrap around and are not read.
    const uint a_first = (uint)(first_row + left_row) * a_row_step + (uint)(start + left_k) * a_depth_step;
#pragma unroll
    for (int i = 0; i < LEFT_SHARE; i++) {
      const int inside = (start + left_k < end) & (first_row + left_row + DEPTH_LINES * i < rows);
      left_values[i] = inside ? a[a_first + (uint)(DEPTH_LINES * i) * a_row_step] : -0.0f;
    }
    const uint b_first = (uint)(first_column + right_column) * b_column_step + (uint)(start + right_k) * b_depth_step;
#pragma unroll
    for (int j = 0; j < TAP_SHARE; j++) {
      const int inside = (start + right_k < end) & (first_column + right_column + DEPTH_LINES * j < columns);
      right_values[j] = inside ? b[b_first + (uint)(DEPTH_LINES * j) * b_column_step] : 0.0f;
    }
    if (start > first)
      tile_multiply(LEFT_BUFFER(left, start - TILE_DEPTH), RIGHT_BUFFER(right, start - TILE_DEPTH), 0, x, y, sums);
    TILE_REUSE_BARRIER;
#pragma unroll
    for (int i = 0; i < LEFT_SHARE; i++)
      if (TILE_ROWS >= DEPTH_LINES || left_row < TILE_ROWS)
        LEFT_BUFFER(left, start)[LEFT_PLACE(left_k, left_row + DEPTH_LINES * i)] = left_values[i];
#pragma unroll
    for (int j = 0; j < TAP_SHARE; j++)
      if (TILE_COLUMNS >= DEPTH_LINES || right_column < TILE_COLUMNS)
        RIGHT_BUFFER(right, start)[RIGHT_PLACE(right_k, right_column + DEPTH_LINES * j)] = right_values[j];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
#pragma unroll
  for (int i = 0; i < ITEM_ROWS; i++) {
    const int row = first_row + TILE_ROW(y, i);
#pragma unroll
    for (int j = 0; j < ITEM_COLUMNS; j++) {
      const int column = first_column + TILE_COLUMN(x, j);
      if (row >= rows || column >= columns) continue;
      const long at = (long)row * c_row_step + column;
      c[at] = accumulate ? c[at] + sums[i][j] : sums[i][j];
    }
  }
}
