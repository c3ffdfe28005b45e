// Batch statistics in two levels: per image and block (plane_statistics.cl), then over the images of each group.

#include "cpu/layout.cl"
#include "cpu/plane_statistics.cl"

KERNEL(batch_norm_partials, (MAPS_IN, input) (OUT, partials) (INT, blocks) (INT, height) (INT, width)
       (INT, halo)) {
  const long plane = (long)get_global_id(1) * blocks + get_global_id(0);
  store_plane_statistics(input + plane_offset(plane, height, width, halo), height, width, halo, partials, plane);
}

// Statistics [groups, channels] and, where `track` is set, the running ones. One item per block.
KERNEL(batch_norm_combine, (IN, partials) (OUT, means) (OUT, variances) (OUT, running_mean) (OUT, running_variance)
       (INT, track) (INT, batch) (INT, groups) (INT, channels) (INT, pixels) (FLOAT, momentum)) {
  const int block = get_global_id(0), blocks = (channels + LANES - 1) / LANES, images = batch / groups;
  const float16 image_count = (float16)((float)images), pixel_count = (float16)((float)pixels);
  const float16 count = image_count * pixel_count;
  float16 mean_over_groups = (float16)(0.0f), variance_over_groups = (float16)(0.0f);
  for (int group = 0; group < groups; group++) {
    float16 mean = (float16)(0.0f), deviations = (float16)(0.0f);
    for (int image = group * images; image < (group + 1) * images; image++)
      mean += vload16(((long)image * blocks + block) * 2, partials);
    mean = mean / image_count;
    for (int image = group * images; image < (group + 1) * images; image++) {
      const float16 distance = vload16(((long)image * blocks + block) * 2, partials) - mean;
      deviations += vload16(((long)image * blocks + block) * 2 + 1, partials) + pixel_count * distance * distance;
    }
    const float16 variance = deviations / count;
    store_block(mean, means + (long)group * channels, block, channels);
    store_block(variance, variances + (long)group * channels, block, channels);
    mean_over_groups += mean;
    variance_over_groups += variance;
  }
  if (track) {
    const float16 group_count = (float16)((float)groups), weight = (float16)(momentum);
    const int samples = images * pixels;
    // PyTorch keeps the unbiased variance.
    const float16 unbiased = (float16)(samples > 1 ? (float)samples / (float)(samples - 1) : 1.0f);
    const float16 old_mean = load_block(running_mean, block, channels, 0.0f);
    const float16 old_variance = load_block(running_variance, block, channels, 0.0f);
    const float16 new_mean = mean_over_groups / group_count;
    const float16 new_variance = variance_over_groups / group_count * unbiased;
    store_block(old_mean + weight * (new_mean - old_mean), running_mean, block, channels);
    store_block(old_variance + weight * (new_variance - old_variance), running_variance, block, channels);
  }
}
