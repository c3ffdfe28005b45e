// Convolution and its two gradients as matrix products whose factors are gathered from the images on the way to local
// memory. Any kernel size, stride, padding and dilation.
#include "gpu/tile.cl"
#include "gpu/tile_statistics.cl"
#include "gpu/convolution_sizes.cl"

// Gathering takes as many instructions as multiplying, so it does little for each element. Where one lies is the sum of
// two places, that of its column and that of its depth. Either may be outside of the tensor, even before its beginning:
// they are unsigned and wrap around, and the sum is right for every element that is read. Bounds are joined by &, since &&
// would make branches.

// Far enough outside of every image that no tap reaches it.
#define NOWHERE (-(1 << 30))
#define IS_WITHIN(coordinate, length) ((uint)(coordinate) < (uint)(length))
// Of numbers that are not negative: devices divide unsigned ones faster.
#define QUOTIENT(a, b) ((int)((uint)(a) / (uint)(b)))

// Where depth is cut into parts, results are the parts' sums, plain floats one part behind the other.
#if TILE_PARTS > 1
#define RESULTS OUT
#define RESULT float
#define load_result(value) (value)
#define store_result(value) (value)
#else
#define RESULTS MAPS_OUT
#define RESULT MAP_VALUE
#define load_result(value) load_value(value)
#define store_result(value) store_value(value)
#endif

// Who an item is, and which tile its group computes.
#define TILE_COORDINATES                                                                                              \
  const int item = get_local_id(1) * ITEMS_ACROSS + get_local_id(0), x = TILE_X(item), y = TILE_Y(item);              \
  const int first_row = get_group_id(1) * TILE_ROWS, first_column = get_group_id(0) * TILE_COLUMNS

// Stores what an item has gathered of a left factor, all of one depth.
HELPER void store_left(__local FACTOR *buffer, const int item, const FACTOR values[LEFT_SHARE]) {
  const int line = item % TILE_DEPTH, first = item / TILE_DEPTH;
#pragma unroll
  for (int i = 0; i < LEFT_SHARE; i++)
    if (TILE_ROWS >= DEPTH_LINES || first < TILE_ROWS) buffer[LEFT_PLACE(line, first + DEPTH_LINES * i)] = values[i];
}

// The same for a right factor that the items have gathered along columns.
HELPER void store_columns(__local FACTOR *buffer, const int item, const FACTOR values[LINE_SHARE][COLUMN_SHARE]) {
  const int lane = item % COLUMN_LANES, first = item / COLUMN_LANES;
#pragma unroll
  for (int l = 0; l < LINE_SHARE; l++)
#pragma unroll
    for (int j = 0; j < COLUMN_SHARE; j++)
      if (TILE_DEPTH >= COLUMN_LINES || first < TILE_DEPTH)
        buffer[RIGHT_PLACE(first + COLUMN_LINES * l, lane + COLUMN_LANES * j)] = values[l][j];
}

