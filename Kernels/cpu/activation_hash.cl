// Hashes of feature maps; see common/activation_mix.cl.

#include "cpu/layout.cl"

#define WORDS uint16
#define VALUES float16
#define bits_of_values(values) BITS_OF_PIXEL(values)
#include "common/activation_mix.cl"

HELPER unsigned sum_of_lanes(uint16 words) {
  unsigned sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += words[lane];
  return sum;
}

// keys [batch][4]; one item per image. Scales are three numbers or, in cells, the reciprocal of each channel's width.
KERNEL(activation_hash, (MAPS_IN, input) (IN, scales) (OUT, keys) (INT, resolution) (INT, channels) (INT, height)
       (INT, width) (INT, halo)) {
  const int image = get_global_id(0), blocks = (channels + LANES - 1) / LANES;
  const long row = row_values(width, halo);
  const uint16 lanes = LANE_NUMBERS, none = (uint16)(0u);
  const int has_widths = resolution != RESOLUTION_EXACT && resolution != RESOLUTION_UPDATE;
  const struct Hash nothing = {{none, none, none, none}, none, none, none};
  struct Hash hash = nothing;
  for (int block = 0; block < blocks; block++) {
    ConstantPlane pixels = input + plane_offset((long)image * blocks + block, height, width, halo);
    const float16 per_width = has_widths ? load_block(scales, block, channels, 1.0f) : (float16)(1.0f);
    const uint16 word_of_zero = cell_of((float16)(0.0f), resolution, scales, per_width);
    const uint16 first = (lanes + (uint16)((unsigned)(block * LANES))) * (uint16)((unsigned)(height * width) * SPREAD);
    struct Hash part = nothing;
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) {
        const float16 value = load_pixel(x, pixels + y * row);
        const uint16 word = cell_of(value, resolution, scales, per_width);
        add_to_hash(&part, value, word, first + (uint16)((unsigned)(y * width + x) * SPREAD), word_of_zero);
      }
    // Lanes beyond the last channel are no elements.
    const uint16 present = lanes < (uint16)((unsigned)(channels - block * LANES)) ? ~none : none;
    for (int i = 0; i < 4; i++) hash.sums[i] += part.sums[i] & present;
    part.largest &= present;
    hash.largest = part.largest > hash.largest ? part.largest : hash.largest;
    hash.infinite |= part.infinite & present;
    hash.outside |= part.outside & present;
  }
  unsigned not_a_number = 0, infinite = 0, outside = 0;
  for (int lane = 0; lane < LANES; lane++) {
    not_a_number |= hash.largest[lane] > 0x7F800000u ? 1u : 0u;
    infinite |= hash.infinite[lane];
    outside |= hash.outside[lane];
  }
  for (int i = 0; i < 3; i++) keys[image * 4 + i] = float_of_bits((int)sum_of_lanes(hash.sums[i]));
  keys[image * 4 + 3] =
      float_of_bits((int)LAST_WORD(sum_of_lanes(hash.sums[3]), not_a_number, infinite, outside));
}

#undef WORDS
#undef VALUES
#undef bits_of_values
