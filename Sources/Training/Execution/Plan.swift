import Devices
import Networks

/// The buffers behind a plan's external tensors.
extension BufferName {
  static let images: BufferName = "images"
  static let labels: BufferName = "labels"
  static let parameters: BufferName = "parameters"
  static let gradients: BufferName = "gradients"
  static let momentum: BufferName = "momentum"
  static let statistics: BufferName = "statistics"
  static let metrics: BufferName = "metrics"
  static let logits: BufferName = "logits"
}

/// A network laid out as a schedule for one batch size: a training step or an evaluation.
struct Plan {
  private(set) var schedule = Schedule()
  let network: Network
  let batchSize: Int
  let table: ParameterTable
  private let shapes: [String: FeatureShape]
  private let sections: [Section]
  private let training: Bool
  /// The tensor at each node, as far as the forward pass has come.
  private var values: [String: Tensor] = [:]
  /// The gradient at each node, as far as the backward pass has come.
  private var gradients: [String: Tensor] = [:]
  /// The batch statistics of each batch-norm node.
  private var statistics: [String: Epilogue.NormalisationOperands] = [:]

  /// Rows of the metrics buffer.
  static let metricsRows = 64

  /// Forward, loss, backward and update.
  static func trainingStep(
    _ network: Network, batchSize: Int, labelSmoothing: Float, optimizer: OptimizerConfiguration
  ) throws -> Plan {
    var plan = try Plan(network, batchSize: batchSize, training: true)
    try plan.forward()
    let head = try plan.loss(labelSmoothing: labelSmoothing)
    plan.gradients[head.logits] = head.gradient
    for section in plan.sections.reversed() { try plan.backward(section) }
    let count = plan.table.parameterCount
    plan.schedule.append(
      .stochasticGradientDescent(
        SGDProblem(
          count: count, momentum: optimizer.momentum, nesterov: optimizer.nesterov,
          weightDecay: optimizer.weightDecay),
        parameters: plan.schedule.external(.parameters, "parameters", count: count),
        gradients: plan.schedule.external(.gradients, "gradients", count: count),
        momentum: plan.schedule.external(.momentum, "momentum", count: count)))
    return plan
  }

  /// Forward with running statistics, and the loss without smoothing.
  static func evaluation(_ network: Network, batchSize: Int) throws -> Plan {
    var plan = try Plan(network, batchSize: batchSize, training: false)
    try plan.forward()
    _ = try plan.loss(labelSmoothing: 0)
    return plan
  }

  private init(_ network: Network, batchSize: Int, training: Bool) throws {
    guard (1...(1 << 20)).contains(batchSize) else {
      throw OperatorError.invalidProblem("batch of \(batchSize)", "expected 1 to \(1 << 20) images")
    }
    self.network = network
    self.batchSize = batchSize
    self.training = training
    table = try ParameterTable(network)
    shapes = try network.shapes()
    sections = network.sections()
  }

  // MARK: - Forward

  private mutating func forward() throws {
    let plain = schedule.external(
      .images, "images", count: batchSize * (shapes[Network.inputName]?.count ?? 0))
    let images = schedule.activation(Network.inputName, try activationShape(Network.inputName))
    schedule.append(.importActivation(from: plain, to: images))
    values[Network.inputName] = images
    for section in sections {
      switch section {
      case .node(let node): values[node.name] = try forward(node)
      case .epilogue(let epilogue): values[epilogue.output] = try forward(epilogue)
      }
    }
  }

