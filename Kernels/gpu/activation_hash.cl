// Hashes of feature maps; see common/activation_mix.cl.

#define WORDS uint
#define VALUES float
#define bits_of_values(values) as_uint(values)
#include "common/activation_mix.cl"

HELPER uint group_total(const uint value, __local uint *scratch) {
  const int item = get_local_id(0);
  scratch[item] = value;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int step = get_local_size(0) / 2; step > 0; step /= 2) {
    if (item < step) scratch[item] += scratch[item + step];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const uint total = scratch[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return total;
}

// keys [batch][4]; one work-group per image. Scales are three numbers or, in cells, the reciprocal of each channel's
// width.
KERNEL(activation_hash, (MAPS_IN, input) (IN, scales) (OUT, keys) (INT, resolution) (INT, channels) (INT, area)
       (LOCAL, scratch)) {
  const int item = get_local_id(0), items = get_local_size(0), image = get_group_id(0), count = channels * area;
  __global const MAP_VALUE *values = input + (long)image * count;
  __local uint *words = (__local uint *)scratch;
  const int has_widths = resolution != RESOLUTION_EXACT && resolution != RESOLUTION_UPDATE;
  struct Hash hash = {{0u, 0u, 0u, 0u}, 0u, 0u, 0u};
  for (int i = item; i < count; i += items) {
    const float per_width = has_widths ? scales[i / area] : 1.0f;
    const float value = load_value(values[i]);
    add_to_hash(&hash, value, cell_of(value, resolution, scales, per_width), (uint)i * SPREAD,
                cell_of(0.0f, resolution, scales, per_width));
  }
  uint sums[4];
  for (int i = 0; i < 4; i++) sums[i] = group_total(hash.sums[i], words);
  const uint not_a_number = group_total(hash.largest > 0x7F800000u ? 1u : 0u, words);
  const uint infinite = group_total(hash.infinite & 1u, words), outside = group_total(hash.outside != 0u ? 1u : 0u, words);
  if (item != 0) return;
  for (int i = 0; i < 3; i++) keys[image * 4 + i] = float_of_bits((int)sums[i]);
  keys[image * 4 + 3] = float_of_bits((int)LAST_WORD(sums[3], not_a_number, infinite, outside));
}
