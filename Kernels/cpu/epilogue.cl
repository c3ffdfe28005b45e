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

// Negative values become zero where a part is on; NaN passes.
HELPER float16 rectify(float16 value, float16 floor) { return value < floor ? floor : value; }

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

KERNEL(epilogue_forward, (MAPS_IN, input), (IN, means), (IN, variances), (IN, scales), (IN, shifts), (IN, gates),
       (MAPS_IN, residual), (MAPS_OUT, output), (INT, parts), (INT, batch), (INT, groups), (INT, gate_groups), (INT, channels),
       (INT, height), (INT, width), (INT, input_halo), (INT, residual_halo), (INT, output_halo), (FLOAT, epsilon)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int blocks = (channels + LANES - 1) / LANES;
  const long plane = (long)image * blocks + block;
  const struct Block b = load_epilogue_block(means, variances, scales, shifts, gates, parts, block, image, batch,
                                             groups, gate_groups, channels, epsilon);
  const float16 before = (float16)(parts & RELU_BEFORE ? 0.0f : -INFINITY);
  const float16 after = (float16)(parts & RELU_AFTER ? 0.0f : -INFINITY);
  ConstantPlane x_plane = input + plane_offset(plane, height, width, input_halo);
  ConstantPlane r_plane = residual + (parts & RESIDUAL ? plane_offset(plane, height, width, residual_halo) : 0);
  Plane y_plane = output + plane_offset(plane, height, width, output_halo);
  for (int y = 0; y < height; y++) {
    ConstantPlane from = x_plane + y * row_values(width, input_halo);
    Plane to = y_plane + y * row_values(width, output_halo);
    if (parts & RESIDUAL) {
      ConstantPlane skip = r_plane + y * row_values(width, residual_halo);
      for (int x = 0; x < width; x++) {
        const float16 v = rectify(FMA(load_pixel(x, from) - b.mean, b.slope, b.shift), before);
        store_pixel(rectify(FMA(v, b.gate, load_pixel(x, skip)), after), x, to);
      }
    } else {
      for (int x = 0; x < width; x++) {
        const float16 v = rectify(FMA(load_pixel(x, from) - b.mean, b.slope, b.shift), before);
        store_pixel(rectify(v * b.gate, after), x, to);
      }
    }
  }
  clear_halo(y_plane, height, width, output_halo);
}

// The gradient before the last ReLU at one pixel.
HELPER float16 through_relu_after(float16 gradient, ConstantPlane output, int x, int parts) {
  const float16 zero = (float16)(0.0f);
  if (!(parts & RELU_AFTER)) return gradient;
  return load_pixel(x, output) > zero ? gradient : zero;
}

// First pass: sums over the plane, [image][block][3][16]: gradient at the normalised value, the same times the
// normalised input, gradient of the gate; and the residual's gradient.
KERNEL(epilogue_backward_sums, (MAPS_IN, input), (IN, means), (IN, variances), (IN, scales), (IN, shifts), (IN, gates),
       (MAPS_IN, output), (MAPS_IN, output_gradient), (MAPS_OUT, residual_gradient), (OUT, sums), (INT, parts), (INT, batch),
       (INT, groups), (INT, gate_groups), (INT, channels), (INT, height), (INT, width), (INT, input_halo),
       (INT, output_halo), (INT, output_gradient_halo), (INT, residual_gradient_halo), (FLOAT, epsilon)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int blocks = (channels + LANES - 1) / LANES;
  const long plane = (long)image * blocks + block;
  const struct Block b = load_epilogue_block(means, variances, scales, shifts, gates, parts, block, image, batch,
                                             groups, gate_groups, channels, epsilon);
  const float16 zero = (float16)(0.0f);
  const float16 before = (float16)(parts & RELU_BEFORE ? 0.0f : -INFINITY);
  ConstantPlane x_plane = input + plane_offset(plane, height, width, input_halo);
  ConstantPlane y_plane = output + plane_offset(plane, height, width, output_halo);
  ConstantPlane g_plane = output_gradient + plane_offset(plane, height, width, output_gradient_halo);
  Plane r_plane =
      residual_gradient + (parts & WRITE_RESIDUAL ? plane_offset(plane, height, width, residual_gradient_halo) : 0);
  float16 sum = zero, product = zero, gate_sum = zero;
  for (int y = 0; y < height; y++) {
    ConstantPlane from = x_plane + y * row_values(width, input_halo);
    ConstantPlane after = y_plane + y * row_values(width, output_halo);
    ConstantPlane gradients = g_plane + y * row_values(width, output_gradient_halo);
    Plane skip = r_plane + y * row_values(width, residual_gradient_halo);
    float16 row_sum = zero, row_product = zero, row_gate = zero;
    for (int x = 0; x < width; x++) {
      const float16 g = through_relu_after(load_pixel(x, gradients), after, x, parts);
      if (parts & WRITE_RESIDUAL) store_pixel(parts & ACCUMULATE_RESIDUAL ? load_pixel(x, skip) + g : g, x, skip);
      const float16 centred = load_pixel(x, from) - b.mean;
      const float16 v = FMA(centred, b.slope, b.shift);
      row_gate = FMA(g, rectify(v, before), row_gate);
      const float16 at_v = v > before ? g * b.gate : zero;
      row_sum += at_v;
      row_product = FMA(at_v, centred * b.inverse, row_product);
    }
    sum += row_sum;
    product += row_product;
    gate_sum += row_gate;
  }
  if (parts & WRITE_RESIDUAL) clear_halo(r_plane, height, width, residual_gradient_halo);
  vstore16(sum, plane * 3, sums);
  vstore16(product, plane * 3 + 1, sums);
  vstore16(gate_sum, plane * 3 + 2, sums);
}