  private mutating func forward(_ node: Node) throws -> Tensor {
    let input = try value(node.inputs[0])
    switch node.layer {
    case .convolution(let convolution):
      let problem = try problem(convolution, node)
      let output = schedule.activation(node.name, problem.output)
      schedule.append(
        .convolutionForward(
          problem, input: input, weights: try parameter(node, "weight"),
          bias: convolution.bias ? try parameter(node, "bias") : nil, output: output))
      return output
    case .pooling(let pooling):
      let problem = try problem(pooling, node)
      let output = schedule.activation(node.name, problem.output)
      schedule.append(.poolingForward(problem, input: input, output: output))
      return output
    case .globalAveragePool:
      let shape = try activationShape(node.inputs[0])
      let output = outputVector(node, count: shape.batch * shape.channels)
      schedule.append(.globalAveragePoolForward(shape, input: input, output: output))
      return output
    case .shortcut(let shortcut):
      let problem = try problem(shortcut, node)
      let output = schedule.activation(node.name, problem.output)
      schedule.append(.shortcutForward(problem, input: input, output: output))
      return output
    case .linear(let linear):
      let problem = try problem(linear, node)
      let output = outputVector(node, count: problem.batch * problem.outputs)
      schedule.append(
        .linearForward(
          problem, input: input, weights: try parameter(node, "weight"),
          bias: linear.bias ? try parameter(node, "bias") : nil, output: output))
      return output
    case .batchNorm, .relu, .add:
      preconditionFailure("\(node.name) belongs to an epilogue")
    }
  }

  /// The network's result stays where the host can read it.
  private mutating func outputVector(_ node: Node, count: Int) -> Tensor {
    node.name == network.nodes.last?.name
      ? schedule.external(.logits, node.name, count: count) : schedule.vector(node.name, count: count)
  }

  private mutating func forward(_ section: EpilogueSection) throws -> Tensor {
    let shape = try activationShape(section.output)
    let input = try value(section.input)
    if let node = section.normalisation {
      statistics[node] = try normalisationOperands(node, shape: shape, input: input)
    }
    let operands = Epilogue.Operands(
      input: input, normalisation: section.normalisation.flatMap { statistics[$0] },
      residual: try section.residual.map(value), output: schedule.activation(section.output, shape))
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
    if training {
      operands.mean = schedule.vector("\(node).mean", count: shape.channels)
      operands.variance = schedule.vector("\(node).variance", count: shape.channels)
      schedule.append(
        .batchNormStatistics(
          shape, groups: 1, input: input, mean: operands.mean, variance: operands.variance,
          running: RunningStatistics(mean: runningMean, variance: runningVariance)))
    }
    return operands
  }

  private func epilogue(_ section: EpilogueSection, _ shape: ActivationShape) -> Epilogue {
    Epilogue(
      shape: shape,
      normalisation: section.normalisation.map { _ in .init(statisticsAreConstant: !training) },
      reluBefore: section.reluBefore, residual: section.residual != nil, reluAfter: section.reluAfter)
  }

  // MARK: - Loss

  /// Loss, ranks and the metrics row; in training also the gradient of the logits.
  private mutating func loss(labelSmoothing: Float) throws -> (logits: String, gradient: Tensor) {
    let problem = ClassificationProblem(
      batch: batchSize, classes: network.classes, labelSmoothing: labelSmoothing)
    let name = sections[sections.count - 1].output
    let logits = try value(name)
    let labels = schedule.external(.labels, "labels", count: batchSize)
    let losses = schedule.vector("losses", count: batchSize)
    let ranks = schedule.vector("ranks", count: batchSize)
    let gradient = schedule.vector("\(name).gradient", count: batchSize * network.classes)
    schedule.append(
      .softmaxCrossEntropy(
        problem, logits: logits, labels: labels, losses: losses,
        logitsGradient: training ? gradient : nil))
    schedule.append(.labelRanks(problem, logits: logits, labels: labels, ranks: ranks))
    schedule.append(
      .recordMetrics(
        problem, losses: losses, ranks: ranks,
        metrics: schedule.external(.metrics, "metrics", count: Self.metricsRows * 4)))
    return (name, gradient)
  }

  // MARK: - Backward

  private mutating func backward(_ section: Section) throws {
    guard let outputGradient = gradients[section.output] else {
      throw NetworkError.invalidLayer(node: section.output, reason: "nothing uses its output; remove it")
    }
    switch section {
    case .node(let node): try backward(node, outputGradient)
    case .epilogue(let epilogue): try backward(epilogue, outputGradient)
    }
  }

