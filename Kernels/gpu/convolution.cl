// Convolution and its two gradients as matrix products whose factors are gathered from the images on the way to local
// memory. Any kernel size, stride, padding and dilation; all of them run-time numbers.
#include "gpu/tile.cl"

#define CONVOLUTION                                                                                                   \
  (INT, batch), (INT, channels), (INT, height), (INT, width), (INT, outputs), (INT, output_height),                   \
      (INT, output_width), (INT, kernel_height), (INT, kernel_width), (INT, stride_y), (INT, stride_x),               \
      (INT, padding_y), (INT, padding_x), (INT, dilation_y), (INT, dilation_x)

// Far enough outside of every image that no tap reaches it.
#define NOWHERE (-(1 << 30))

// Rows: output channels. Columns: output pixels of the whole batch. Depth: input channels x taps.
KERNEL(convolution_forward, (IN, input), (IN, weights), (IN, bias), (OUT, output), (INT, has_bias), CONVOLUTION,
       (LOCAL, left), (LOCAL, right)) {
  const int x = get_local_id(0), y = get_local_id(1);
  const int first_row = get_group_id(1) * TILE_ROWS, first_column = get_group_id(0) * TILE_COLUMNS;
  const int area = output_height * output_width, taps = kernel_height * kernel_width, depth = channels * taps;
  // The image and the window's corner of each pixel that this item gathers, which are also those that it computes.
  int image[ITEM_COLUMNS], pixel[ITEM_COLUMNS], top[ITEM_COLUMNS], side[ITEM_COLUMNS];
  for (int j = 0; j < ITEM_COLUMNS; j++) {
    const int column = first_column + x + TILE_SIDE * j;
    image[j] = column / area;
    pixel[j] = column - image[j] * area;
    const int row = pixel[j] / output_width;
    top[j] = image[j] < batch ? row * stride_y - padding_y : NOWHERE;
    side[j] = (pixel[j] - row * output_width) * stride_x - padding_x;
  }
  float sums[ITEM_ROWS][ITEM_COLUMNS] = {{0.0f}};
  for (int start = 0; start < depth; start += TILE_DEPTH) {
    for (int i = 0; i < ITEM_ROWS; i++) {
      const int r = y + TILE_SIDE * i, row = first_row + r, k = start + x;
      left[x * LEFT_PITCH + r] = row < outputs && k < depth ? weights[row * depth + k] : 0.0f;
    }
    const int k = start + y, channel = k / taps, tap = k - channel * taps, tap_y = tap / kernel_width;
    const int down = tap_y * dilation_y, across = (tap - tap_y * kernel_width) * dilation_x;
    for (int j = 0; j < ITEM_COLUMNS; j++) {
      const int iy = top[j] + down, ix = side[j] + across;
      const int inside = k < depth && iy >= 0 && iy < height && ix >= 0 && ix < width;
      right[y * RIGHT_PITCH + x + TILE_SIDE * j] =
          inside ? input[((image[j] * channels + channel) * height + iy) * width + ix] : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    tile_multiply(left, right, x, y, sums);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  for (int i = 0; i < ITEM_ROWS; i++) {
    const int row = first_row + y + TILE_SIDE * i;
    if (row >= outputs) continue;
    const float offset = has_bias ? bias[row] : 0.0f;
    for (int j = 0; j < ITEM_COLUMNS; j++)
      if (image[j] < batch) output[(image[j] * outputs + row) * area + pixel[j]] = sums[i][j] + offset;
  }
}

// Rows: input channels. Columns: input pixels of the whole batch. Depth: output channels x taps.
KERNEL(convolution_backward_data, (IN, output_gradient), (IN, weights), (OUT, input_gradient), (INT, accumulate),
       CONVOLUTION, (LOCAL, left), (LOCAL, right)) {
  const int x = get_local_id(0), y = get_local_id(1);
  const int first_row = get_group_id(1) * TILE_ROWS, first_column = get_group_id(0) * TILE_COLUMNS;
  const int area = height * width, taps = kernel_height * kernel_width, depth = outputs * taps;
  int image[ITEM_COLUMNS], pixel[ITEM_COLUMNS], top[ITEM_COLUMNS], side[ITEM_COLUMNS];
  for (int j = 0; j < ITEM_COLUMNS; j++) {
    const int column = first_column + x + TILE_SIDE * j;
    image[j] = column / area;
    pixel[j] = column - image[j] * area;
    const int row = pixel[j] / width;
    top[j] = image[j] < batch ? row + padding_y : NOWHERE;
    side[j] = pixel[j] - row * width + padding_x;
  }
  float sums[ITEM_ROWS][ITEM_COLUMNS] = {{0.0f}};
  for (int start = 0; start < depth; start += TILE_DEPTH) {
    const int left_k = start + x, left_output = left_k / taps, left_tap = left_k - left_output * taps;
    for (int i = 0; i < ITEM_ROWS; i++) {
      const int r = y + TILE_SIDE * i, row = first_row + r;
      left[x * LEFT_PITCH + r] =
          row < channels && left_k < depth ? weights[(left_output * channels + row) * taps + left_tap] : 0.0f;
    }
    const int k = start + y, channel = k / taps, tap = k - channel * taps, tap_y = tap / kernel_width;
    const int up = tap_y * dilation_y, back = (tap - tap_y * kernel_width) * dilation_x;
    for (int j = 0; j < ITEM_COLUMNS; j++) {
      // The output pixel whose window has the input pixel under this tap, where there is one.
      const int strided_y = top[j] - up, strided_x = side[j] - back;
      const int oy = strided_y / stride_y, ox = strided_x / stride_x;
      const int inside = k < depth && strided_y >= 0 && strided_x >= 0 && oy * stride_y == strided_y &&
                         ox * stride_x == strided_x && oy < output_height && ox < output_width;
      right[y * RIGHT_PITCH + x + TILE_SIDE * j] =
          inside ? output_gradient[((image[j] * outputs + channel) * output_height + oy) * output_width + ox] : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    tile_multiply(left, right, x, y, sums);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  for (int i = 0; i < ITEM_ROWS; i++) {
    const int row = first_row + y + TILE_SIDE * i;
    for (int j = 0; j < ITEM_COLUMNS; j++) {
      if (row >= channels || image[j] >= batch) continue;
      const int at = (image[j] * channels + row) * area + pixel[j];
      input_gradient[at] = accumulate ? input_gradient[at] + sums[i][j] : sums[i][j];
    }
  }
}

// Rows: output channels. Columns: input channels x taps. Depth: the output pixels of `chunk_images` images, of which
// each chunk (the third axis) writes a sum of its own: partials [chunks][outputs][channels x taps].
KERNEL(convolution_backward_weights, (IN, input), (IN, output_gradient), (OUT, partials), (INT, chunk_images),
       CONVOLUTION, (LOCAL, left), (LOCAL, right)) {
  const int x = get_local_id(0), y = get_local_id(1), chunk = get_global_id(2);
  const int first_row = get_group_id(1) * TILE_ROWS, first_column = get_group_id(0) * TILE_COLUMNS;
  const int area = output_height * output_width, taps = kernel_height * kernel_width, columns = channels * taps;
  const int first_image = chunk * chunk_images, images = min(chunk_images, batch - first_image);
  const int depth = images * area;
  // What this item gathers for the right factor: columns y + 16 j, all of one output pixel.
  int channel[ITEM_COLUMNS], down[ITEM_COLUMNS], across[ITEM_COLUMNS];
  for (int j = 0; j < ITEM_COLUMNS; j++) {
    const int column = first_column + y + TILE_SIDE * j;
    channel[j] = column / taps;
    const int tap = column - channel[j] * taps, tap_y = tap / kernel_width;
    down[j] = column < columns ? tap_y * dilation_y - padding_y : NOWHERE;
    across[j] = (tap - tap_y * kernel_width) * dilation_x - padding_x;
  }
  float sums[ITEM_ROWS][ITEM_COLUMNS] = {{0.0f}};
  for (int start = 0; start < depth; start += TILE_DEPTH) {
    const int k = start + x, image = first_image + k / area, pixel = k % area;
    for (int i = 0; i < ITEM_ROWS; i++) {
      const int r = y + TILE_SIDE * i, row = first_row + r;
      left[x * LEFT_PITCH + r] =
          row < outputs && k < depth ? output_gradient[(image * outputs + row) * area + pixel] : 0.0f;
    }
    const int oy = pixel / output_width, top = oy * stride_y, side = (pixel - oy * output_width) * stride_x;
    for (int j = 0; j < ITEM_COLUMNS; j++) {
      const int iy = top + down[j], ix = side + across[j];
      const int inside = k < depth && iy >= 0 && iy < height && ix >= 0 && ix < width;
      right[x * RIGHT_PITCH + y + TILE_SIDE * j] =
          inside ? input[((image * channels + channel[j]) * height + iy) * width + ix] : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    tile_multiply(left, right, x, y, sums);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  partials += (long)chunk * outputs * columns;
  for (int i = 0; i < ITEM_ROWS; i++) {
    const int row = first_row + y + TILE_SIDE * i;
    for (int j = 0; j < ITEM_COLUMNS; j++) {
      const int column = first_column + x + TILE_SIDE * j;
      if (row < outputs && column < columns) partials[row * columns + column] = sums[i][j];
    }
  }
}
