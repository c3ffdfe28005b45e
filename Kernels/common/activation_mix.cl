// A hash of feature maps in which activations of one cell count as equal. Of WORDS and VALUES, the types of one or of
// several lanes, which whoever includes this defines with the functions bits_of_values and values_of_bits.
//
// The hash of an image is the sum over its elements, for four seeds, of a mix of the element's place and its cell: sums
// know no order, so that every layout of the maps gives the same bits.

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

// The seed comes first: were the sums to share a part of this, elements whose changes cancel there would cancel in all.
HELPER WORDS mix(WORDS spread_place, WORDS word, const unsigned seed) {
  WORDS a = (word ^ (WORDS)(seed)) * (WORDS)(0x9E3779B1u);
  a ^= a >> 15;
  a = (a + spread_place) * (WORDS)(0xC2B2AE3Du);
  a ^= a >> 13;
  a *= (WORDS)(0x27D4EB2Fu);
  return a ^ (a >> 16);
}

HELPER void add_to_hash(struct Hash *hash, VALUES value, WORDS word, WORDS spread_place, WORDS word_of_zero) {
  const WORDS magnitude = bits_of_values(value) & (WORDS)(0x7FFFFFFFu), none = (WORDS)(0u);
  hash->sums[0] += mix(spread_place, word, 0x243F6A88u);
  hash->sums[1] += mix(spread_place, word, 0x85A308D3u);
  hash->sums[2] += mix(spread_place, word, 0x13198A2Eu);
  hash->sums[3] += mix(spread_place, word, 0x03707344u);
  hash->largest = magnitude > hash->largest ? magnitude : hash->largest;
  hash->infinite |= magnitude == (WORDS)(0x7F800000u) ? ~none : none;
  hash->outside |= word ^ word_of_zero;
}

// The last word of a hash: 28 bits of the fourth sum, and what was found.
#define LAST_WORD(sum, not_a_number, infinite, outside)                                             \
  (((sum) & 0x0FFFFFFFu) | ((not_a_number) != 0u ? 0x10000000u : 0u) | ((infinite) != 0u ? 0x20000000u : 0u) | \
   ((outside) != 0u ? 0x40000000u : 0u))
