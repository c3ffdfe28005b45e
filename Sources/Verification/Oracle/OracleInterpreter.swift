import Devices

/// Fetches an operation's operands, calls the oracle's function of the same name, and stores what it returns.
struct OracleInterpreter {
  var memory: OracleMemory
  let scalars: Oracle.Scalars
  private(set) var nearestKink = Double.infinity

  init(memory: OracleMemory, scalars: Oracle.Scalars) {
    self.memory = memory
    self.scalars = scalars
  }

  mutating func run(_ operation: Operation) throws(OracleError) {
    switch operation {
    case .importActivation(let from, let to), .exportActivation(let from, let to):
      try memory.write(memory.read(from), to: to)
    case .convolutionForward, .convolutionBackwardData, .convolutionBackwardWeights:
      try runConvolution(operation)
    case .batchNormStatistics, .epilogueForward, .epilogueBackward: try runEpilogue(operation)
    case .poolingForward, .poolingBackward, .globalAveragePoolForward, .globalAveragePoolBackward,
      .shortcutForward, .shortcutBackward:
      try runResampling(operation)
    case .linearForward, .linearBackward: try runLinear(operation)
    case .softmaxCrossEntropy, .labelRanks, .recordMetrics: try runClassification(operation)
    case .activationHash: throw .onBits(operation: "activationHash")
    case .stochasticGradientDescent(let problem, let parameters, let gradients, let momentum):
      let state = Oracle.stochasticGradientDescent(
        problem, learningRate: scalars.learningRate,
        parameters: try memory.read(parameters, count: problem.count),
        gradients: try memory.read(gradients, count: problem.count),
        momentum: try memory.read(momentum, count: problem.count))
      try memory.write(state.parameters, to: parameters)
      try memory.write(state.momentum, to: momentum)
    case .adam(let problem, let parameters, let gradients, let firstMoment, let secondMoment):
      guard let correction = scalars.correction else {
        throw .missingOperand(operation: "adam", operand: "a correction")
      }
      let state = Oracle.adam(
        problem, learningRate: scalars.learningRate, correction: correction,
        parameters: try memory.read(parameters, count: problem.count),
        gradients: try memory.read(gradients, count: problem.count),
        firstMoment: try memory.read(firstMoment, count: problem.count),
        secondMoment: try memory.read(secondMoment, count: problem.count))
      try memory.write(state.parameters, to: parameters)
      try memory.write(state.firstMoment, to: firstMoment)
      try memory.write(state.secondMoment, to: secondMoment)
    }
  }

  private mutating func runConvolution(_ operation: Operation) throws(OracleError) {
    switch operation {
    case .convolutionForward(let problem, let input, let weights, let bias, let output):
      let result = Oracle.convolutionForward(
        problem, input: try memory.read(input, count: problem.input.count),
        weights: try memory.read(weights, count: problem.weightCount),
        bias: try memory.readIfPresent(bias, count: problem.outputChannels))
      try memory.write(result, to: output)
    case .convolutionBackwardData(
      let problem, let outputGradient, let weights, let inputGradient, let accumulate):
      let result = Oracle.convolutionBackwardData(
        problem, outputGradient: try memory.read(outputGradient, count: problem.output.count),
        weights: try memory.read(weights, count: problem.weightCount))
      try memory.write(result, to: inputGradient, accumulate: accumulate)
    case .convolutionBackwardWeights(
      let problem, let input, let outputGradient, let weightsGradient, let biasGradient):
      let result = Oracle.convolutionBackwardWeights(
        problem, input: try memory.read(input, count: problem.input.count),
        outputGradient: try memory.read(outputGradient, count: problem.output.count))
      try memory.write(result.weights, to: weightsGradient)
      if let biasGradient { try memory.write(result.bias, to: biasGradient) }
    default: break
    }
  }

  private mutating func runEpilogue(_ operation: Operation) throws(OracleError) {
    switch operation {
    case .batchNormStatistics(let shape, let groups, let input, let mean, let variance, let running):
      let statistics = Oracle.batchNormStatistics(
        shape, groups: groups, input: try memory.read(input, count: shape.count))
      try memory.write(statistics.mean, to: mean)
      try memory.write(statistics.variance, to: variance)
      guard let running else { return }
      let updated = Oracle.runningStatistics(
        shape, groups: groups, momentum: running.momentum, batch: statistics,
        running: Oracle.Statistics(
          mean: try memory.read(running.mean, count: shape.channels),
          variance: try memory.read(running.variance, count: shape.channels)))
      try memory.write(updated.mean, to: running.mean)
      try memory.write(updated.variance, to: running.variance)
    case .epilogueForward(let epilogue, let operands):
      let result = Oracle.epilogueForward(epilogue, try read(epilogue, operands))
      try memory.write(result, to: operands.output)
    case .epilogueBackward(let epilogue, let operands, let gradients):
      let result = Oracle.epilogueBackward(
        epilogue, try read(epilogue, operands),
        outputGradient: try memory.read(gradients.output, count: epilogue.shape.count))
      nearestKink = min(nearestKink, result.nearestKink)
      // The residual first: where both are one tensor, the input's gradient is added to it.
      if let residual = gradients.residual {
        try memory.write(result.residual, to: residual, accumulate: gradients.accumulateResidual)
      }
      try memory.write(result.input, to: gradients.input, accumulate: gradients.accumulateInput)
      if let scale = gradients.scale { try memory.write(result.scale, to: scale) }
      if let shift = gradients.shift { try memory.write(result.shift, to: shift) }
      if let gate = gradients.gate { try memory.write(result.gate, to: gate) }
    default: break
    }
  }

