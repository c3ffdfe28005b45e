// Convolution and its two gradients as matrix products whose factors are gathered from the images on the way to local
// memory. Any kernel size, stride, padding and dilation; all of them run-time numbers.
#include "gpu/tile.cl"

#define CONVOLUTION                                                                                                   \
  (INT, batch), (INT, channels), (INT, height), (INT, width), (INT, outputs), (INT, output_height),                   \
      (INT, output_width), (INT, kernel_height), (INT, kernel_width), (INT, stride_y), (INT, stride_x),               \
      (INT, padding_y), (INT, padding_x), (INT, dilation_y), (INT, dilation_x)

// How many columns of the right factor an item gathers, whichever way the items share that work.
#define PIXEL_SHARE (TILE_COLUMNS / COLUMN_LANES)
#define TAP_SHARE LARGER(1, TILE_COLUMNS / DEPTH_LINES)

// Far enough outside of every image that no tap reaches it.
#define NOWHERE (-(1 << 30))

// Rows: output channels. Columns: output pixels of the whole batch. Depth: input channels x taps.
KERNEL(convolution_forward, (IN, input), (IN, weights), (IN, bias), (OUT, output), (INT, has_bias), CONVOLUTION,
       (TILE, left), (TILE, right)) {
  const int x = get_local_id(0), y = get_local_id(1), item = y * ITEMS_ACROSS + x;
  const int first_row = get_group_id(1) * TILE_ROWS, first_column = get_group_id(0) * TILE_COLUMNS;
  const int area = output_height * output_width, taps = kernel_height * kernel_width, depth = channels * taps;
  // The image and the window's corner of each pixel that this item gathers.
  const int lane = item % COLUMN_LANES;
  int image[PIXEL_SHARE], top[PIXEL_SHARE], side[PIXEL_SHARE];
  for (int j = 0; j < PIXEL_SHARE; j++) {
    const int column = first_column + lane + COLUMN_LANES * j;
    image[j] = column / area;
    const int pixel = column - image[j] * area, row = pixel / output_width;
    top[j] = image[j] < batch ? row * stride_y - padding_y : NOWHERE;
    side[j] = (pixel - row * output_width) * stride_x - padding_x;
  }
  float sums[ITEM_ROWS][ITEM_COLUMNS] = {{0.0f}};
  for (int start = 0; start < depth; start += TILE_DEPTH) {
    __local float *left_buffer = LEFT_BUFFER(left, start), *right_buffer = RIGHT_BUFFER(right, start);
    const int left_line = item % TILE_DEPTH, left_k = start + left_line;
    for (int r = item / TILE_DEPTH; r < TILE_ROWS; r += DEPTH_LINES) {
      const int row = first_row + r;
      left_buffer[left_line * LEFT_PITCH + r] =
          row < outputs && left_k < depth ? weights[row * depth + left_k] : -0.0f;
    }
    for (int line = item / COLUMN_LANES; line < TILE_DEPTH; line += COLUMN_LINES) {
      const int k = start + line, channel = k / taps, tap = k - channel * taps, tap_y = tap / kernel_width;
      const int down = tap_y * dilation_y, across = (tap - tap_y * kernel_width) * dilation_x;
      for (int j = 0; j < PIXEL_SHARE; j++) {
        const int iy = top[j] + down, ix = side[j] + across;
        const int inside = k < depth && iy >= 0 && iy < height && ix >= 0 && ix < width;
        right_buffer[line * RIGHT_PITCH + lane + COLUMN_LANES * j] =
            inside ? input[((image[j] * channels + channel) * height + iy) * width + ix] : 0.0f;
      }
    }
    tile_multiply(left_buffer, right_buffer, x, y, sums);
  }
  for (int j = 0; j < ITEM_COLUMNS; j++) {
    const int column = first_column + TILE_COLUMN(x, j), result = column / area, pixel = column - result * area;
    for (int i = 0; i < ITEM_ROWS; i++) {
      const int row = first_row + TILE_ROW(y, i);
      if (row < outputs && result < batch)
        output[(result * outputs + row) * area + pixel] = sums[i][j] + (has_bias ? bias[row] : 0.0f);
    }
  }
}

