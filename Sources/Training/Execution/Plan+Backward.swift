import Devices
import Networks

// The backward pass.

extension Plan {
  mutating func backward() throws {
    // What nobody reads has no part in the loss: the gradients of its parameters stay zero.
    for section in sections.reversed() where gradients[section.output] != nil {
      switch section {
      case .node(let node): try backward(node)
      case .epilogue(let epilogue): try backward(epilogue)
      }
    }
  }

  private mutating func backward(_ node: Node) throws {
    switch node.layer {
    case .convolution(let convolution): try backward(convolution, node)
    case .linear(let linear): try backward(linear, node)
    case .pooling, .globalAveragePool, .flatten, .shortcut:
      if wantsGradient(node.inputs[0]) { try backwardWithoutParameters(node) }
    case .concatenate, .scaleChannels: throw node.unsupported
    case .batchNorm, .relu, .add, .gate:
      preconditionFailure("\(node.name) belongs to an epilogue")
    }
  }

  /// Nobody asks for the gradient of the images.
  private func wantsGradient(_ source: String) -> Bool { source != Network.inputName }

  private mutating func backward(_ convolution: Layer.Convolution, _ node: Node) throws {
    let source = node.inputs[0]
    let problem = try problem(convolution, node)
    let outputGradient = try outputMapsGradient(node.name)
    schedule.append(
      .convolutionBackwardWeights(
        problem, input: try maps(source), outputGradient: outputGradient,
        weightsGradient: try parameter(node.name, "weight", in: .gradients),
        biasGradient: convolution.bias ? try parameter(node.name, "bias", in: .gradients) : nil))
    guard wantsGradient(source) else { return }
    let (gradient, accumulate) = try mapsGradient(source)
    schedule.append(
      .convolutionBackwardData(
        problem, outputGradient: outputGradient, weights: try parameter(node.name, "weight"),
        inputGradient: gradient, accumulate: accumulate))
  }

  private mutating func backward(_ linear: Layer.Linear, _ node: Node) throws {
    let source = node.inputs[0]
    let problem = try problem(linear, node)
    let outputGradient = try outputVectorGradient(node.name)
    schedule.append(
      .linearBackward(
        problem, input: try vector(source), weights: try parameter(node.name, "weight"),
        outputGradient: outputGradient,
        inputGradient: wantsGradient(source) ? try vectorGradient(source) : nil,
        weightsGradient: try parameter(node.name, "weight", in: .gradients),
        biasGradient: linear.bias ? try parameter(node.name, "bias", in: .gradients) : nil))
  }

  private mutating func backwardWithoutParameters(_ node: Node) throws {
    let source = node.inputs[0]
    switch node.layer {
    case .pooling(let pooling):
      let outputGradient = try outputMapsGradient(node.name)
      let (gradient, accumulate) = try mapsGradient(source)
      schedule.append(
        .poolingBackward(
          try problem(pooling, node), input: try maps(source), outputGradient: outputGradient,
          inputGradient: gradient, accumulate: accumulate))
    case .shortcut(let shortcut):
      let outputGradient = try outputMapsGradient(node.name)
      let (gradient, accumulate) = try mapsGradient(source)
      schedule.append(
        .shortcutBackward(
          try problem(shortcut, node), outputGradient: outputGradient, inputGradient: gradient,
          accumulate: accumulate))
    case .globalAveragePool:
      let outputGradient = try outputVectorGradient(node.name)
      let (gradient, accumulate) = try mapsGradient(source)
      schedule.append(
        .globalAveragePoolBackward(
          try activationShape(source), outputGradient: outputGradient, inputGradient: gradient,
          accumulate: accumulate))
    default:
      // Flattening: the same numbers in the same order.
      gradients[source, default: NodeGradient()].vectors.append(try outputVectorGradient(node.name))
    }
  }

  private mutating func backward(_ section: EpilogueSection) throws {
    let shape = try activationShape(section.output)
    let outputGradient = try outputMapsGradient(section.output)
    // The residual first: where both are the same tensor, the input's gradient is added to it.
    let residual = try section.residual.flatMap { name in
      wantsGradient(name) ? try mapsGradient(name) : nil
    }
    let input = try mapsGradient(section.input)
    schedule.append(
      .epilogueBackward(
        epilogue(section, shape),
        Epilogue.Operands(
          input: try maps(section.input),
          normalisation: section.normalisation.flatMap { statistics[$0] },
          gate: try section.gate.map { try gate($0) }, residual: try section.residual.map { try maps($0) },
          output: try maps(section.output)),
        Epilogue.Gradients(
          output: outputGradient, input: input.tensor, accumulateInput: input.accumulate,
          scale: try section.normalisation.map { try parameter($0, "weight", in: .gradients) },
          shift: try section.normalisation.map { try parameter($0, "bias", in: .gradients) },
          gate: stochasticGates == nil ? nil : try section.gate.map { try gate($0, gradient: true) },
          residual: residual?.tensor, accumulateResidual: residual?.accumulate ?? false)))
  }
}
