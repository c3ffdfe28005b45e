/// Kernels with work-groups and local memory over plain NCHW feature maps.
struct GPUFamily: KernelFamily {
  /// Who multiplies matrices.
  enum MatrixProducts: Sendable {
    /// The runtime's library, on GPUs.
    case library
    /// Our own kernel.
    case own
  }

  let name = "gpu"
  let products: MatrixProducts
  let tiles: TileChoice

  init(gemm: MatrixProducts, tiles: TileChoice = TileChoice()) {
    products = gemm
    self.tiles = tiles
  }

  func lower(_ schedule: Schedule) throws -> LoweredProgram {
    var lowering = try GPULowering(schedule, products: products, tiles: tiles)
    for operation in schedule.operations { lowering.lower(operation) }
    return lowering.program
  }
}
