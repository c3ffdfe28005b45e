// Feature maps from and to plain floats, and their sums.
#include "gpu/chunk.cl"
#include "gpu/group.cl"
#include "gpu/maps.cl"

KERNEL(import_maps, (IN, source) (MAPS_OUT, destination) (INT, count)) {
  const int i = get_global_id(0);
  if (i < count) destination[i] = store_value(source[i]);
}

KERNEL(export_maps, (MAPS_IN, source) (OUT, destination) (INT, count)) {
  const int i = get_global_id(0);
  if (i < count) destination[i] = load_value(source[i]);
}

// Feature maps as `parts` arrays of sums, added in order, with a bias for each channel.
KERNEL(sum_map_parts, (IN, partials) (IN, bias) (MAPS_OUT, maps) (INT, count) (INT, parts) (INT, channels)
       (INT, area) (INT, has_bias) (INT, accumulate)) {
  const int i = get_global_id(0);
  if (i >= count) return;
  float sum = 0.0f;
  for (int part = 0; part < parts; part++) sum += partials[(long)part * count + i];
  add_or_store(has_bias ? sum + bias[i / area % channels] : sum, maps + i, accumulate);
}

// One work-group per channel (first axis) and chunk (second axis): partials [chunks][channels].
KERNEL(channel_sums, (MAPS_IN, input) (OUT, partials) (INT, channels) (INT, area) CHUNKS (LOCAL, scratch)) {
  const int channel = get_group_id(0), chunk = get_group_id(1);
  const int count = chunk_length(chunk, run_images, chunk_images, chunks_per_run) * area;
  input += ((long)chunk_first(chunk, run_images, chunk_images, chunks_per_run) * channels + channel) * area;
  float sum = 0.0f;
  for (int i = get_local_id(0); i < count; i += get_local_size(0))
    sum += load_value(input[i + i / area * (channels - 1) * area]);
  sum = group_sum(sum, scratch);
  if (get_local_id(0) == 0) partials[chunk * channels + channel] = sum;
}
