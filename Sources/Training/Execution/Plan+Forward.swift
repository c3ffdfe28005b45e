import Devices
import Networks

// The forward pass and the loss.

extension Plan {
  mutating func forward() throws {
    let plain = schedule.external(
      .images, "images", count: batchSize * (shapes[Network.inputName]?.count ?? 0))
    values[Network.inputName] = plain
    var remaining = hashing.nodes.count
    if try hash(Network.inputName) { remaining -= 1 }
    for section in sections {
      let name: String
      switch section {
      case .node(let node): (name, values[node.name]) = (node.name, try forward(node))
      case .epilogue(let epilogue):
        (name, values[epilogue.output]) = (epilogue.output, try forward(epilogue))
      }
      guard try hash(name) else { continue }
      // What comes after the last of them is of no interest.
      remaining -= 1
      if remaining == 0 { return }
    }
  }

  private mutating func forward(_ node: Node) throws -> Tensor {
    let source = node.inputs[0]
    switch node.layer {
    case .convolution(let convolution):
      let problem = try problem(convolution, node)
      let input = try maps(source)
      let output = schedule.activation(node.name, problem.output)
      schedule.append(
        .convolutionForward(
          problem, input: input, weights: try parameter(node.name, "weight"),
          bias: convolution.bias ? try parameter(node.name, "bias") : nil, output: output))
      return output
    case .pooling(let pooling):
      let problem = try problem(pooling, node)
      let input = try maps(source)
      let output = schedule.activation(node.name, problem.output)
      schedule.append(.poolingForward(problem, input: input, output: output))
      return output
    case .globalAveragePool:
      let shape = try activationShape(source)
      let input = try maps(source)
      let output = outputVector(node.name, count: shape.batch * shape.channels)
      schedule.append(.globalAveragePoolForward(shape, input: input, output: output))
      return output
    case .flatten: return try vector(source)
    case .shortcut(let shortcut):
      let problem = try problem(shortcut, node)
      let input = try maps(source)
      let output = schedule.activation(node.name, problem.output)
      schedule.append(.shortcutForward(problem, input: input, output: output))
      return output
    case .linear(let linear):
      let problem = try problem(linear, node)
      let input = try vector(source)
      let output = outputVector(node.name, count: problem.batch * problem.outputs)
      schedule.append(
        .linearForward(
          problem, input: input, weights: try parameter(node.name, "weight"),
          bias: linear.bias ? try parameter(node.name, "bias") : nil, output: output))
      return output
    case .concatenate, .scaleChannels: throw node.unsupported
    case .batchNorm, .relu, .add, .gate:
      preconditionFailure("\(node.name) belongs to an epilogue")
    }
  }

  /// The network's result stays where the host can read it.
  private mutating func outputVector(_ name: String, count: Int) -> Tensor {
    name == network.nodes.last?.name
      ? schedule.external(.logits, name, count: count) : schedule.vector(name, count: count)
  }

  private mutating func forward(_ section: EpilogueSection) throws -> Tensor {
    let shape = try activationShape(section.output)
    let input = try maps(section.input)
    if let node = section.normalisation {
      statistics[node] = try normalisationOperands(node, shape: shape, input: input)
    }
    let operands = Epilogue.Operands(
      input: input, normalisation: section.normalisation.flatMap { statistics[$0] },
      gate: try section.gate.map { try gate($0) }, residual: try section.residual.map { try maps($0) },
      output: schedule.activation(section.output, shape))
    schedule.append(.epilogueForward(epilogue(section, shape), operands))
    return operands.output
  }

  /// Batch statistics in training, running statistics in evaluation.
  private mutating func normalisationOperands(
    _ node: String, shape: ActivationShape, input: Tensor
  ) throws -> Epilogue.NormalisationOperands {
    let runningMean = try statistic(node, "running_mean")
    let runningVariance = try statistic(node, "running_var")
    var operands = Epilogue.NormalisationOperands(
      mean: runningMean, variance: runningVariance, scale: try parameter(node, "weight"),
      shift: try parameter(node, "bias"))
    if case .batch(let updatesRunning) = normalisation {
      operands.mean = schedule.vector("\(node).mean", count: statisticsGroups * shape.channels)
      operands.variance = schedule.vector("\(node).variance", count: statisticsGroups * shape.channels)
      schedule.append(
        .batchNormStatistics(
          shape, groups: statisticsGroups, input: input, mean: operands.mean, variance: operands.variance,
          running: updatesRunning ? RunningStatistics(mean: runningMean, variance: runningVariance) : nil))
    }
    return operands
  }

  /// Parts of the batch with statistics of their own.
  private var statisticsGroups: Int {
    guard let stochasticGates, stochasticGates.hasOwnStatistics, normalisation.usesBatch else { return 1 }
    return stochasticGates.rows
  }

  func epilogue(_ section: EpilogueSection, _ shape: ActivationShape) -> Epilogue {
    Epilogue(
      shape: shape,
      normalisation: section.normalisation.map { _ in
        .init(groups: statisticsGroups, statisticsAreConstant: !normalisation.usesBatch)
      },
      reluBefore: section.reluBefore,
      gate: section.gate.map { _ in .init(groups: stochasticGates?.rows ?? 1, perBranch: false) },
      residual: section.residual != nil,
      residualIsNonnegative: section.residual.map(nonnegativeValues.contains) ?? false,
      reluAfter: section.reluAfter)
  }

  /// Losses, ranks and the metrics row, and the gradient of the logits if it is wanted.
  mutating func loss(
    labelSmoothing: Float, hasGradient: Bool
  ) throws -> (logits: String, gradient: Tensor?) {
    let problem = ClassificationProblem(
      batch: batchSize, classes: network.classes, labelSmoothing: labelSmoothing)
    let name = sections[sections.count - 1].output
    let logits = try logits(name)
    let labels = schedule.external(.labels, "labels", count: batchSize)
    let losses = schedule.external(.losses, "losses", count: batchSize)
    let ranks = schedule.vector("ranks", count: batchSize)
    let gradient =
      hasGradient ? schedule.vector("\(name).gradient", count: batchSize * network.classes) : nil
    schedule.append(
      .softmaxCrossEntropy(
        problem, logits: logits, labels: labels, losses: losses,
        logitsGradient: gradient))
    schedule.append(.labelRanks(problem, logits: logits, labels: labels, ranks: ranks))
    schedule.append(
      .recordMetrics(
        problem, losses: losses, ranks: ranks,
        metrics: schedule.external(.metrics, "metrics", count: Self.metricsRows * 4)))
    return (name, gradient)
  }

  /// The last node's values where the host can read them.
  private mutating func logits(_ name: String) throws -> Tensor {
    let value = try value(name)
    guard case .external(.logits, _) = schedule[value].origin else {
      let logits = schedule.external(.logits, name, count: batchSize * network.classes)
      schedule.append(.exportActivation(from: try maps(name), to: logits))
      return logits
    }
    return value
  }
}