// Adds the images of each group in order: gradients of scale and shift, and the means [group][block][2][16] that the
// second pass subtracts. One item per block.
KERNEL(epilogue_backward_combine, (IN, sums), (OUT, scale_gradient), (OUT, shift_gradient), (OUT, group_means),
       (INT, batch), (INT, groups), (INT, channels), (INT, pixels)) {
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
KERNEL(gate_gradient, (IN, sums), (OUT, gradient), (INT, batch), (INT, gate_groups), (INT, channels)) {
  const int block = get_global_id(0), group = get_global_id(1);
  const int blocks = (channels + LANES - 1) / LANES, images = batch / gate_groups;
  float16 sum = (float16)(0.0f);
  for (int image = group * images; image < (group + 1) * images; image++)
    sum += vload16(((long)image * blocks + block) * 3 + 2, sums);
  store_block(sum, gradient + (long)group * channels, block, channels);
}

// Gradients of gates [gate_groups] that hold a whole branch, one item per group.
KERNEL(branch_gate_gradient, (IN, sums), (OUT, gradient), (INT, batch), (INT, gate_groups), (INT, channels)) {
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

// Second pass: the gradient of x.
KERNEL(epilogue_backward_input, (MAPS_IN, input), (IN, means), (IN, variances), (IN, scales), (IN, shifts), (IN, gates),
       (MAPS_IN, output), (MAPS_IN, output_gradient), (IN, group_means), (MAPS_OUT, input_gradient), (INT, parts), (INT, batch),
       (INT, groups), (INT, gate_groups), (INT, channels), (INT, height), (INT, width), (INT, input_halo),
       (INT, output_halo), (INT, output_gradient_halo), (INT, input_gradient_halo), (FLOAT, epsilon)) {
  const int block = get_global_id(0), image = get_global_id(1);
  const int blocks = (channels + LANES - 1) / LANES;
  const long plane = (long)image * blocks + block;
  const struct Block b = load_epilogue_block(means, variances, scales, shifts, gates, parts, block, image, batch,
                                             groups, gate_groups, channels, epsilon);
  const float16 zero = (float16)(0.0f);
  const float16 before = (float16)(parts & RELU_BEFORE ? 0.0f : -INFINITY);
  float16 mean_sum = zero, mean_product = zero;
  if ((parts & NORMALISE) && !(parts & CONSTANT_STATISTICS)) {
    const long entry = ((long)image * groups / batch * blocks + block) * 2;
    mean_sum = vload16(entry, group_means);
    mean_product = vload16(entry + 1, group_means);
  }
  ConstantPlane x_plane = input + plane_offset(plane, height, width, input_halo);
  ConstantPlane y_plane = output + plane_offset(plane, height, width, output_halo);
  ConstantPlane g_plane = output_gradient + plane_offset(plane, height, width, output_gradient_halo);
  Plane d_plane = input_gradient + plane_offset(plane, height, width, input_gradient_halo);
  for (int y = 0; y < height; y++) {
    ConstantPlane from = x_plane + y * row_values(width, input_halo);
    ConstantPlane after = y_plane + y * row_values(width, output_halo);
    ConstantPlane gradients = g_plane + y * row_values(width, output_gradient_halo);
    Plane to = d_plane + y * row_values(width, input_gradient_halo);
    for (int x = 0; x < width; x++) {
      const float16 g = through_relu_after(load_pixel(x, gradients), after, x, parts);
      const float16 centred = load_pixel(x, from) - b.mean;
      const float16 v = FMA(centred, b.slope, b.shift);
      const float16 at_v = v > before ? g * b.gate : zero;
      const float16 d = b.slope * (at_v - mean_sum - centred * b.inverse * mean_product);
      store_pixel(parts & ACCUMULATE_INPUT ? load_pixel(x, to) + d : d, x, to);
    }
  }
  clear_halo(d_plane, height, width, input_gradient_halo);
}
