// Between plain NCHW floats and the blocked layout. One item per image and block of channels.

#include "cpu/layout.cl"

// One row of pixels; lanes beyond `lanes` become zero. Planes of the source are `step` values apart.
HELPER void import_row(__global const float *source, long step, Plane to, int width, const int lanes) {
  // Pixels of one plane are neighbours in the source only: vectors over them would have to be scattered.
#pragma clang loop vectorize(disable)
  for (int x = 0; x < width; x++) {
    store_pixel((float16)(0.0f), x, to);
    for (int lane = 0; lane < lanes; lane++) to[x * LANES + lane] = store_value(source[lane * step + x]);
  }
}

KERNEL(import_activation, (IN, plain) (MAPS_OUT, blocked) (INT, channels) (INT, height) (INT, width) (INT, halo)) {
  const int blocks = (channels + LANES - 1) / LANES;
  const int block = get_global_id(0), image = get_global_id(1);
  Plane pixels = blocked + plane_offset((long)image * blocks + block, height, width, halo);
  const long row = row_values(width, halo), step = (long)height * width;
  const int lanes = smaller(LANES, channels - block * LANES);
  __global const float *source = plain + ((long)image * channels + block * LANES) * step;
  // Images have one channel or three.
  for (int y = 0; y < height; y++) {
    if (lanes == 1)
      import_row(source + (long)y * width, step, pixels + y * row, width, 1);
    else if (lanes == 3)
      import_row(source + (long)y * width, step, pixels + y * row, width, 3);
    else
      import_row(source + (long)y * width, step, pixels + y * row, width, lanes);
  }
  clear_halo(pixels, height, width, halo);
}

KERNEL(export_activation, (MAPS_IN, blocked) (OUT, plain) (INT, channels) (INT, height) (INT, width) (INT, halo)) {
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
