// The inner part of every matrix product here: a work-group of ITEMS_ACROSS x ITEMS_DOWN items computes a tile of
// TILE_ROWS x TILE_COLUMNS sums, TILE_DEPTH deep at a time, from two factors in local memory. An item owns ITEM_ROWS x
// ITEM_COLUMNS of the sums. The host knows these numbers as ProductTile and defines those that are not the ones below.
// All are powers of two, and a group has at least TILE_DEPTH items.
//
// Every sum takes its products one after another in the order of depth, so that all tiles give the same bits, but for
// those that compute with matrix units or in parts. What lies beyond the factors' depth counts as -0 on the left and 0
// on the right: their product, -0, changes no sum, not even one that is -0.

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
// With two buffers, items that are done with one step store the next while others still multiply.
#ifndef TILE_BUFFERS
#define TILE_BUFFERS 1
#endif
// Whether matrix units multiply: 0 for none, or the type of their factors.
#define BFLOAT16_UNITS 1
#define TENSOR_FLOAT_UNITS 2
#ifndef TILE_UNITS
#define TILE_UNITS 0
#endif
// Into how many parts depth is cut, each with sums of its own.
#ifndef TILE_PARTS
#define TILE_PARTS 1
#endif

#define ITEMS (ITEMS_ACROSS * ITEMS_DOWN)
#define TILE_ROWS (ITEMS_DOWN * ITEM_ROWS)
#define TILE_COLUMNS (ITEMS_ACROSS * ITEM_COLUMNS)
#define SMALLER(a, b) ((a) < (b) ? (a) : (b))
#define LARGER(a, b) ((a) > (b) ? (a) : (b))

#if TILE_UNITS == 0
#include "gpu/tile_of_items.cl"
#else
#include "gpu/tile_of_units.cl"
#endif

// A kernel whose groups are one tile's: compilers then share registers out among no more items than there are.
#define TILE_KERNEL(name, arguments)                                                                                 \
  __kernel __attribute__((reqd_work_group_size(ITEMS_ACROSS, ITEMS_DOWN, 1))) void name(DECLARE_FIRST arguments (END, END)); \
  KERNEL(name, arguments)

// Arguments of the kind TILE: work-group memory for a factor.
#define MORE_TILE MORE_
#define DECLARE_TILE(name) __local TILE_WORDS *restrict name##_words
#define PARAMETER_TILE(name) __local FACTOR *restrict name
#define PASS_TILE(name) (__local FACTOR *)name##_words

// The part of a TILE argument that the step which begins at depth `start` uses.
#define LEFT_BUFFER(left, start) ((left) + (start) / TILE_DEPTH % TILE_BUFFERS * LEFT_SIZE)
#define RIGHT_BUFFER(right, start) ((right) + (start) / TILE_DEPTH % TILE_BUFFERS * RIGHT_SIZE)

// Behind the left factor's buffers lies what items show each other where matrix units are emulated.
#define EXCHANGE(left) ((__local uint *)((left) + TILE_BUFFERS * LEFT_SIZE))

// How the items share the work of gathering a factor whose neighbouring words lie along depth: items next to each other
// take one line of TILE_DEPTH words, and the group takes so many lines at once.
#define DEPTH_LINES (ITEMS / TILE_DEPTH)
// The same for a right factor whose neighbouring words lie along columns. Few items to a line, because finding out
// where a column begins takes divisions once and where a line begins in every step, but enough for wide accesses.
#define COLUMN_LANES SMALLER(SMALLER(ITEMS, TILE_COLUMNS), LARGER(16, ITEMS / TILE_DEPTH))
#define COLUMN_LINES (ITEMS / COLUMN_LANES)
// How many values of either factor an item holds between gathering and storing them.
#define LEFT_SHARE LARGER(1, TILE_ROWS / DEPTH_LINES)
#define COLUMN_SHARE (TILE_COLUMNS / COLUMN_LANES)
#define LINE_SHARE LARGER(1, TILE_DEPTH / COLUMN_LINES)
#define TAP_SHARE LARGER(1, TILE_COLUMNS / DEPTH_LINES)

// A product walks depth with
//
//   for (int start = first; start < end + TILE_DEPTH; start += TILE_DEPTH) {
//     gather the factors of this step into private memory;
//     if (start > first) multiply what the step before has stored;
//     TILE_REUSE_BARRIER;
//     store what was gathered;
//     barrier(CLK_LOCAL_MEM_FENCE);
//   }
//
// so that the loads of a step are under way while the products of the one before are computed. The last step gathers
// beyond the depth, where nothing is loaded. Of two buffers, one is stored while the other may still be read.
#if TILE_BUFFERS == 1
#define TILE_REUSE_BARRIER barrier(CLK_LOCAL_MEM_FENCE)
#else
#define TILE_REUSE_BARRIER
#endif

// The depths that one of TILE_PARTS parts takes: whole steps.
HELPER int part_length(const int depth) {
  const int steps = (depth + TILE_DEPTH - 1) / TILE_DEPTH;
  return (steps + TILE_PARTS - 1) / TILE_PARTS * TILE_DEPTH;
}