// Rows: input channels. Columns: input pixels of the whole batch. Depth: output channels x taps.
KERNEL(convolution_backward_data, (IN, output_gradient), (IN, weights), (OUT, input_gradient), (INT, accumulate),
       CONVOLUTION, (TILE, left), (TILE, right)) {
  const int x = get_local_id(0), y = get_local_id(1), item = y * ITEMS_ACROSS + x;
  const int first_row = get_group_id(1) * TILE_ROWS, first_column = get_group_id(0) * TILE_COLUMNS;
  const int area = height * width, taps = kernel_height * kernel_width, depth = outputs * taps;
  const int lane = item % COLUMN_LANES;
  int image[PIXEL_SHARE], top[PIXEL_SHARE], side[PIXEL_SHARE];
  for (int j = 0; j < PIXEL_SHARE; j++) {
    const int column = first_column + lane + COLUMN_LANES * j;
    image[j] = column / area;
    const int pixel = column - image[j] * area, row = pixel / width;
    top[j] = image[j] < batch ? row + padding_y : NOWHERE;
    side[j] = pixel - row * width + padding_x;
  }
  float sums[ITEM_ROWS][ITEM_COLUMNS] = {{0.0f}};
  for (int start = 0; start < depth; start += TILE_DEPTH) {
    __local float *left_buffer = LEFT_BUFFER(left, start), *right_buffer = RIGHT_BUFFER(right, start);
    const int left_line = item % TILE_DEPTH, left_k = start + left_line;
    const int left_output = left_k / taps, left_tap = left_k - left_output * taps;
    for (int r = item / TILE_DEPTH; r < TILE_ROWS; r += DEPTH_LINES) {
      const int row = first_row + r;
      left_buffer[left_line * LEFT_PITCH + r] =
          row < channels && left_k < depth ? weights[(left_output * channels + row) * taps + left_tap] : -0.0f;
    }
    for (int line = item / COLUMN_LANES; line < TILE_DEPTH; line += COLUMN_LINES) {
      const int k = start + line, channel = k / taps, tap = k - channel * taps, tap_y = tap / kernel_width;
      const int up = tap_y * dilation_y, back = (tap - tap_y * kernel_width) * dilation_x;
      for (int j = 0; j < PIXEL_SHARE; j++) {
        // The output pixel whose window has the input pixel under this tap, where there is one.
        const int strided_y = top[j] - up, strided_x = side[j] - back;
        const int oy = strided_y / stride_y, ox = strided_x / stride_x;
        const int inside = k < depth && strided_y >= 0 && strided_x >= 0 && oy * stride_y == strided_y &&
                           ox * stride_x == strided_x && oy < output_height && ox < output_width;
        right_buffer[line * RIGHT_PITCH + lane + COLUMN_LANES * j] =
            inside ? output_gradient[((image[j] * outputs + channel) * output_height + oy) * output_width + ox] : 0.0f;
      }
    }
    tile_multiply(left_buffer, right_buffer, x, y, sums);
  }
  for (int j = 0; j < ITEM_COLUMNS; j++) {
    const int column = first_column + TILE_COLUMN(x, j), result = column / area, pixel = column - result * area;
    for (int i = 0; i < ITEM_ROWS; i++) {
      const int row = first_row + TILE_ROW(y, i);
      if (row >= channels || result >= batch) continue;
      const int at = (result * channels + row) * area + pixel;
      input_gradient[at] = accumulate ? input_gradient[at] + sums[i][j] : sums[i][j];
    }
  }
}

// Rows: output channels. Columns: input channels x taps. Depth: the output pixels of `chunk_images` images, of which
// each chunk (the third axis) writes a sum of its own: partials [chunks][outputs][channels x taps].
KERNEL(convolution_backward_weights, (IN, input), (IN, output_gradient), (OUT, partials), (INT, chunk_images),
       CONVOLUTION, (TILE, left), (TILE, right)) {
  const int x = get_local_id(0), y = get_local_id(1), chunk = get_global_id(2), item = y * ITEMS_ACROSS + x;
  const int first_row = get_group_id(1) * TILE_ROWS, first_column = get_group_id(0) * TILE_COLUMNS;
  const int area = output_height * output_width, taps = kernel_height * kernel_width, columns = channels * taps;
  const int first_image = chunk * chunk_images, images = min(chunk_images, batch - first_image);
  const int depth = images * area;
  // What this item gathers: all of one output pixel, for every DEPTH_LINES-th row and column.
  const int line = item % TILE_DEPTH, first = item / TILE_DEPTH;
  int channel[TAP_SHARE], down[TAP_SHARE], across[TAP_SHARE];
  for (int j = 0; j < TAP_SHARE; j++) {
    const int column = first_column + first + DEPTH_LINES * j;
    channel[j] = column / taps;
    const int tap = column - channel[j] * taps, tap_y = tap / kernel_width;
    down[j] = column < columns ? tap_y * dilation_y - padding_y : NOWHERE;
    across[j] = (tap - tap_y * kernel_width) * dilation_x - padding_x;
  }
  float sums[ITEM_ROWS][ITEM_COLUMNS] = {{0.0f}};
  for (int start = 0; start < depth; start += TILE_DEPTH) {
    __local float *left_buffer = LEFT_BUFFER(left, start), *right_buffer = RIGHT_BUFFER(right, start);
    const int k = start + line, image = first_image + k / area, pixel = k % area;
    for (int r = first; r < TILE_ROWS; r += DEPTH_LINES) {
      const int row = first_row + r;
      left_buffer[line * LEFT_PITCH + r] =
          row < outputs && k < depth ? output_gradient[(image * outputs + row) * area + pixel] : -0.0f;
    }
    const int oy = pixel / output_width, top = oy * stride_y, side = (pixel - oy * output_width) * stride_x;
    for (int j = 0; j < TAP_SHARE; j++) {
      const int n = first + DEPTH_LINES * j, iy = top + down[j], ix = side + across[j];
      const int inside = k < depth && iy >= 0 && iy < height && ix >= 0 && ix < width;
      if (n < TILE_COLUMNS)
        right_buffer[line * RIGHT_PITCH + n] =
            inside ? input[((image * channels + channel[j]) * height + iy) * width + ix] : 0.0f;
    }
    tile_multiply(left_buffer, right_buffer, x, y, sums);
  }
  partials += (long)chunk * outputs * columns;
  for (int i = 0; i < ITEM_ROWS; i++) {
    const int row = first_row + TILE_ROW(y, i);
    for (int j = 0; j < ITEM_COLUMNS; j++) {
      const int column = first_column + TILE_COLUMN(x, j);
      if (row < outputs && column < columns) partials[row * columns + column] = sums[i][j];
    }
  }
}
