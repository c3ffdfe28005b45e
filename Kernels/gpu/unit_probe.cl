// Whether matrix units can be used on a device: one tile by the very primitives that the products use, of small integers,
// so that every sum is exact. The host knows the formulas.
#include "gpu/tile.cl"

__kernel void probe(__global float *result) {
  __local TILE_WORDS left_words[(LEFT_SIZE * sizeof(FACTOR) + ITEMS * FRAGMENT_WORDS * 4) / sizeof(TILE_WORDS)];
  __local TILE_WORDS right_words[RIGHT_SIZE * sizeof(FACTOR) / sizeof(TILE_WORDS)];
  __local FACTOR *left = (__local FACTOR *)left_words, *right = (__local FACTOR *)right_words;
  const int item = get_local_id(1) * ITEMS_ACROSS + get_local_id(0), x = TILE_X(item), y = TILE_Y(item);
  for (int e = item; e < TILE_ROWS * TILE_DEPTH; e += ITEMS) {
    const int row = e / TILE_DEPTH, k = e % TILE_DEPTH;
    left[LEFT_PLACE(k, row)] = FACTOR_OF((float)((row * 7 + k * 3) % 11 - 5));
  }
  for (int e = item; e < TILE_COLUMNS * TILE_DEPTH; e += ITEMS) {
    const int column = e / TILE_DEPTH, k = e % TILE_DEPTH;
    right[RIGHT_PLACE(k, column)] = FACTOR_OF((float)((k * 5 + column * 2) % 13 - 6));
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  float sums[ITEM_ROWS][ITEM_COLUMNS] = {{0.0f}};
  tile_multiply(left, right, EXCHANGE(left), x, y, sums);
  for (int i = 0; i < ITEM_ROWS; i++)
    for (int j = 0; j < ITEM_COLUMNS; j++) result[TILE_ROW(y, i) * TILE_COLUMNS + TILE_COLUMN(x, j)] = sums[i][j];
}
