import Devices

struct GlobalAveragePoolCases: OperatorProblem {
  var shape: ActivationShape

  var description: String { shape.description }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    try [forward(origin)] + origin.accumulations.map { try backward(origin, accumulate: $0) }
  }

  private func forward(_ origin: CaseOrigin) throws -> OperatorCase {
    var builder = CaseBuilder("globalAveragePoolForward", from: origin)
    let input = try builder.activation("input", shape)
    let output = builder.vectorResult("output", shape.batch * shape.channels, bound: Bound.forward)
    builder.append(.globalAveragePoolForward(shape, input: input, output: output))
    return try builder.build()
  }

  private func backward(_ origin: CaseOrigin, accumulate: Bool) throws -> OperatorCase {
    var builder = CaseBuilder(
      "globalAveragePoolBackward", variant: accumulation(accumulate), from: origin)
    let outputGradient = try builder.vector("outputGradient", shape.batch * shape.channels)
    let inputGradient = try builder.activationResult(
      "inputGradient", shape, accumulate: accumulate, bound: Bound.backward)
    builder.append(
      .globalAveragePoolBackward(
        shape, outputGradient: outputGradient, inputGradient: inputGradient, accumulate: accumulate))
    return try builder.build()
  }
}
