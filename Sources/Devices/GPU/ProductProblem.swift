/// What the gpu family computes as a matrix product.
package enum ProductProblem: Hashable, Sendable, CustomStringConvertible {
  /// Which of a convolution's three results.
  package enum Direction: String, CaseIterable, Hashable, Sendable {
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

  /// The result as one matrix: rows are channels, columns are the pixels of the whole batch, or of a gradient of weights
  /// the input channels' taps.
  var resultSize: (rows: Int, columns: Int) {
    switch self {
    case .convolution(.forward, let problem): (problem.outputChannels, problem.output.pixels)
    case .convolution(.backwardData, let problem): (problem.input.channels, problem.input.pixels)
    case .convolution(.backwardWeights, let problem):
      (problem.outputChannels, problem.weightCount / problem.outputChannels)
    case .matrices(_, let rows, let columns, _, _, _): (rows, columns)
    }
  }

  /// The images of the chunks by which a gradient of weights is cut, all of them elsewhere: few where the result has few
  /// tiles, so that there is work for many work-groups. Of the standard size, whichever tile computes the result: chunks
  /// decide the order of its sums.
  var chunkImages: Int {
    guard case .convolution(.backwardWeights, let problem) = self else { return imageCount }
    let (rows, columns) = resultSize
    let tiles = ProductTile.standard.count(rows: rows, columns: columns)
    let desiredGroups = 512
    let chunks = min(max(desiredGroups / tiles, 1), problem.input.batch)
    return problem.input.batch.dividedRoundingUp(by: chunks)
  }

  /// How many results of ``resultSize`` are computed side by side: chunks of images, or matrices of a batch.
  var resultCount: Int {
    if case .matrices(let batch, _, _, _, _, _) = self { return batch }
    return imageCount.dividedRoundingUp(by: chunkImages)
  }

  private var imageCount: Int {
    switch self {
    case .convolution(_, let problem): problem.input.batch
    case .matrices: 1
    }
  }

  /// Linear layers are computed in single precision whatever the feature maps are.
  func arithmetic(of device: MatrixArithmetic) -> MatrixArithmetic {
    if case .matrices = self { MatrixArithmetic() } else { device }
  }

  /// Whether a library for matrices can compute it: a matrix product per image as the images lie.
  var suitsLibrary: Bool {
    switch self {
    case .matrices: true
    case .convolution(.backwardWeights, _): false
    case .convolution(_, let problem): problem.isPointwise
    }
  }
}

extension ActivationShape {
  /// Of all images.
  var pixels: Int { batch * height * width }
}

extension ConvolutionProblem {
  /// Whether this is a matrix product per image as the images lie.
  var isPointwise: Bool { kernel == Extent(1) && stride == Extent(1) && padding == Extent(0) }
}