  private mutating func backward(_ node: Node, _ outputGradient: Tensor) throws {
    let source = node.inputs[0]
    let input = try value(source)
    let wantsInput = source != Network.inputName
    switch node.layer {
    case .convolution(let convolution):
      let problem = try problem(convolution, node)
      schedule.append(
        .convolutionBackwardWeights(
          problem, input: input, outputGradient: outputGradient,
          weightsGradient: try parameter(node, "weight", in: .gradients),
          biasGradient: convolution.bias ? try parameter(node, "bias", in: .gradients) : nil))
      guard wantsInput else { return }
      let (gradient, accumulate) = try activationGradient(source)
      schedule.append(
        .convolutionBackwardData(
          problem, outputGradient: outputGradient, weights: try parameter(node, "weight"),
          inputGradient: gradient, accumulate: accumulate))
    case .linear(let linear):
      let problem = try problem(linear, node)
      let gradient = wantsInput ? try vectorGradient(source, count: problem.batch * problem.inputs) : nil
      schedule.append(
        .linearBackward(
          problem, input: input, weights: try parameter(node, "weight"), outputGradient: outputGradient,
          inputGradient: gradient, weightsGradient: try parameter(node, "weight", in: .gradients),
          biasGradient: linear.bias ? try parameter(node, "bias", in: .gradients) : nil))
    case .pooling, .globalAveragePool, .shortcut:
      if wantsInput { try backwardWithoutParameters(node, input, outputGradient) }
    case .batchNorm, .relu, .add:
      preconditionFailure("\(node.name) belongs to an epilogue")
    }
  }

  private mutating func backwardWithoutParameters(
    _ node: Node, _ input: Tensor, _ outputGradient: Tensor
  ) throws {
    let (gradient, accumulate) = try activationGradient(node.inputs[0])
    switch node.layer {
    case .pooling(let pooling):
      schedule.append(
        .poolingBackward(
          try problem(pooling, node), input: input, outputGradient: outputGradient, inputGradient: gradient,
          accumulate: accumulate))
    case .shortcut(let shortcut):
      schedule.append(
        .shortcutBackward(
          try problem(shortcut, node), outputGradient: outputGradient, inputGradient: gradient,
          accumulate: accumulate))
    default:
      schedule.append(
        .globalAveragePoolBackward(
          try activationShape(node.inputs[0]), outputGradient: outputGradient, inputGradient: gradient,
          accumulate: accumulate))
    }
  }

  private mutating func backward(_ section: EpilogueSection, _ outputGradient: Tensor) throws {
    let shape = try activationShape(section.output)
    // The residual first: where both are the same tensor, the input's gradient is added to it.
    let residual = try section.residual.flatMap { name in
      name == Network.inputName ? nil : try activationGradient(name)
    }
    let input = try activationGradient(section.input)
    schedule.append(
      .epilogueBackward(
        epilogue(section, shape),
        Epilogue.Operands(
          input: try value(section.input),
          normalisation: section.normalisation.flatMap { statistics[$0] },
          residual: try section.residual.map(value), output: try value(section.output)),
        Epilogue.Gradients(
          output: outputGradient, input: input.tensor, accumulateInput: input.accumulate,
          scale: try section.normalisation.map { try parameter($0, "weight", in: .gradients) },
          shift: try section.normalisation.map { try parameter($0, "bias", in: .gradients) },
          residual: residual?.tensor, accumulateResidual: residual?.accumulate ?? false)))
  }

  /// The gradient at a node, and whether an earlier consumer has already written to it.
  private mutating func activationGradient(_ name: String) throws -> (tensor: Tensor, accumulate: Bool) {
    if let gradient = gradients[name] { return (gradient, true) }
    let gradient = schedule.activation("\(name).gradient", try activationShape(name))
    gradients[name] = gradient
    return (gradient, false)
  }

