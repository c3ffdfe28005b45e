/// Which tile computes a matrix product: one for all, but for the problems that have one of their own.
package struct TileChoice: Hashable, Sendable {
  package var usual: ProductTile
  /// By the problem's description, as a tuner can store it.
  package var exceptions: [String: ProductTile]

  package init(usual: ProductTile = .standard, exceptions: [String: ProductTile] = [:]) {
    self.usual = usual
    self.exceptions = exceptions
  }

  package func tile(for problem: ProductProblem) -> ProductTile {
    exceptions.isEmpty ? usual : exceptions["\(problem)"] ?? usual
  }

  /// - Throws: ``ProductTileError/unsuitable(tile:device:reason:)`` for the first tile that the device cannot run.
  func check(on device: OpenCLDeviceDescription) throws(ProductTileError) {
    for tile in [usual] + exceptions.sorted(by: { $0.key < $1.key }).map(\.value) {
      if let reason = tile.obstacle(on: device.tileLimits) {
        throw .unsuitable(tile: "\(tile)", device: device.name, reason: reason)
      }
    }
  }
}

/// What the gpu family computes tile by tile.
package enum ProductProblem: Hashable, Sendable, CustomStringConvertible {
  /// Which of a convolution's three results.
  package enum Direction: String, Hashable, Sendable {
    case forward
    case backwardData
    case backwardWeights
  }

  case convolution(Direction, ConvolutionProblem)
  /// `batch` products of rows × depth by depth × columns, either factor possibly transposed in memory.
  case matrices(
    batch: Int, rows: Int, columns: Int, depth: Int, transposesLeft: Bool = false,
    transposesRight: Bool = false)

  /// Such as `backwardData mb2ic16ih8oc16kh3ph1`, or `matrices mb1m64n10k512tb` in the letters of BLAS.
  package var description: String {
    switch self {
    case .convolution(let direction, let problem): "\(direction) \(problem)"
    case .matrices(let batch, let rows, let columns, let depth, let transposesLeft, let transposesRight):
      "matrices mb\(batch)m\(rows)n\(columns)k\(depth)" + (transposesLeft ? "ta" : "")
        + (transposesRight ? "tb" : "")
    }
  }
}

extension ProductProblem {
  init(_ product: GEMM) {
    self = .matrices(
      batch: product.batchCount, rows: product.m, columns: product.n, depth: product.k,
      transposesLeft: product.a.transposed, transposesRight: product.b.transposed)
  }
}
