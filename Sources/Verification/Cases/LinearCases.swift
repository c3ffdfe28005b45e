import Devices

struct LinearCases: OperatorProblem {
  var problem: LinearProblem
  var bias: Bool

  var description: String {
    "\(problem.batch)x\(problem.inputs) to \(problem.outputs)" + (bias ? " with bias" : "")
  }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    // The gradient of the first layer's input is not wanted.
    let withInput = try backward(origin, inputGradient: true)
    return try [forward(origin), withInput]
      + (origin.isGolden ? [] : [backward(origin, inputGradient: false)])
  }

  private func forward(_ origin: CaseOrigin) throws -> OperatorCase {
    var builder = CaseBuilder("linearForward", from: origin)
    let input = try builder.vector("input", problem.batch * problem.inputs)
    let weights = try builder.vector("weights", problem.outputs * problem.inputs)
    let bias = bias ? try builder.vector("bias", problem.outputs) : nil
    let output = builder.vectorResult("output", problem.batch * problem.outputs, bound: Bound.forward)
    builder.append(.linearForward(problem, input: input, weights: weights, bias: bias, output: output))
    return try builder.build()
  }

  private func backward(_ origin: CaseOrigin, inputGradient: Bool) throws -> OperatorCase {
    var builder = CaseBuilder(
      "linearBackward", variant: inputGradient ? "" : "weights only", from: origin)
    let input = try builder.vector("input", problem.batch * problem.inputs)
    let weights = try builder.vector("weights", problem.outputs * problem.inputs)
    let outputGradient = try builder.vector("outputGradient", problem.batch * problem.outputs)
    let inputGradient =
      inputGradient
      ? builder.vectorResult("inputGradient", problem.batch * problem.inputs, bound: Bound.backward) : nil
    let weightsGradient = builder.vectorResult(
      "weightsGradient", problem.outputs * problem.inputs, bound: Bound.backward)
    let biasGradient =
      bias ? builder.vectorResult("biasGradient", problem.outputs, bound: Bound.backward) : nil
    builder.append(
      .linearBackward(
        problem, input: input, weights: weights, outputGradient: outputGradient,
        inputGradient: inputGradient, weightsGradient: weightsGradient, biasGradient: biasGradient))
    return try builder.build()
  }
}