  private func read(
    _ epilogue: Epilogue, _ operands: Epilogue.Operands
  ) throws(OracleError) -> Oracle.EpilogueOperands {
    let channels = epilogue.shape.channels
    var values = Oracle.EpilogueOperands(
      input: try memory.read(operands.input, count: epilogue.shape.count))
    if let normalisation = epilogue.normalisation {
      let operands = try require(operands.normalisation, "statistics, scale and shift")
      values.normalisation = Oracle.NormalisationOperands(
        mean: try memory.read(operands.mean, count: normalisation.groups * channels),
        variance: try memory.read(operands.variance, count: normalisation.groups * channels),
        scale: try memory.read(operands.scale, count: channels),
        shift: try memory.read(operands.shift, count: channels))
    }
    if let gate = epilogue.gate {
      let tensor = try require(operands.gate, "a gate")
      values.gate = try memory.read(tensor, count: gate.count(channels: channels))
    }
    if epilogue.residual {
      let tensor = try require(operands.residual, "a residual")
      values.residual = try memory.read(tensor, count: epilogue.shape.count)
    }
    return values
  }

  private func require<Operand>(_ operand: Operand?, _ name: String) throws(OracleError) -> Operand {
    guard let operand else { throw .missingOperand(operation: "epilogue", operand: name) }
    return operand
  }

  private mutating func runResampling(_ operation: Operation) throws(OracleError) {
    switch operation {
    case .poolingForward(let problem, let input, let output):
      let result = Oracle.poolingForward(
        problem, input: try memory.read(input, count: problem.input.count))
      try memory.write(result, to: output)
    case .poolingBackward(let problem, let input, let outputGradient, let inputGradient, let accumulate):
      let result = Oracle.poolingBackward(
        problem, input: try memory.read(input, count: problem.input.count),
        outputGradient: try memory.read(outputGradient, count: problem.output.count))
      try memory.write(result, to: inputGradient, accumulate: accumulate)
    case .globalAveragePoolForward(let shape, let input, let output):
      let result = Oracle.globalAveragePoolForward(
        shape, input: try memory.read(input, count: shape.count))
      try memory.write(result, to: output)
    case .globalAveragePoolBackward(let shape, let outputGradient, let inputGradient, let accumulate):
      let result = Oracle.globalAveragePoolBackward(
        shape, outputGradient: try memory.read(outputGradient, count: shape.batch * shape.channels))
      try memory.write(result, to: inputGradient, accumulate: accumulate)
    case .shortcutForward(let problem, let input, let output):
      let result = Oracle.shortcutForward(
        problem, input: try memory.read(input, count: problem.input.count))
      try memory.write(result, to: output)
    case .shortcutBackward(let problem, let outputGradient, let inputGradient, let accumulate):
      let result = Oracle.shortcutBackward(
        problem, outputGradient: try memory.read(outputGradient, count: problem.output.count))
      try memory.write(result, to: inputGradient, accumulate: accumulate)
    default: break
    }
  }

  private mutating func runLinear(_ operation: Operation) throws(OracleError) {
    switch operation {
    case .linearForward(let problem, let input, let weights, let bias, let output):
      let result = Oracle.linearForward(
        problem, input: try memory.read(input, count: problem.batch * problem.inputs),
        weights: try memory.read(weights, count: problem.outputs * problem.inputs),
        bias: try memory.readIfPresent(bias, count: problem.outputs))
      try memory.write(result, to: output)
    case .linearBackward(
      let problem, let input, let weights, let outputGradient, let inputGradient, let weightsGradient,
      let biasGradient):
      let result = Oracle.linearBackward(
        problem, input: try memory.read(input, count: problem.batch * problem.inputs),
        weights: try memory.read(weights, count: problem.outputs * problem.inputs),
        outputGradient: try memory.read(outputGradient, count: problem.batch * problem.outputs))
      if let inputGradient { try memory.write(result.input, to: inputGradient) }
      try memory.write(result.weights, to: weightsGradient)
      if let biasGradient { try memory.write(result.bias, to: biasGradient) }
    default: break
    }
  }

  private mutating func runClassification(_ operation: Operation) throws(OracleError) {
    switch operation {
    case .softmaxCrossEntropy(let problem, let logits, let labels, let losses, let gradient):
      let result = Oracle.softmaxCrossEntropy(
        problem, logits: try memory.read(logits, count: problem.batch * problem.classes),
        labels: try memory.read(labels, count: problem.batch))
      try memory.write(result.losses, to: losses)
      if let gradient { try memory.write(result.logitsGradient, to: gradient) }
    case .labelRanks(let problem, let logits, let labels, let ranks):
      let result = Oracle.labelRanks(
        problem, logits: try memory.read(logits, count: problem.batch * problem.classes),
        labels: try memory.read(labels, count: problem.batch))
      try memory.write(result, to: ranks)
    case .recordMetrics(let problem, let losses, let ranks, let metrics):
      let result = Oracle.recordMetrics(
        row: Int(scalars.metricsRow), losses: try memory.read(losses, count: problem.batch),
        ranks: try memory.read(ranks, count: problem.batch), metrics: try memory.read(metrics))
      try memory.write(result, to: metrics)
    default: break
    }
  }
}
