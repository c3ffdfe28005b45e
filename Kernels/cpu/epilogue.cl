// y = reluAfter(gate · reluBefore(normalise(x)) + residual), forward and backward. Absent parts are neutral values, so
// one kernel serves all combinations; flags say what to read and write.

#include "cpu/layout.cl"

// Bits of `parts`: EpilogueParts of the host.
#define NORMALISE 1
#define RELU_BEFORE 2
#define GATE 4
#define GATE_PER_BRANCH 64
#define RESIDUAL 8
#define RELU_AFTER 16
#define CONSTANT_STATISTICS 32
#define ACCUMULATE_INPUT 256
#define ACCUMULATE_RESIDUAL 512
#define WRITE_RESIDUAL 128
#define GATE_OPENS_AT_ZERO 1024

// NaN passes.
HELPER float16 rectify(float16 value) {
  const float16 zero = (float16)(0.0f);
  return value < zero ? zero : value;
}

// What one block of one image needs: normalised = (x − mean) · inverse, v = (x − mean) · slope + shift.
struct Block {
  float16 mean, inverse, slope, shift, gate;
};

HELPER struct Block load_epilogue_block(__global const float *means, __global const float *variances,
                                        __global const float *scales, __global const float *shifts,
                                        __global const float *gates, int parts, int block, int image, int batch,
                                        int groups, int gate_groups, int channels, float epsilon) {
  struct Block b;
  b.mean = (float16)(0.0f);
  b.inverse = (float16)(1.0f);
  b.slope = (float16)(1.0f);
  b.shift = (float16)(0.0f);
  b.gate = (float16)(1.0f);
  if (parts & NORMALISE) {
    const long row = (long)image * groups / batch * channels;
    b.mean = load_block(means + row, block, channels, 0.0f);
    const float16 variance = load_block(variances + row, block, channels, 1.0f);
    b.inverse = (float16)(1.0f) / SQRT(variance + (float16)(epsilon));
    b.slope = load_block(scales, block, channels, 0.0f) * b.inverse;
    b.shift = load_block(shifts, block, channels, 0.0f);
  }
  if (parts & GATE) {
    const long row = (long)image * gate_groups / batch;
    b.gate = parts & GATE_PER_BRANCH ? (float16)(gates[row])
                                     : load_block(gates + row * channels, block, channels, 0.0f);
  }
  return b;
}

// Planes at pixel (0, 0), with the values from one row to the next.
struct Source {
  ConstantPlane pixels;
  long row;
};

struct Target {
  Plane pixels;
  long row;
};

HELPER struct Source source_plane(ConstantPlane maps, long plane, int height, int width, int halo) {
  const struct Source source = {maps + plane_offset(plane, height, width, halo), row_values(width, halo)};
  return source;
}

HELPER struct Target target_plane(Plane maps, long plane, int height, int width, int halo) {
  const struct Target target = {maps + plane_offset(plane, height, width, halo), row_values(width, halo)};
  return target;
}

// The loops over pixels are compiled anew for each combination of parts that networks are made of; one more copy tests
// the parts as it goes.
HELPER void transform_plane(const struct Block *b, struct Source input, struct Source residual, struct Target output,
                            int height, int width, const int parts) {
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      float16 v = FMA(load_pixel(x, input.pixels + y * input.row) - b->mean, b->slope, b->shift);
      if (parts & RELU_BEFORE) v = rectify(v);
      if (parts & RESIDUAL)
        v = FMA(v, b->gate, load_pixel(x, residual.pixels + y * residual.row));
      else if (parts & GATE)
        v = v * b->gate;
      if (parts & RELU_AFTER) v = rectify(v);
      store_pixel(v, x, output.pixels + y * output.row);
    }
}

#define TRANSFORM_CASE(PARTS)                                  \
  case PARTS:                                                  \
    transform_plane(&b, from, skip, to, height, width, PARTS); \
    break;

