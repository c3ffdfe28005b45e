import Devices

struct PoolingCases: OperatorProblem {
  var problem: PoolingProblem
  var ties = false

  var description: String {
    "\(problem.input) \(problem.kind) \(problem.kernel.label) stride \(problem.stride.label)"
      + " padding \(problem.padding.label)" + (ties ? " with ties" : "")
  }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    try [forward(origin)] + origin.accumulations.map { try backward(origin, accumulate: $0) }
  }

  private var distribution: Distribution { ties ? .coarse : .uniform }

  private func forward(_ origin: CaseOrigin) throws -> OperatorCase {
    var builder = CaseBuilder("poolingForward", from: origin)
    let input = try builder.activation("input", problem.input, distribution)
    let output = try builder.activationResult(
      "output", problem.output, bound: problem.kind == .maximum ? Bound.exact : Bound.forward)
    builder.append(.poolingForward(problem, input: input, output: output))
    return try builder.build()
  }

  private func backward(_ origin: CaseOrigin, accumulate: Bool) throws -> OperatorCase {
    var builder = CaseBuilder("poolingBackward", variant: accumulation(accumulate), from: origin)
    let input = try builder.activation("input", problem.input, distribution)
    let outputGradient = try builder.activation("outputGradient", problem.output)
    let inputGradient = try builder.activationResult(
      "inputGradient", problem.input, accumulate: accumulate, bound: Bound.backward,
      roundings: problem.largestOverlap)
    builder.append(
      .poolingBackward(
        problem, input: input, outputGradient: outputGradient, inputGradient: inputGradient,
        accumulate: accumulate))
    return try builder.build()
  }
}

extension PoolingProblem {
  /// The largest number of windows that contain one pixel: each adds to its gradient.
  fileprivate var largestOverlap: Int {
    func windows(_ kernel: Int, _ stride: Int) -> Int { (kernel + stride - 1) / stride }
    return windows(kernel.height, stride.height) * windows(kernel.width, stride.width)
  }
}

extension Extent {
  /// One size per axis, with an `x` between two that differ.
  var label: String { height == width ? "\(height)" : "\(height)x\(width)" }
}
