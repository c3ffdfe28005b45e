import Devices

struct EpilogueCases: OperatorProblem {
  var epilogue: Epilogue
  /// Coarse values put the arguments of ReLUs at exactly zero.
  var coarse = false

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    let cases = try [forward(origin)] + origin.accumulations.map { try backward(origin, accumulate: $0) }
    if origin.isGolden { return cases }
    return cases + (epilogue.residual && !epilogue.residualIsNonnegative ? [try backwardOfSum(origin)] : [])
      + (epilogue.gate == nil ? [] : [try backward(origin, accumulate: false, gateIsConstant: true)])
  }

  private func forward(_ origin: CaseOrigin) throws -> OperatorCase {
    var builder = CaseBuilder("epilogueForward", from: origin)
    var operands = try readOperands(&builder)
    operands.output = try builder.activationResult("output", epilogue.shape, bound: Bound.forward)
    builder.append(.epilogueForward(epilogue, operands))
    return try builder.build()
  }

  /// - Parameter gateIsConstant: asks for no gradient of the gate.
  private func backward(
    _ origin: CaseOrigin, accumulate: Bool, gateIsConstant: Bool = false
  ) throws -> OperatorCase {
    let variant = gateIsConstant ? "constant gate" : accumulation(accumulate)
    var builder = CaseBuilder("epilogueBackward", variant: variant, from: origin)
    var operands = try readOperands(&builder)
    operands.output = builder.transientActivation("output", epilogue.shape)
    builder.append(.epilogueForward(epilogue, operands))
    let channels = epilogue.shape.channels
    let normalises = epilogue.normalisation != nil
    let gradients = Epilogue.Gradients(
      output: try builder.activation("outputGradient", epilogue.shape),
      input: try builder.activationResult(
        "inputGradient", epilogue.shape, accumulate: accumulate, bound: Bound.backward),
      accumulateInput: accumulate,
      scale: normalises ? builder.vectorResult("scaleGradient", channels, bound: Bound.backward) : nil,
      shift: normalises ? builder.vectorResult("shiftGradient", channels, bound: Bound.backward) : nil,
      gate: gateIsConstant
        ? nil
        : epilogue.gate.map {
          builder.vectorResult("gateGradient", $0.count(channels: channels), bound: Bound.backward)
        },
      residual: epilogue.residual
        ? try builder.activationResult(
          "residualGradient", epilogue.shape, accumulate: accumulate, bound: Bound.backward) : nil,
      accumulateResidual: accumulate && epilogue.residual)
    builder.append(.epilogueBackward(epilogue, operands, gradients))
    return try builder.build()
  }

  /// As of `x + x`: input and residual are one tensor, and so are their gradients.
  private func backwardOfSum(_ origin: CaseOrigin) throws -> OperatorCase {
    var builder = CaseBuilder("epilogueBackward", variant: "of itself", from: origin)
    var operands = try readOperands(&builder, residualIsInput: true)
    operands.output = builder.transientActivation("output", epilogue.shape)
    builder.append(.epilogueForward(epilogue, operands))
    let gradient = try builder.activationResult(
      "inputGradient", epilogue.shape, bound: Bound.backward, roundings: 2)
    let gradients = Epilogue.Gradients(
      output: try builder.activation("outputGradient", epilogue.shape), input: gradient,
      accumulateInput: true, residual: gradient)
    builder.append(.epilogueBackward(epilogue, operands, gradients))
    return try builder.build()
  }

  /// All operands but the output, for which the input stands in.
  private func readOperands(
    _ builder: inout CaseBuilder, residualIsInput: Bool = false
  ) throws -> Epilogue.Operands {
    let distribution = coarse ? Distribution.coarse : .uniform
    let input = try builder.activation("input", epilogue.shape, distribution)
    let residual: Tensor? =
      if !epilogue.residual {
        nil
      } else if residualIsInput {
        input
      } else {
        try builder.activation(
          "residual", epilogue.shape, epilogue.residualIsNonnegative ? .rectified : distribution)
      }
    return Epilogue.Operands(
      input: input, normalisation: try normalisationOperands(of: input, &builder),
      gate: try epilogue.gate.map {
        try builder.vector("gate", $0.count(channels: epilogue.shape.channels), .gates)
      },
      residual: residual, output: input)
  }

  /// Constant statistics are made up, others computed as a training step does.
  private func normalisationOperands(
    of input: Tensor, _ builder: inout CaseBuilder
  ) throws -> Epilogue.NormalisationOperands? {
    guard let normalisation = epilogue.normalisation else { return nil }
    let count = normalisation.groups * epilogue.shape.channels
    let isConstant = normalisation.statisticsAreConstant
    let operands = Epilogue.NormalisationOperands(
      mean: isConstant ? try builder.vector("mean", count) : builder.transientVector("mean", count),
      variance: isConstant
        ? try builder.vector("variance", count, .positive) : builder.transientVector("variance", count),
      scale: try builder.vector("scale", epilogue.shape.channels),
      shift: try builder.vector("shift", epilogue.shape.channels))
    if !isConstant {
      builder.append(
        .batchNormStatistics(
          epilogue.shape, groups: normalisation.groups, input: input, mean: operands.mean,
          variance: operands.variance, running: nil))
    }
    return operands
  }
}

extension EpilogueCases: CustomStringConvertible {
  var description: String {
    var parts = [epilogue.shape.description]
    if let normalisation = epilogue.normalisation {
      let kind = normalisation.statisticsAreConstant ? "constant" : "groups \(normalisation.groups)"
      parts.append("normalise \(kind)")
    }
    if epilogue.reluBefore { parts.append("relu before") }
    if let gate = epilogue.gate {
      parts.append("gate \(gate.groups)" + (gate.perBranch ? " per branch" : ""))
    }
    if epilogue.residual { parts.append(epilogue.residualIsNonnegative ? "add rectified" : "add") }
    if epilogue.reluAfter { parts.append("relu after") }
    if coarse { parts.append("coarse") }
    return parts.joined(separator: " ")
  }
}
