// Matrix products of the linear layers: C [m, n] = A · B (+ bias). B is packed into panels of 32 columns; R rows × 32
// columns of C stay in registers. Strides are in words, so that each operand may be transposed.

#include "cpu/layout.cl"
#include "cpu/transpose.cl"

#define PANEL 32

// Panels [n / 32][k][32], zeros beyond column n, of a matrix whose rows or columns are contiguous. One item per panel.
KERNEL(pack_panels, (IN, b) (OUT, packed) (INT, k) (INT, n) (INT, row_stride) (INT, column_stride)) {
  const int panel = get_global_id(0);
  __global float *target = packed + (long)panel * k * PANEL;
  for (int left = 0; left < PANEL; left += LANES) {
    const int first = panel * PANEL + left, columns = smaller(LANES, n - first);
    if (column_stride == 1) {
      for (int row = 0; row < k; row++)
        vstore16(load_lanes(b + (long)row * row_stride + first, columns, 0.0f), 0, target + row * PANEL + left);
    } else {
      for (int row = 0; row < k; row += LANES) {
        float16 block[LANES];
#pragma unroll
        for (int i = 0; i < LANES; i++)
          block[i] = i < columns ? load_lanes(b + (long)(first + i) * column_stride + row, k - row, 0.0f)
                                 : (float16)(0.0f);
        transpose(block);
#pragma unroll
        for (int i = 0; i < LANES; i++)
          if (row + i < k) vstore16(block[i], 0, target + (row + i) * PANEL + left);
      }
    }
  }
}

HELPER void gemm_rows(const int R, __global const float *a, __global const float *panel, __global const float *bias,
                      __global float *c, int has_bias, int row, int first_row, int column, int k, int n,
                      int a_row_stride, int a_column_stride) {
  float16 acc[24];
#pragma unroll
  for (int i = 0; i < 2 * R; i++)
    acc[i] = has_bias ? load_block(bias, column / LANES + i % 2, n, 0.0f) : (float16)(0.0f);
  __global const float *rows = a + (long)row * a_row_stride;
  for (int i = 0; i < k; i++) {
    const float16 left = vload16(2 * i, panel), right = vload16(2 * i + 1, panel);
#pragma unroll
    for (int r = 0; r < R; r++) {
      const float16 factor = (float16)(rows[(long)r * a_row_stride + (long)i * a_column_stride]);
      acc[2 * r] = FMA(factor, left, acc[2 * r]);
      acc[2 * r + 1] = FMA(factor, right, acc[2 * r + 1]);
    }
  }
#pragma unroll
  for (int r = 0; r < R; r++)
    if (row + r >= first_row) {
      store_block(acc[2 * r], c + (long)(row + r) * n, column / LANES, n);
      store_block(acc[2 * r + 1], c + (long)(row + r) * n, column / LANES + 1, n);
    }
}

#if ACCUMULATORS >= 14
#define GEMM_ROWS 12
#elif ACCUMULATORS >= 6
#define GEMM_ROWS 3
#else
#define GEMM_ROWS 1
#endif

// One item per panel and 12 rows.
KERNEL(gemm, (IN, a) (IN, packed) (IN, bias) (OUT, c) (INT, has_bias) (INT, m) (INT, n) (INT, k)
       (INT, a_row_stride) (INT, a_column_stride)) {
  const int panel_index = get_global_id(0);
  const int row_begin = get_global_id(1) * 12, row_end = smaller(row_begin + 12, m);
  __global const float *panel = packed + (long)panel_index * k * PANEL;
  if (m >= GEMM_ROWS) {
    for (int row = row_begin; row < row_end; row += GEMM_ROWS)
      gemm_rows(GEMM_ROWS, a, panel, bias, c, has_bias, smaller(row, m - GEMM_ROWS), row, panel_index * PANEL, k, n,
                a_row_stride, a_column_stride);
  } else {
    for (int row = row_begin; row < row_end; row++)
      gemm_rows(1, a, panel, bias, c, has_bias, row, row, panel_index * PANEL, k, n, a_row_stride, a_column_stride);
  }
}

// Sums of the columns of a plain [rows, columns] matrix: the gradient of a linear layer's bias.
KERNEL(sum_columns, (IN, matrix) (OUT, sums) (INT, rows) (INT, columns)) {
  const int column = get_global_id(0);
  float sum = 0.0f;
  for (int row = 0; row < rows; row++) sum += matrix[(long)row * columns + column];
  sums[column] = sum;
}
