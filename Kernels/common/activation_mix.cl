// A hash of feature maps in which activations of one cell count as equal. Of WORDS and VALUES, the types of one or of
// several lanes, which whoever includes this defines with the functions bits_of_values and values_of_bits.
//
// The hash of an image is four sums over its elements of mixes of the element's place and its cell: sums know no order,
// so that every layout of the maps gives the same bits.

// How activations become cells.
#define RESOLUTION_EXACT 0
#define RESOLUTION_UPDATE 1

#define NOT_A_NUMBER 0x7FC00000u

// What cannot be told apart becomes the same word: the activation itself; what is left of a weight of amplitude scales[0]
// after an update at rate scales[1] by a mean over a batch, 1 / batch = scales[2]; or, in cells whose widths have the
// reciprocal `per_width`, the number of the nearest cell, ties to even. 0 has no sign, and NaN one pattern.
HELPER WORDS cell_of(VALUES value, const int resolution, __global const float *scales, VALUES per_width) {
  if (resolution == RESOLUTION_UPDATE) {
    const VALUES step = value * scales[1];
    const VALUES share = step * scales[2];
    value = (VALUES)(scales[0]) - share;
  } else if (resolution != RESOLUTION_EXACT) {
    // Next to 2^23, floats are integers; beyond it all are.
    const VALUES zero = (VALUES)(0.0f), integers = (VALUES)(8388608.0f);
    const VALUES cells = value * per_width, offset = cells < zero ? -integers : integers;
    const VALUES nearest = (cells + offset) - offset;
    value = cells < integers && cells > -integers ? nearest : cells;
  }
  const WORDS bits = bits_of_values(value), magnitude = bits & (WORDS)(0x7FFFFFFFu);
  const WORDS number = magnitude == (WORDS)(0u) ? magnitude : bits;
  return magnitude > (WORDS)(0x7F800000u) ? (WORDS)(NOT_A_NUMBER) : number;
}

// The parts of a hash, as far as it has come: four sums, the largest magnitude, and whether something was infinite or
// outside of the cell of 0.
struct Hash {
  WORDS sums[4], largest, infinite, outside;
};

// What makes an element's place count: its place times this.
#define SPREAD 0x85EBCA77u

HELPER WORDS scrambled(WORDS spread_place, WORDS word, const unsigned first, const unsigned second) {
  WORDS a = word * (WORDS)(first);
  a ^= a >> 15;
  a = (a + spread_place) * (WORDS)(second);
  return a ^ (a >> 13);
}

HELPER WORDS finish(WORDS mixed, const unsigned factor) {
  const WORDS a = mixed * (WORDS)(factor);
  return a ^ (a >> 16);
}

// Two mixes that have nothing in common: elements whose changes cancel in one do not in the other.
HELPER void add_to_hash(struct Hash *hash, VALUES value, WORDS word, WORDS spread_place, WORDS word_of_zero) {
  const WORDS magnitude = bits_of_values(value) & (WORDS)(0x7FFFFFFFu), none = (WORDS)(0u);
  const WORDS one = scrambled(spread_place, word ^ (WORDS)(0x243F6A88u), 0x9E3779B1u, 0xC2B2AE3Du);
  const WORDS other = scrambled(spread_place, word ^ (WORDS)(0x85A308D3u), 0xCC9E2D51u, 0x1B873593u);
  hash->sums[0] += finish(one, 0x27D4EB2Fu);
  hash->sums[1] += finish(one ^ (WORDS)(0x13198A2Eu), 0x165667B1u);
  hash->sums[2] += finish(other, 0x27D4EB2Fu);
  hash->sums[3] += finish(other ^ (WORDS)(0x03707344u), 0x165667B1u);
  hash->largest = magnitude > hash->largest ? magnitude : hash->largest;
  hash->infinite |= magnitude == (WORDS)(0x7F800000u) ? ~none : none;
  hash->outside |= word ^ word_of_zero;
}

// The last word of a hash: 28 bits of the fourth sum, and what was found.
#define LAST_WORD(sum, not_a_number, infinite, outside)                                             \
  (((sum) & 0x0FFFFFFFu) | ((not_a_number) != 0u ? 0x10000000u : 0u) | ((infinite) != 0u ? 0x20000000u : 0u) | \
   ((outside) != 0u ? 0x40000000u : 0u))
