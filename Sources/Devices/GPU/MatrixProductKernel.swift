/// Our own kernel for a matrix product: where the library is absent, slow or wrong.
struct MatrixProductKernel {
  let kernel: KernelReference
  let arguments: [Argument]
  let global: GridSize
  let local: GridSize

  /// - Parameter partials: where the sums of each part of depth go, one part's matrices behind another's; nil for a tile
  ///   that does not cut depth, whose sums go to the result.
  init(_ product: GEMM, tile: ProductTile = .standard, partials: Slot? = nil) {
    let arithmetic = MatrixArithmetic()
    kernel = KernelReference(source: "gpu/gemm", name: "gemm", definitions: tile.definitions(arithmetic))
    var target = product.c
    if let partials {
      target = GEMM.Matrix(slot: partials, leadingDimension: product.n, batchStride: product.m * product.n)
    }
    arguments =
      [
        .slot(product.a.slot, offset: product.a.offset), .slot(product.b.slot, offset: product.b.offset),
        .slot(target.slot, offset: target.offset), .int(product.m), .int(product.n), .int(product.k),
      ] + Self.strides(product.a) + Self.strides(product.b)
      + [
        .int(target.leadingDimension), .int(target.batchStride),
        .int(product.batchCount * product.m * product.n),
        .flag(product.accumulate && partials == nil),
      ] + tile.scratch(arithmetic)
    global = tile.global(
      rows: product.m, columns: product.n, depth: product.batchCount * tile.options.parts)
    local = tile.local
  }

  /// The steps between rows and columns of the matrix as it is multiplied, and between matrices of the batch.
  private static func strides(_ matrix: GEMM.Matrix) -> [Argument] {
    let along = matrix.transposed ? (1, matrix.leadingDimension) : (matrix.leadingDimension, 1)
    return [.int(along.0), .int(along.1), .int(matrix.batchStride)]
  }
}
