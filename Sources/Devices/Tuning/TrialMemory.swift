import Randomness

/// The memory in which a bench tries products, one at a time: as large as the largest of them needs, where memory for each
/// would be more than a training step takes.
///
/// Operands are the beginnings of two endless sequences of random numbers, so that they do not depend on what else is tried.
final class TrialMemory {
  /// What both operands of the largest product hold.
  private(set) var operands: (left: [Float], right: [Float]) = ([], [])
  private(set) var buffers: [BufferName: Buffer] = [:]
  private let precision: Precision
  private var randomness = (
    left: RandomStream(seed: 0, stream: .tuning, index: 0),
    right: RandomStream(seed: 0, stream: .tuning, index: 1)
  )

  /// - Parameter precision: of what is multiplied: operands are rounded to it, so that exact products can be expected.
  init(precision: Precision) { self.precision = precision }

  /// Makes room for a product.
  /// - Throws: ``DeviceError``, above all for want of memory.
  func reserve(_ problem: ProductProblem, on device: any Device) throws {
    let counts = problem.counts
    Self.extend(&operands.left, to: counts.left, from: &randomness.left, precision)
    Self.extend(&operands.right, to: counts.right, from: &randomness.right, precision)
    try reserve(.left, counts.left, operands.left, on: device)
    try reserve(.right, counts.right, operands.right, on: device)
    try reserve(.result, counts.result, [], on: device)
  }

  private func reserve(_ name: BufferName, _ count: Int, _ values: [Float], on device: any Device) throws {
    guard count > buffers[name]?.count ?? 0 else { return }
    // Before there is a larger one.
    buffers[name] = nil
    let buffer = try device.makeBuffer(count: count, name: "\(name) of a product that is tried")
    try buffer.write(values)
    buffers[name] = buffer
  }

  /// Numbers in −1..<1, all different enough: a sum of wrong products is a wrong sum.
  private static func extend(
    _ values: inout [Float], to count: Int, from randomness: inout RandomStream, _ precision: Precision
  ) {
    values.reserveCapacity(count)
    while values.count < count { values.append(precision.rounded(2 * randomness.uniform() - 1)) }
  }
}

extension BufferName {
  static let left: BufferName = "left factor"
  static let right: BufferName = "right factor"
  static let result: BufferName = "result"
}

extension ProductProblem {
  /// Elements of both factors and of the result: input and weights of a convolution, of a gradient the output's gradient and
  /// weights, or input and the output's gradient.
  var counts: (left: Int, right: Int, result: Int) {
    switch self {
    case .convolution(.forward, let problem):
      (problem.input.count, problem.weightCount, problem.output.count)
    case .convolution(.backwardData, let problem):
      (problem.output.count, problem.weightCount, problem.input.count)
    case .convolution(.backwardWeights, let problem):
      (problem.input.count, problem.output.count, problem.weightCount)
    case .matrices(let batch, let rows, let columns, let depth, _, _):
      (batch * rows * depth, batch * depth * columns, batch * rows * columns)
    }
  }
}
