import Devices

struct ShortcutCases: OperatorProblem {
  var problem: ShortcutProblem
  /// Tells apart maps of equally many channels.
  var map: String

  var description: String {
    "\(problem.input) to \(problem.outputChannels) stride \(problem.stride) \(map)"
  }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    try [forward(origin)] + origin.accumulations.map { try backward(origin, accumulate: $0) }
  }

  private func forward(_ origin: CaseOrigin) throws -> OperatorCase {
    var builder = CaseBuilder("shortcutForward", from: origin)
    let input = try builder.activation("input", problem.input)
    let output = try builder.activationResult("output", problem.output, bound: Bound.exact)
    builder.append(.shortcutForward(problem, input: input, output: output))
    return try builder.build()
  }

  private func backward(_ origin: CaseOrigin, accumulate: Bool) throws -> OperatorCase {
    var builder = CaseBuilder("shortcutBackward", variant: accumulation(accumulate), from: origin)
    let outputGradient = try builder.activation("outputGradient", problem.output)
    let inputGradient = try builder.activationResult(
      "inputGradient", problem.input, accumulate: accumulate,
      bound: accumulate ? Bound.backward : Bound.exact)
    builder.append(
      .shortcutBackward(
        problem, outputGradient: outputGradient, inputGradient: inputGradient, accumulate: accumulate))
    return try builder.build()
  }
}