KERNEL(epilogue_forward, (MAPS_IN, input) (IN, means) (IN, variances) (IN, scales) (IN, shifts) (IN, gates)
       (MAPS_IN, residual) (MAPS_OUT, output) (INT, parts) (INT, batch) (INT, groups) (INT, gate_groups)
       (INT, channels) (INT, height) (INT, width) (INT, input_halo) (INT, residual_halo) (INT, output_halo)
       (FLOAT, epsilon)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int blocks = (channels + LANES - 1) / LANES;
  const long plane = (long)image * blocks + block;
  const struct Block b = load_epilogue_block(means, variances, scales, shifts, gates, parts, block, image, batch,
                                             groups, gate_groups, channels, epsilon);
  const struct Source from = source_plane(input, plane, height, width, input_halo);
  const struct Source skip = source_plane(residual, parts & RESIDUAL ? plane : 0, height, width, residual_halo);
  const struct Target to = target_plane(output, plane, height, width, output_halo);
  switch (parts & (RELU_BEFORE | GATE | RESIDUAL | RELU_AFTER)) {
    TRANSFORM_CASE(0)
    TRANSFORM_CASE(RELU_AFTER)
    TRANSFORM_CASE(RESIDUAL)
    TRANSFORM_CASE(RESIDUAL | RELU_AFTER)
    TRANSFORM_CASE(GATE)
    TRANSFORM_CASE(RELU_BEFORE | GATE)
    TRANSFORM_CASE(GATE | RESIDUAL | RELU_AFTER)
    default:
      transform_plane(&b, from, skip, to, height, width, parts);
  }
  clear_halo(to.pixels, height, width, output_halo);
}

// One pixel's way back: the gradient before the last ReLU, what of it reaches the gate, the one at v, and x − mean.
struct Pixel {
  float16 gradient, at_gate, at_v, centred;
};

// Without a residual the output is made again from x, which takes less time than reading it.
HELPER struct Pixel load_epilogue_pixel(const struct Block *b, struct Source input, struct Source output,
                                        struct Source output_gradient, int y, int x, const int parts) {
  const float16 zero = (float16)(0.0f);
  struct Pixel pixel;
  pixel.gradient = load_pixel(x, output_gradient.pixels + y * output_gradient.row);
  pixel.centred = load_pixel(x, input.pixels + y * input.row) - b->mean;
  const float16 v = FMA(pixel.centred, b->slope, b->shift);
  pixel.at_gate = pixel.gradient;
  if (parts & RELU_AFTER) {
    const float16 branch = parts & RELU_BEFORE ? rectify(v) : v;
    const float16 value = parts & RESIDUAL ? load_pixel(x, output.pixels + y * output.row)
                          : parts & GATE   ? branch * b->gate
                                           : branch;
    // A residual of at least 0 leaves 0 at a closed gate only where it is 0 itself: opening adds the branch if positive.
    const float16 opening = parts & GATE_OPENS_AT_ZERO ? (b->gate == zero ? branch : zero) : zero;
    pixel.at_gate = value > zero || opening > zero ? pixel.at_gate : zero;
    pixel.gradient = value > zero ? pixel.gradient : zero;
  }
  pixel.at_v = parts & GATE ? pixel.gradient * b->gate : pixel.gradient;
  if (parts & RELU_BEFORE) pixel.at_v = v > zero ? pixel.at_v : zero;
  return pixel;
}

// Sums over pixels: the gradient at the normalised value, the same times the normalised input, the gate's gradient.
struct Sums {
  float16 gradient, product, gate;
};

// The sums of a plane; its gradient goes on to the residual.
HELPER void sum_plane(struct Sums *sums, const struct Block *b, struct Source input, struct Source output,
                      struct Source output_gradient, struct Target residual_gradient, int height, int width,
                      const int parts) {
  for (int y = 0; y < height; y++) {
    Plane skip = residual_gradient.pixels + y * residual_gradient.row;
    struct Sums row = {(float16)(0.0f), (float16)(0.0f), (float16)(0.0f)};
    for (int x = 0; x < width; x++) {
      const struct Pixel pixel = load_epilogue_pixel(b, input, output, output_gradient, y, x, parts);
      if (parts & WRITE_RESIDUAL)
        store_pixel(parts & ACCUMULATE_RESIDUAL ? load_pixel(x, skip) + pixel.gradient : pixel.gradient, x, skip);
      if (parts & GATE) {
        const float16 v = FMA(pixel.centred, b->slope, b->shift);
        row.gate = FMA(pixel.at_gate, parts & RELU_BEFORE ? rectify(v) : v, row.gate);
      }
      row.gradient += pixel.at_v;
      row.product = FMA(pixel.at_v, pixel.centred * b->inverse, row.product);
    }
    sums->gradient += row.gradient;
    sums->product += row.product;
    sums->gate += row.gate;
  }
}

