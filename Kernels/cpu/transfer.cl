// Between plain NCHW floats and the blocked layout. One item per image and block of channels.

#include "cpu/layout.cl"

KERNEL(import_activation, (IN, plain), (MAPS_OUT, blocked), (INT, channels), (INT, height), (INT, width), (INT, halo)) {
  const int blocks = (channels + LANES - 1) / LANES;
  const int block = get_global_id(0), image = get_global_id(1);
  Plane pixels = blocked + plane_offset((long)image * blocks + block, height, width, halo);
  const long row = row_values(width, halo);
  const int lanes = smaller(LANES, channels - block * LANES);
  __global const float *source = plain + ((long)image * channels + block * LANES) * height * width;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int lane = 0; lane < LANES; lane++)
        pixels[y * row + x * LANES + lane] = store_value(lane < lanes ? source[((long)lane * height + y) * width + x] : 0.0f);
  clear_halo(pixels, height, width, halo);
}

KERNEL(export_activation, (MAPS_IN, blocked), (OUT, plain), (INT, channels), (INT, height), (INT, width), (INT, halo)) {
  const int blocks = (channels + LANES - 1) / LANES;
  const int block = get_global_id(0), image = get_global_id(1);
  ConstantPlane pixels = blocked + plane_offset((long)image * blocks + block, height, width, halo);
  const long row = row_values(width, halo);
  const int lanes = smaller(LANES, channels - block * LANES);
  __global float *target = plain + ((long)image * channels + block * LANES) * height * width;
  for (int lane = 0; lane < lanes; lane++)
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++)
        target[((long)lane * height + y) * width + x] = load_value(pixels[y * row + x * LANES + lane]);
}
