// The inner part of every matrix product here: a work-group of ITEMS_ACROSS x ITEMS_DOWN items computes a tile of
// TILE_ROWS x TILE_COLUMNS sums, TILE_DEPTH deep at a time, from two factors in local memory. An item owns ITEM_ROWS x
// ITEM_COLUMNS of the sums. The host knows these numbers as ProductTile and defines those that are not the ones below.
// All are powers of two, and a group has at least TILE_DEPTH items.
//
// Every sum takes its products one after another in the order of depth, so that all tiles give the same bits. What lies
// beyond the factors' depth counts as -0 on the left and 0 on the right: their product, -0, changes no sum, not even
// one that is -0.

#ifndef ITEMS_ACROSS
#define ITEMS_ACROSS 16
#endif
#ifndef ITEMS_DOWN
#define ITEMS_DOWN 16
#endif
#ifndef ITEM_ROWS
#define ITEM_ROWS 2
#endif
#ifndef ITEM_COLUMNS
#define ITEM_COLUMNS 4
#endif
#ifndef TILE_DEPTH
#define TILE_DEPTH 16
#endif
// How many words an item reads from local memory at once.
#ifndef TILE_VECTOR
#define TILE_VECTOR 1
#endif
// With two buffers, items that are done with one step gather the next while others still multiply.
#ifndef TILE_BUFFERS
#define TILE_BUFFERS 1
#endif

#define ITEMS (ITEMS_ACROSS * ITEMS_DOWN)
#define TILE_ROWS (ITEMS_DOWN * ITEM_ROWS)
#define TILE_COLUMNS (ITEMS_ACROSS * ITEM_COLUMNS)
// The padding keeps items that write down a column off each other's memory banks, and vectors aligned.
#define LEFT_PITCH (TILE_ROWS + TILE_VECTOR)
#define RIGHT_PITCH (TILE_COLUMNS + TILE_VECTOR)
// Which row and column of the tile the sum [i][j] of item (x, y) is: those that an item reads at once are neighbours,
// and neighbouring items read neighbouring words.
#define TILE_ROW(y, i) ((i) / TILE_VECTOR * (ITEMS_DOWN * TILE_VECTOR) + (y) * TILE_VECTOR + (i) % TILE_VECTOR)
#define TILE_COLUMN(x, j)                                                                                             \
  ((j) / TILE_VECTOR * (ITEMS_ACROSS * TILE_VECTOR) + (x) * TILE_VECTOR + (j) % TILE_VECTOR)

// How the items share the work of gathering a factor whose neighbouring words lie along depth: items next to each other
// take one line of TILE_DEPTH words, and the group takes so many lines at once.
#define DEPTH_LINES (ITEMS / TILE_DEPTH)
// The same for a right factor whose neighbouring words lie along columns. Few items to a line, because finding out
// where a column begins takes divisions once and where a line begins in every step, but enough for wide accesses.
#define SMALLER(a, b) ((a) < (b) ? (a) : (b))
#define LARGER(a, b) ((a) > (b) ? (a) : (b))
#define COLUMN_LANES SMALLER(SMALLER(ITEMS, TILE_COLUMNS), LARGER(16, ITEMS / TILE_DEPTH))
#define COLUMN_LINES (ITEMS / COLUMN_LANES)

// Arguments of the kind TILE: work-group memory for a factor, aligned for vectors.
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
#define DECLARE_TILE(name) __local TILE_WORDS *restrict name##_words
#define PARAMETER_TILE(name) __local float *restrict name
#define PASS_TILE(name) (__local float *)name##_words

// The part of a TILE argument that the step which begins at depth `start` uses.
#define LEFT_BUFFER(left, start) ((left) + (start) / TILE_DEPTH % TILE_BUFFERS * (LEFT_PITCH * TILE_DEPTH))
#define RIGHT_BUFFER(right, start) ((right) + (start) / TILE_DEPTH % TILE_BUFFERS * (RIGHT_PITCH * TILE_DEPTH))

// Adds left [depth][rows] times right [depth][columns], which the group has just gathered, to the sums of item (x, y).
HELPER void tile_multiply(__local const float *left, __local const float *right, const int x, const int y,
                          float sums[ITEM_ROWS][ITEM_COLUMNS]) {
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int k = 0; k < TILE_DEPTH; k++) {
    float row[ITEM_ROWS], column[ITEM_COLUMNS];
    for (int i = 0; i < ITEM_ROWS; i += TILE_VECTOR) TILE_READ(left + k * LEFT_PITCH + TILE_ROW(y, i), row + i);
    for (int j = 0; j < ITEM_COLUMNS; j += TILE_VECTOR)
      TILE_READ(right + k * RIGHT_PITCH + TILE_COLUMN(x, j), column + j);
    for (int i = 0; i < ITEM_ROWS; i++)
      for (int j = 0; j < ITEM_COLUMNS; j++) sums[i][j] = FMA(row[i], column[j], sums[i][j]);
  }
  // Of two buffers the next step writes the other one, and its barrier comes before this one is written again.
#if TILE_BUFFERS == 1
  barrier(CLK_LOCAL_MEM_FENCE);
#endif
}