#define SUM_CASE(PARTS)                                                        \
  case PARTS:                                                                  \
    sum_plane(&total, &b, from, after, gradients, skip, height, width, PARTS); \
    break;

// First pass: sums over the plane, [image][block][3][16], and the residual's gradient. The output is read only where
// there are both a residual and a ReLU after it.
KERNEL(epilogue_backward_sums, (MAPS_IN, input) (IN, means) (IN, variances) (IN, scales) (IN, shifts) (IN, gates)
       (MAPS_IN, output) (MAPS_IN, output_gradient) (MAPS_OUT, residual_gradient) (OUT, sums) (INT, parts)
       (INT, batch) (INT, groups) (INT, gate_groups) (INT, channels) (INT, height) (INT, width)
       (INT, input_halo) (INT, output_halo) (INT, output_gradient_halo) (INT, residual_gradient_halo)
       (FLOAT, epsilon)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int blocks = (channels + LANES - 1) / LANES;
  const long plane = (long)image * blocks + block;
  const struct Block b = load_epilogue_block(means, variances, scales, shifts, gates, parts, block, image, batch,
                                             groups, gate_groups, channels, epsilon);
  const struct Source from = source_plane(input, plane, height, width, input_halo);
  const struct Source after = source_plane(output, plane, height, width, output_halo);
  const struct Source gradients = source_plane(output_gradient, plane, height, width, output_gradient_halo);
  const struct Target skip =
      target_plane(residual_gradient, parts & WRITE_RESIDUAL ? plane : 0, height, width, residual_gradient_halo);
  struct Sums total = {(float16)(0.0f), (float16)(0.0f), (float16)(0.0f)};
  switch (parts & (RELU_BEFORE | GATE | RESIDUAL | RELU_AFTER | WRITE_RESIDUAL | ACCUMULATE_RESIDUAL |
                   GATE_OPENS_AT_ZERO)) {
    SUM_CASE(0)
    SUM_CASE(RELU_AFTER)
    SUM_CASE(RELU_BEFORE | GATE)
    SUM_CASE(RESIDUAL | WRITE_RESIDUAL)
    SUM_CASE(RESIDUAL | RELU_AFTER | WRITE_RESIDUAL)
    SUM_CASE(GATE)
    SUM_CASE(GATE | RESIDUAL | RELU_AFTER | WRITE_RESIDUAL)
    SUM_CASE(GATE | RESIDUAL | RELU_AFTER | WRITE_RESIDUAL | GATE_OPENS_AT_ZERO)
    default:
      sum_plane(&total, &b, from, after, gradients, skip, height, width, parts);
  }
  if (parts & WRITE_RESIDUAL) clear_halo(skip.pixels, height, width, residual_gradient_halo);
  vstore16(total.gradient, plane * 3, sums);
  vstore16(total.product, plane * 3 + 1, sums);
  vstore16(total.gate, plane * 3 + 2, sums);
}

// Adds the images of each group in order: gradients of scale and shift, and the means [group][block][2][16] that the
// second pass subtracts. One item per block.
KERNEL(epilogue_backward_combine, (IN, sums) (OUT, scale_gradient) (OUT, shift_gradient) (OUT, group_means)
       (INT, batch) (INT, groups) (INT, channels) (INT, pixels)) {
  const int block = get_global_id(0), blocks = (channels + LANES - 1) / LANES, images = batch / groups;
  const float16 count = (float16)((float)images * (float)pixels);
  float16 shift_total = (float16)(0.0f), scale_total = (float16)(0.0f);
  for (int group = 0; group < groups; group++) {
    float16 shift = (float16)(0.0f), scale = (float16)(0.0f);
    for (int image = group * images; image < (group + 1) * images; image++) {
      shift += vload16(((long)image * blocks + block) * 3, sums);
      scale += vload16(((long)image * blocks + block) * 3 + 1, sums);
    }
    vstore16(shift / count, ((long)group * blocks + block) * 2, group_means);
    vstore16(scale / count, ((long)group * blocks + block) * 2 + 1, group_means);
    shift_total += shift;
    scale_total += scale;
  }
  store_block(scale_total, scale_gradient, block, channels);
  store_block(shift_total, shift_gradient, block, channels);
}