  private mutating func vectorGradient(_ name: String, count: Int) throws -> Tensor {
    guard gradients[name] == nil else {
      throw NetworkError.invalidLayer(node: name, reason: "a vector may have one consumer only")
    }
    let gradient = schedule.vector("\(name).gradient", count: count)
    gradients[name] = gradient
    return gradient
  }

  // MARK: - Lookup

  private func value(_ name: String) throws -> Tensor {
    guard let tensor = values[name] else { throw NetworkError.unknownInput(node: network.name, input: name) }
    return tensor
  }

  private func activationShape(_ name: String) throws -> ActivationShape {
    guard case .maps(let maps) = shapes[name] else {
      throw OperatorError.unsupported(operation: "'\(name)' on a vector", device: "a plan")
    }
    return ActivationShape(
      batch: batchSize, channels: maps.channels, height: maps.height, width: maps.width)
  }

  private mutating func parameter(
    _ node: Node, _ suffix: String, in buffer: BufferName = .parameters
  ) throws -> Tensor {
    try parameter(node.name, suffix, in: buffer)
  }

  private mutating func parameter(
    _ node: String, _ suffix: String, in buffer: BufferName = .parameters
  ) throws -> Tensor {
    try external("\(node).\(suffix)", in: buffer)
  }

  private mutating func statistic(_ node: String, _ suffix: String) throws -> Tensor {
    try external("\(node).\(suffix)", in: .statistics)
  }

  private mutating func external(_ name: String, in buffer: BufferName) throws -> Tensor {
    guard let entry = table[name] else { throw NetworkError.unknownInput(node: network.name, input: name) }
    let key = ExternalKey(name: name, buffer: buffer)
    if let tensor = externals[key] { return tensor }
    let tensor = schedule.external(buffer, "\(buffer) \(name)", offset: entry.offset, count: entry.count)
    externals[key] = tensor
    return tensor
  }

  private struct ExternalKey: Hashable {
    var name: String
    var buffer: BufferName
  }

  private var externals: [ExternalKey: Tensor] = [:]
}

// MARK: - Problems

extension Plan {
  fileprivate func problem(_ convolution: Layer.Convolution, _ node: Node) throws -> ConvolutionProblem {
    guard convolution.groups == 1 else {
      throw OperatorError.unsupported(
        operation: "'\(node.name)' with \(convolution.groups) groups", device: "a plan")
    }
    return try ConvolutionProblem(
      input: activationShape(node.inputs[0]), outputChannels: convolution.outputs,
      kernel: Extent(height: convolution.kernel[0], width: convolution.kernel[1]),
      stride: Extent(height: convolution.stride[0], width: convolution.stride[1]),
      padding: Extent(height: convolution.padding[0], width: convolution.padding[1]),
      dilation: Extent(height: convolution.dilation[0], width: convolution.dilation[1]))
  }

  fileprivate func problem(_ pooling: Layer.Pooling, _ node: Node) throws -> PoolingProblem {
    try PoolingProblem(
      kind: pooling.kind == .maximum ? .maximum : .average, input: activationShape(node.inputs[0]),
      kernel: Extent(pooling.kernel), stride: Extent(pooling.stride), padding: Extent(pooling.padding))
  }

  fileprivate func problem(_ shortcut: Layer.Shortcut, _ node: Node) throws -> ShortcutProblem {
    let input = try activationShape(node.inputs[0])
    return try ShortcutProblem(
      input: input, outputChannels: shortcut.outputs, stride: shortcut.stride,
      channelOffset: shortcut.channelOffset(inputs: input.channels))
  }

  fileprivate func problem(_ linear: Layer.Linear, _ node: Node) throws -> LinearProblem {
    guard case .vector(let inputs) = shapes[node.inputs[0]] else {
      throw NetworkError.wrongInput(node: node.name, expected: "a vector", found: "feature maps")
    }
    return LinearProblem(batch: batchSize, inputs: inputs, outputs: linear.outputs)
  }
}
