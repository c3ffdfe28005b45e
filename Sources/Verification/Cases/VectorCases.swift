import Devices

/// A fully connected network with one hidden layer, forwards and backwards: batch norm, ReLU and a constant gate see the
/// hidden vectors as feature maps of one pixel. Its operation is called `schedule`.
struct VectorCases: OperatorProblem {
  var batch: Int
  var inputs: Int
  var hidden: Int
  var outputs: Int

  var description: String { "vectors \(batch)x\(inputs)-\(hidden)-\(outputs)" }

  private var shape: ActivationShape {
    ActivationShape(batch: batch, channels: hidden, height: 1, width: 1)
  }

  private var epilogue: Epilogue {
    Epilogue(
      shape: shape, normalisation: Epilogue.Normalisation(), reluBefore: true,
      gate: Epilogue.Gate(groups: 1, perBranch: false))
  }

  /// A linear layer's problem and what it reads.
  private struct Layer {
    var problem: LinearProblem
    var input: Tensor
    var weights: Tensor
  }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    var builder = CaseBuilder("schedule", from: origin)
    // Without a bias, whose gradient through batch norm would be nothing but rounding errors.
    let first = Layer(
      problem: LinearProblem(batch: batch, inputs: inputs, outputs: hidden),
      input: try builder.vector("input", batch * inputs),
      weights: try builder.vector("first weights", hidden * inputs))
    let hiddenVectors = builder.transientVector("hidden vectors", shape.count)
    append(forward: first, to: hiddenVectors, &builder)

    let operands = try appendEpilogue(of: hiddenVectors, &builder)
    let second = Layer(
      problem: LinearProblem(batch: batch, inputs: hidden, outputs: outputs),
      input: builder.transientVector("gated vectors", shape.count),
      weights: try builder.vector("second weights", outputs * hidden))
    builder.append(.exportActivation(from: operands.output, to: second.input))
    // What comes of feature maps was rounded where the hidden vectors and the gated ones were stored.
    let output = builder.vectorResult("output", batch * outputs, bound: Bound.backward, roundings: 2)
    append(forward: second, to: output, &builder)

    let outputGradient = try builder.vector("outputGradient", batch * outputs)
    let gatedGradient = builder.transientVector("gated gradient", shape.count)
    append(backward: second, "second", outputGradient, to: gatedGradient, &builder)
    let hiddenGradient = builder.transientVector("hidden gradient", shape.count)
    appendEpilogueBackward(operands, from: gatedGradient, to: hiddenGradient, &builder)
    let inputGradient = builder.vectorResult(
      "inputGradient", batch * inputs, bound: Bound.backward, roundings: 3)
    append(backward: first, "first", hiddenGradient, to: inputGradient, &builder)
    return [try builder.build()]
  }

  private func append(forward layer: Layer, to output: Tensor, _ builder: inout CaseBuilder) {
    builder.append(
      .linearForward(
        layer.problem, input: layer.input, weights: layer.weights, bias: nil, output: output))
  }

  private func append(
    backward layer: Layer, _ name: String, _ outputGradient: Tensor, to inputGradient: Tensor,
    _ builder: inout CaseBuilder
  ) {
    let weightsGradient = builder.vectorResult(
      "\(name) weightsGradient", layer.problem.outputs * layer.problem.inputs, bound: Bound.backward,
      roundings: 3)
    builder.append(
      .linearBackward(
        layer.problem, input: layer.input, weights: layer.weights, outputGradient: outputGradient,
        inputGradient: inputGradient, weightsGradient: weightsGradient, biasGradient: nil))
  }

  private func appendEpilogue(
    of vectors: Tensor, _ builder: inout CaseBuilder
  ) throws -> Epilogue.Operands {
    let statistics = Epilogue.NormalisationOperands(
      mean: builder.transientVector("mean", hidden), variance: builder.transientVector("variance", hidden),
      scale: try builder.vector("scale", hidden), shift: try builder.vector("shift", hidden))
    let operands = Epilogue.Operands(
      input: builder.transientActivation("hidden", shape), normalisation: statistics,
      gate: try builder.vector("gate", hidden, .gates), output: builder.transientActivation("gated", shape))
    builder.append(.importActivation(from: vectors, to: operands.input))
    builder.append(
      .batchNormStatistics(
        shape, groups: 1, input: operands.input, mean: statistics.mean, variance: statistics.variance,
        running: nil))
    builder.append(.epilogueForward(epilogue, operands))
    return operands
  }

  private func appendEpilogueBackward(
    _ operands: Epilogue.Operands, from outputGradient: Tensor, to inputGradient: Tensor,
    _ builder: inout CaseBuilder
  ) {
    let gradients = Epilogue.Gradients(
      output: builder.transientActivation("gated gradient maps", shape),
      input: builder.transientActivation("hidden gradient maps", shape),
      scale: builder.vectorResult("scaleGradient", hidden, bound: Bound.backward, roundings: 2),
      shift: builder.vectorResult("shiftGradient", hidden, bound: Bound.backward, roundings: 2))
    builder.append(.importActivation(from: outputGradient, to: gradients.output))
    builder.append(.epilogueBackward(epilogue, operands, gradients))
    builder.append(.exportActivation(from: gradients.input, to: inputGradient))
  }
}