// Gradients of gates [gate_groups, channels], one item per block and group.
KERNEL(gate_gradient, (IN, sums) (OUT, gradient) (INT, batch) (INT, gate_groups) (INT, channels)) {
  const int block = get_global_id(0), group = get_global_id(1);
  const int blocks = (channels + LANES - 1) / LANES, images = batch / gate_groups;
  float16 sum = (float16)(0.0f);
  for (int image = group * images; image < (group + 1) * images; image++)
    sum += vload16(((long)image * blocks + block) * 3 + 2, sums);
  store_block(sum, gradient + (long)group * channels, block, channels);
}

// Gradients of gates [gate_groups] that hold a whole branch, one item per group.
KERNEL(branch_gate_gradient, (IN, sums) (OUT, gradient) (INT, batch) (INT, gate_groups) (INT, channels)) {
  const int group = get_global_id(0);
  const int blocks = (channels + LANES - 1) / LANES, images = batch / gate_groups;
  float16 sum = (float16)(0.0f);
  for (long plane = (long)group * images * blocks; plane < (long)(group + 1) * images * blocks; plane++)
    sum += vload16(plane * 3 + 2, sums);
  float lanes[LANES], total = 0.0f;
  vstore16_private(sum, lanes);
  for (int lane = 0; lane < LANES; lane++) total += lanes[lane];
  gradient[group] = total;
}

// Means over the group that the gradient of x does without; zero where the statistics are constants.
struct Means {
  float16 gradient, product;
};

HELPER void write_input_gradient(const struct Block *b, const struct Means *means, struct Source input,
                                 struct Source output, struct Source output_gradient, struct Target input_gradient,
                                 int height, int width, const int parts) {
  for (int y = 0; y < height; y++) {
    Plane to = input_gradient.pixels + y * input_gradient.row;
    for (int x = 0; x < width; x++) {
      const struct Pixel pixel = load_epilogue_pixel(b, input, output, output_gradient, y, x, parts);
      const float16 d = b->slope * (pixel.at_v - means->gradient - pixel.centred * b->inverse * means->product);
      store_pixel(parts & ACCUMULATE_INPUT ? load_pixel(x, to) + d : d, x, to);
    }
  }
}

#define INPUT_GRADIENT_CASE(PARTS)                                                  \
  case PARTS:                                                                       \
    write_input_gradient(&b, &m, from, after, gradients, to, height, width, PARTS); \
    break;

// Second pass: the gradient of x.
KERNEL(epilogue_backward_input, (MAPS_IN, input) (IN, means) (IN, variances) (IN, scales) (IN, shifts) (IN, gates)
       (MAPS_IN, output) (MAPS_IN, output_gradient) (IN, group_means) (MAPS_OUT, input_gradient) (INT, parts)
       (INT, batch) (INT, groups) (INT, gate_groups) (INT, channels) (INT, height) (INT, width)
       (INT, input_halo) (INT, output_halo) (INT, output_gradient_halo) (INT, input_gradient_halo)
       (FLOAT, epsilon)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int blocks = (channels + LANES - 1) / LANES;
  const long plane = (long)image * blocks + block;
  const struct Block b = load_epilogue_block(means, variances, scales, shifts, gates, parts, block, image, batch,
                                             groups, gate_groups, channels, epsilon);
  struct Means m = {(float16)(0.0f), (float16)(0.0f)};
  if ((parts & NORMALISE) && !(parts & CONSTANT_STATISTICS)) {
    const long entry = ((long)image * groups / batch * blocks + block) * 2;
    m.gradient = vload16(entry, group_means);
    m.product = vload16(entry + 1, group_means);
  }
  const struct Source from = source_plane(input, plane, height, width, input_halo);
  const struct Source after = source_plane(output, plane, height, width, output_halo);
  const struct Source gradients = source_plane(output_gradient, plane, height, width, output_gradient_halo);
  const struct Target to = target_plane(input_gradient, plane, height, width, input_gradient_halo);
  switch (parts & (RELU_BEFORE | GATE | RESIDUAL | RELU_AFTER | ACCUMULATE_INPUT)) {
    INPUT_GRADIENT_CASE(0)
    INPUT_GRADIENT_CASE(RELU_AFTER)
    INPUT_GRADIENT_CASE(GATE)
    INPUT_GRADIENT_CASE(RELU_BEFORE | GATE)
    default:
      write_input_gradient(&b, &m, from, after, gradients, to, height, width, parts);
  }
  clear_halo(to.pixels, height, width, input_gradient_halo);
}
