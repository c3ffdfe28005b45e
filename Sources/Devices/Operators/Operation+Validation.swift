extension Operation {
  /// Checks every operand's kind and size; a family of kernels may then rely on them.
  /// - Throws: ``OperatorError/mismatchedOperand(operation:expected:found:)``.
  func validate(in schedule: Schedule) throws {
    let check = OperandCheck(schedule: schedule, operation: name)
    switch self {
    case .importActivation(let vector, let activation), .exportActivation(let activation, let vector):
      guard case .activation(let shape) = schedule[activation].kind else {
        throw OperatorError.mismatchedOperand(
          operation: name, expected: "feature maps", found: "the vector '\(schedule[activation].name)'")
      }
      try check.vector("plain values", vector, shape.count)
    case .convolutionForward, .convolutionBackwardData, .convolutionBackwardWeights:
      try validateConvolution(check)
    case .batchNormStatistics(let shape, let groups, let input, let mean, let variance, let running):
      try check.groups("groups", groups, batch: shape.batch)
      try check.activation("input", input, shape)
      try check.vector("mean", mean, groups * shape.channels)
      try check.vector("variance", variance, groups * shape.channels)
      try check.vector("running mean", running?.mean, shape.channels)
      try check.vector("running variance", running?.variance, shape.channels)
    case .epilogueForward(let epilogue, let operands):
      try epilogue.validate(operands, check)
    case .epilogueBackward(let epilogue, let operands, let gradients):
      try epilogue.validate(operands, check)
      try epilogue.validate(gradients, check)
    case .poolingForward, .poolingBackward, .globalAveragePoolForward, .globalAveragePoolBackward,
      .shortcutForward, .shortcutBackward:
      try validatePooling(check)
    case .linearForward, .linearBackward:
      try validateLinear(check)
    case .softmaxCrossEntropy, .labelRanks, .recordMetrics:
      try validateClassification(check)
    case .activationHash(let problem, let input, let scales, let keys):
      try check.activation("input", input, problem.shape)
      try check.presence("scales", expected: problem.scaleCount > 0, found: scales != nil)
      try check.vector("scales", scales, problem.scaleCount)
      try check.vector("keys", keys, problem.shape.batch * ActivationHashProblem.words)
    case .stochasticGradientDescent(let problem, let parameters, let gradients, let momentum):
      try check.vector("parameters", parameters, problem.count)
      try check.vector("gradients", gradients, problem.count)
      try check.vector("momentum", momentum, problem.count)
    case .adam(let problem, let parameters, let gradients, let firstMoment, let secondMoment):
      try check.vector("parameters", parameters, problem.count)
      try check.vector("gradients", gradients, problem.count)
      try check.vector("first moment", firstMoment, problem.count)
      try check.vector("second moment", secondMoment, problem.count)
    }
  }

  /// The case's name, for messages.
  var name: String { Mirror(reflecting: self).children.first?.label ?? "operation" }

  private func validateConvolution(_ check: OperandCheck) throws {
    switch self {
    case .convolutionForward(let problem, let input, let weights, let bias, let output):
      try check.activation("input", input, problem.input)
      try check.vector("weights", weights, problem.weightCount)
      try check.vector("bias", bias, problem.outputChannels)
      try check.activation("output", output, problem.output)
    case .convolutionBackwardData(let problem, let outputGradient, let weights, let inputGradient, _):
      try check.activation("output gradient", outputGradient, problem.output)
      try check.vector("weights", weights, problem.weightCount)
      try check.activation("input gradient", inputGradient, problem.input)
    case .convolutionBackwardWeights(let problem, let input, let outputGradient, let weights, let bias):
      try check.activation("input", input, problem.input)
      try check.activation("output gradient", outputGradient, problem.output)
      try check.vector("weights gradient", weights, problem.weightCount)
      try check.vector("bias gradient", bias, problem.outputChannels)
    default: break
    }
  }

  private func validatePooling(_ check: OperandCheck) throws {
    switch self {
    case .poolingForward(let problem, let input, let output):
      try check.activation("input", input, problem.input)
      try check.activation("output", output, problem.output)
    case .poolingBackward(let problem, let input, let outputGradient, let inputGradient, _):
      try check.activation("input", input, problem.input)
      try check.activation("output gradient", outputGradient, problem.output)
      try check.activation("input gradient", inputGradient, problem.input)
    case .globalAveragePoolForward(let shape, let activation, let vector),
      .globalAveragePoolBackward(let shape, let vector, let activation, _):
      try check.activation("feature maps", activation, shape)
      try check.vector("means", vector, shape.batch * shape.channels)
    case .shortcutForward(let problem, let input, let output),
      .shortcutBackward(let problem, let output, let input, _):
      try check.activation("input side", input, problem.input)
      try check.activation("output side", output, problem.output)
    default: break
    }
  }

  private func validateLinear(_ check: OperandCheck) throws {
    switch self {
    case .linearForward(let problem, let input, let weights, let bias, let output):
      try check.vector("input", input, problem.batch * problem.inputs)
      try check.vector("weights", weights, problem.outputs * problem.inputs)
      try check.vector("bias", bias, problem.outputs)
      try check.vector("output", output, problem.batch * problem.outputs)
    case .linearBackward(
      let problem, let input, let weights, let outputGradient, let inputGradient, let weightsGradient,
      let biasGradient):
      try check.vector("input", input, problem.batch * problem.inputs)
      try check.vector("weights", weights, problem.outputs * problem.inputs)
      try check.vector("output gradient", outputGradient, problem.batch * problem.outputs)
      try check.vector("input gradient", inputGradient, problem.batch * problem.inputs)
      try check.vector("weights gradient", weightsGradient, problem.outputs * problem.inputs)
      try check.vector("bias gradient", biasGradient, problem.outputs)
    default: break
    }
  }

  private func validateClassification(_ check: OperandCheck) throws {
    switch self {
    case .softmaxCrossEntropy(let problem, let logits, let labels, let losses, let gradient):
      try check.vector("logits", logits, problem.batch * problem.classes)
      try check.vector("labels", labels, problem.batch)
      try check.vector("losses", losses, problem.batch)
      try check.vector("logits gradient", gradient, problem.batch * problem.classes)
    case .labelRanks(let problem, let logits, let labels, let ranks):
      try check.vector("logits", logits, problem.batch * problem.classes)
      try check.vector("labels", labels, problem.batch)
      try check.vector("ranks", ranks, problem.batch)
    case .recordMetrics(let problem, let losses, let ranks, let metrics):
      try check.vector("losses", losses, problem.batch)
      try check.vector("ranks", ranks, problem.batch)
      try check.rows("metrics", metrics, words: 4)
    default: break
    }
  }
}

