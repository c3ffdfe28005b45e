/// Our own kernel for a matrix product: where the library is absent, slow or wrong.
struct MatrixProductKernel {
  let kernel: KernelReference
  let arguments: [Argument]
  let global: GridSize
  let local: GridSize

  init(_ product: GEMM, tile: ProductTile = .standard) {
    kernel = KernelReference(source: "gpu/gemm", name: "gemm", definitions: tile.definitions)
    arguments =
      [
        .slot(product.a.slot, offset: product.a.offset), .slot(product.b.slot, offset: product.b.offset),
        .slot(product.c.slot, offset: product.c.offset), .int(product.m), .int(product.n), .int(product.k),
      ] + Self.strides(product.a) + Self.strides(product.b)
      + [
        .int(product.c.leadingDimension), .int(product.c.batchStride), .int(product.accumulate ? 1 : 0),
      ] + tile.scratch
    global = tile.global(rows: product.m, columns: product.n, depth: product.batchCount)
    local = tile.local
  }

  /// The steps between rows and columns of the matrix as it is multiplied, and between matrices of the batch.
  private static func strides(_ matrix: GEMM.Matrix) -> [Argument] {
    let along = matrix.transposed ? (1, matrix.leadingDimension) : (matrix.leadingDimension, 1)
    return [.int(along.0), .int(along.1), .int(matrix.batchStride)]
  }
}
