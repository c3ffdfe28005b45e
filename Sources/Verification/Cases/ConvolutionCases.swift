import Devices

struct ConvolutionCases: OperatorProblem {
  var problem: ConvolutionProblem
  var bias = false

  var description: String { problem.description + (bias ? " bias" : "") }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    try [forward(origin), backwardWeights(origin)]
      + origin.accumulations.map { try backwardData(origin, accumulate: $0) }
  }

  private func forward(_ origin: CaseOrigin) throws -> OperatorCase {
    var builder = CaseBuilder("convolutionForward", from: origin)
    let input = try builder.activation("input", problem.input)
    let weights = try builder.factors("weights", problem.weightCount)
    let bias = bias ? try builder.vector("bias", problem.outputChannels) : nil
    let output = try builder.activationResult("output", problem.output, bound: Bound.forward)
    builder.append(.convolutionForward(problem, input: input, weights: weights, bias: bias, output: output))
    return try builder.build()
  }

  private func backwardData(_ origin: CaseOrigin, accumulate: Bool) throws -> OperatorCase {
    var builder = CaseBuilder(
      "convolutionBackwardData", variant: accumulation(accumulate), from: origin)
    let outputGradient = try builder.activation("outputGradient", problem.output)
    let weights = try builder.factors("weights", problem.weightCount)
    let inputGradient = try builder.activationResult(
      "inputGradient", problem.input, accumulate: accumulate, bound: Bound.backward)
    builder.append(
      .convolutionBackwardData(
        problem, outputGradient: outputGradient, weights: weights, inputGradient: inputGradient,
        accumulate: accumulate))
    return try builder.build()
  }

  private func backwardWeights(_ origin: CaseOrigin) throws -> OperatorCase {
    var builder = CaseBuilder("convolutionBackwardWeights", from: origin)
    let input = try builder.activation("input", problem.input)
    let outputGradient = try builder.activation("outputGradient", problem.output)
    let weightsGradient = builder.vectorResult(
      "weightsGradient", problem.weightCount, bound: Bound.backward)
    let biasGradient =
      bias ? builder.vectorResult("biasGradient", problem.outputChannels, bound: Bound.backward) : nil
    builder.append(
      .convolutionBackwardWeights(
        problem, input: input, outputGradient: outputGradient, weightsGradient: weightsGradient,
        biasGradient: biasGradient))
    return try builder.build()
  }
}