// Rows: output channels. Columns: output pixels of the whole batch. Depth: input channels x taps, cut into parts along the
// third axis. Statistics are those of gpu/tile_statistics.cl.
TILE_KERNEL(convolution_forward, (MAPS_IN, input) (IN, weights) (IN, bias) (RESULTS, output) (OUT, statistics)
            (INT, has_bias) (INT, has_statistics) CONVOLUTION (TILE, left) (TILE, right)) {
  TILE_COORDINATES;
  const int area = output_height * output_width, taps = kernel_height * kernel_width, depth = channels * taps;
  // The window's corner of each pixel that this item gathers, and that corner's place in the first channel.
  const int lane = item % COLUMN_LANES;
  int top[COLUMN_SHARE], side[COLUMN_SHARE];
  uint corner[COLUMN_SHARE];
#pragma unroll
  for (int j = 0; j < COLUMN_SHARE; j++) {
    const int column = first_column + lane + COLUMN_LANES * j, image = column / area;
    const int pixel = column - image * area, row = pixel / output_width;
    top[j] = row * stride_y - padding_y;
    side[j] = (pixel - row * output_width) * stride_x - padding_x;
    corner[j] = ((uint)image * channels * height + top[j]) * width + side[j];
    if (image >= batch) top[j] = NOWHERE;
  }
  const int left_row = first_row + item / TILE_DEPTH;
  const int part = get_group_id(2), first = part * part_length(depth);
  const int end = max(first, min(depth, first + part_length(depth)));
  float sums[ITEM_ROWS][ITEM_COLUMNS] = {{0.0f}};
  for (int start = first; start < end + TILE_DEPTH; start += TILE_DEPTH) {
    FACTOR left_values[LEFT_SHARE], right_values[LINE_SHARE][COLUMN_SHARE];
    const int left_k = start + item % TILE_DEPTH;
    const uint left_first = (uint)left_row * depth + left_k;
#pragma unroll
    for (int i = 0; i < LEFT_SHARE; i++) {
      const int inside = (left_k < end) & (left_row + DEPTH_LINES * i < outputs);
      left_values[i] = inside ? FACTOR_OF(weights[left_first + (uint)(DEPTH_LINES * i) * depth]) : FACTOR_MINUS_ZERO;
    }
#pragma unroll
    for (int l = 0; l < LINE_SHARE; l++) {
      const int k = start + item / COLUMN_LANES + COLUMN_LINES * l, channel = QUOTIENT(k, taps);
      const int tap = k - channel * taps, tap_y = QUOTIENT(tap, kernel_width);
      const int down = tap_y * dilation_y, across = (tap - tap_y * kernel_width) * dilation_x;
      const uint step = ((uint)channel * height + down) * width + across;
#pragma unroll
      for (int j = 0; j < COLUMN_SHARE; j++) {
        const int inside = (k < end) & IS_WITHIN(top[j] + down, height) & IS_WITHIN(side[j] + across, width);
        right_values[l][j] = inside ? FACTOR_OF_MAP(input[corner[j] + step]) : FACTOR_ZERO;
      }
    }
    if (start > first)
      tile_multiply(LEFT_BUFFER(left, start - TILE_DEPTH), RIGHT_BUFFER(right, start - TILE_DEPTH), EXCHANGE(left), x, y,
                    sums);
    TILE_REUSE_BARRIER;
    store_left(LEFT_BUFFER(left, start), item, left_values);
    store_columns(RIGHT_BUFFER(right, start), item, right_values);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  output += (long)part * (batch * outputs * area);
#pragma unroll
  for (int j = 0; j < ITEM_COLUMNS; j++) {
    const int column = first_column + TILE_COLUMN(x, j), result = column / area, pixel = column - result * area;
#pragma unroll
    for (int i = 0; i < ITEM_ROWS; i++) {
      const int row = first_row + TILE_ROW(y, i);
      if (row >= outputs || result >= batch) continue;
      const RESULT value = store_result(sums[i][j] + (has_bias ? bias[row] : 0.0f));
      output[(result * outputs + row) * area + pixel] = value;
      sums[i][j] = load_result(value);
    }
  }
  if (has_statistics)
    tile_statistics(sums, x, y, first_row, outputs, min(TILE_COLUMNS, batch * area - first_column),
                    (__local float *)left, statistics);
}

// Rows: input channels. Columns: input pixels of the whole batch. Depth: output channels x taps, cut into parts along the
// third axis.
TILE_KERNEL(convolution_backward_data, (MAPS_IN, output_gradient) (IN, weights) (RESULTS, input_gradient)
            (INT, accumulate) CONVOLUTION (TILE, left) (TILE, right)) {
  TILE_COORDINATES;
  const int area = height * width, taps = kernel_height * kernel_width, depth = outputs * taps;
  // How far an input pixel lies from the corner of the padded image, and a tap from that of its window, are multiples of
  // the stride and rests. With the same rests the pixel lies under the tap in one window: that of the output pixel at the
  // multiples' difference. Of each input pixel that this item gathers, these are the multiples, their place in the first
  // channel, and both rests as one number, as if they were a pixel of the padded image.
  const int lane = item % COLUMN_LANES, padded_width = width + 2 * padding_x;
  int top[COLUMN_SHARE], side[COLUMN_SHARE];
  uint corner[COLUMN_SHARE], rests[COLUMN_SHARE];
#pragma unroll
  for (int j = 0; j < COLUMN_SHARE; j++) {
    const int column = first_column + lane + COLUMN_LANES * j, image = column / area;
    const int pixel = column - image * area, row = pixel / width;
    const int down = row + padding_y, across = pixel - row * width + padding_x;
    top[j] = down / stride_y;
    side[j] = across / stride_x;
    rests[j] = (uint)(down - top[j] * stride_y) * padded_width + (across - side[j] * stride_x);
    corner[j] = ((uint)image * outputs * output_height + top[j]) * output_width + side[j];
    if (image >= batch) top[j] = NOWHERE;
  }
  const int left_row = first_row + item / TILE_DEPTH;
  const int part = get_group_id(2), first = part * part_length(depth);
  const int end = max(first, min(depth, first + part_length(depth)));
  float sums[ITEM_ROWS][ITEM_COLUMNS] = {{0.0f}};
  for (int start = first; start < end + TILE_DEPTH; start += TILE_DEPTH) {
    FACTOR left_values[LEFT_SHARE], right_values[LINE_SHARE][COLUMN_SHARE];
    const int left_k = start + item % TILE_DEPTH, left_output = QUOTIENT(left_k, taps);
    const uint left_first = ((uint)left_output * channels + left_row) * taps + (left_k - left_output * taps);
#pragma unroll
    for (int i = 0; i < LEFT_SHARE; i++) {
      const int inside = (left_k < end) & (left_row + DEPTH_LINES * i < channels);
      left_values[i] = inside ? FACTOR_OF(weights[left_first + (uint)(DEPTH_LINES * i) * taps]) : FACTOR_MINUS_ZERO;
    }
#pragma unroll
    for (int l = 0; l < LINE_SHARE; l++) {
      const int k = start + item / COLUMN_LANES + COLUMN_LINES * l, channel = QUOTIENT(k, taps);
      const int tap = k - channel * taps, tap_y = QUOTIENT(tap, kernel_width);
      const int down = tap_y * dilation_y, across = (tap - tap_y * kernel_width) * dilation_x;
      const int up = QUOTIENT(down, stride_y), back = QUOTIENT(across, stride_x);
      const uint tap_rests = (uint)(down - up * stride_y) * padded_width + (across - back * stride_x);
      const uint step = ((uint)channel * output_height - up) * output_width - back;
#pragma unroll
      for (int j = 0; j < COLUMN_SHARE; j++) {
        const int inside = (k < end) & (rests[j] == tap_rests) & IS_WITHIN(top[j] - up, output_height) &
                           IS_WITHIN(side[j] - back, output_width);
        right_values[l][j] = inside ? FACTOR_OF_MAP(output_gradient[corner[j] + step]) : FACTOR_ZERO;
      }
    }
    if (start > first)
      tile_multiply(LEFT_BUFFER(left, start - TILE_DEPTH), RIGHT_BUFFER(right, start - TILE_DEPTH), EXCHANGE(left), x, y,
                    sums);
    TILE_REUSE_BARRIER;
    store_left(LEFT_BUFFER(left, start), item, left_values);
    store_columns(RIGHT_BUFFER(right, start), item, right_values);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  input_gradient += (long)part * (batch * channels * area);
#pragma unroll
  for (int j = 0; j < ITEM_COLUMNS; j++) {
    const int column = first_column + TILE_COLUMN(x, j), result = column / area, pixel = column - result * area;
#pragma unroll
    for (int i = 0; i < ITEM_ROWS; i++) {
      const int row = first_row + TILE_ROW(y, i);
      if (row >= channels || result >= batch) continue;
      const int at = (result * channels + row) * area + pixel;
      input_gradient[at] = store_result(accumulate ? load_result(input_gradient[at]) + sums[i][j] : sums[i][j]);
    }
  }
}

// Rows: output channels. Columns: input channels x taps. Depth: the output pixels of `chunk_images` images, of which
// each chunk (the third axis) writes a sum of its own: partials [chunks][outputs][channels x taps].
TILE_KERNEL(convolution_backward_weights, (MAPS_IN, input) (MAPS_IN, output_gradient) (OUT, partials)
            (INT, chunk_images) CONVOLUTION (TILE, left) (TILE, right)) {
  TILE_COORDINATES;
  const int chunk = get_global_id(2);
  const int area = output_height * output_width, taps = kernel_height * kernel_width, columns = channels * taps;
  const int first_image = chunk * chunk_images, images = min(chunk_images, batch - first_image);
  const int depth = images * area;
  // What this item gathers: all of one output pixel, for every DEPTH_LINES-th row and column.
  const int line = item % TILE_DEPTH, first = item / TILE_DEPTH;
  int down[TAP_SHARE], across[TAP_SHARE];
  uint step[TAP_SHARE];
#pragma unroll
  for (int j = 0; j < TAP_SHARE; j++) {
    const int column = first_column + first + DEPTH_LINES * j, channel = column / taps;
    const int tap = column - channel * taps, tap_y = tap / kernel_width;
    down[j] = tap_y * dilation_y - padding_y;
    across[j] = (tap - tap_y * kernel_width) * dilation_x - padding_x;
    step[j] = ((uint)channel * height + down[j]) * width + across[j];
    if (column >= columns) down[j] = NOWHERE;
  }
  float sums[ITEM_ROWS][ITEM_COLUMNS] = {{0.0f}};
  for (int start = 0; start < depth + TILE_DEPTH; start += TILE_DEPTH) {
    FACTOR left_values[LEFT_SHARE], right_values[TAP_SHARE];
    const int k = start + line, of_chunk = QUOTIENT(k, area), pixel = k - of_chunk * area, image = first_image + of_chunk;
    const uint left_first = ((uint)image * outputs + first_row + first) * area + pixel;
#pragma unroll
    for (int i = 0; i < LEFT_SHARE; i++) {
      const int inside = (k < depth) & (first_row + first + DEPTH_LINES * i < outputs);
      left_values[i] =
          inside ? FACTOR_OF_MAP(output_gradient[left_first + (uint)(DEPTH_LINES * i) * area]) : FACTOR_MINUS_ZERO;
    }
    const int oy = QUOTIENT(pixel, output_width), top = oy * stride_y, side = (pixel - oy * output_width) * stride_x;
    const uint corner = ((uint)image * channels * height + top) * width + side;
#pragma unroll
    for (int j = 0; j < TAP_SHARE; j++) {
      const int inside = (k < depth) & IS_WITHIN(top + down[j], height) & IS_WITHIN(side + across[j], width);
      right_values[j] = inside ? FACTOR_OF_MAP(input[corner + step[j]]) : FACTOR_ZERO;
    }
    if (start > 0)
      tile_multiply(LEFT_BUFFER(left, start - TILE_DEPTH), RIGHT_BUFFER(right, start - TILE_DEPTH), EXCHANGE(left), x, y,
                    sums);
    TILE_REUSE_BARRIER;
    store_left(LEFT_BUFFER(left, start), item, left_values);
#pragma unroll
    for (int j = 0; j < TAP_SHARE; j++)
      if (TILE_COLUMNS >= DEPTH_LINES || first < TILE_COLUMNS)
        RIGHT_BUFFER(right, start)[RIGHT_PLACE(line, first + DEPTH_LINES * j)] = right_values[j];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  partials += (long)chunk * outputs * columns;
#pragma unroll
  for (int i = 0; i < ITEM_ROWS; i++) {
    const int row = first_row + TILE_ROW(y, i);
#pragma unroll
    for (int j = 0; j < ITEM_COLUMNS; j++) {
      const int column = first_column + TILE_COLUMN(x, j);
      if (row < outputs && column < columns) partials[row * columns + column] = sums[i][j];
    }
  }
}