extension Epilogue {
  fileprivate func validate(_ operands: Operands, _ check: OperandCheck) throws {
    try check.presence("normalisation", expected: normalisation != nil, found: operands.normalisation != nil)
    try check.presence("gate", expected: gate != nil, found: operands.gate != nil)
    try check.presence("residual", expected: residual, found: operands.residual != nil)
    try check.activation("input", operands.input, shape)
    try check.activation("output", operands.output, shape)
    if let residual = operands.residual { try check.activation("residual", residual, shape) }
    if let normalisation, let tensors = operands.normalisation {
      try check.groups("groups of statistics", normalisation.groups, batch: shape.batch)
      try check.vector("mean", tensors.mean, normalisation.groups * shape.channels)
      try check.vector("variance", tensors.variance, normalisation.groups * shape.channels)
      try check.vector("scale", tensors.scale, shape.channels)
      try check.vector("shift", tensors.shift, shape.channels)
    }
    if let gate {
      try check.groups("groups of gates", gate.groups, batch: shape.batch)
      try check.vector("gate", operands.gate, gate.count(channels: shape.channels))
    }
  }

  fileprivate func validate(_ gradients: Gradients, _ check: OperandCheck) throws {
    try check.activation("output gradient", gradients.output, shape)
    try check.activation("input gradient", gradients.input, shape)
    if let residual = gradients.residual { try check.activation("residual gradient", residual, shape) }
    try check.vector("scale gradient", gradients.scale, normalisation == nil ? 0 : shape.channels)
    try check.vector("shift gradient", gradients.shift, normalisation == nil ? 0 : shape.channels)
    try check.vector("gate gradient", gradients.gate, gate?.count(channels: shape.channels) ?? 0)
  }
}
