import Devices

/// A padded convolution of what another operator wrote: wherever a device keeps zeros around its feature maps or behind
/// their last channel, every producer has to put them there. Its operation is called `schedule`.
struct HaloCases: OperatorProblem {
  enum Producer: String, CaseIterable {
    case convolutionForward
    case convolutionBackwardData
    case epilogueForward
    case epilogueBackward
    case epilogueBackwardResidual
    case poolingForward
    case poolingBackward
    case globalAveragePoolBackward
    case shortcutForward
    case shortcutBackward
  }

  var producer: Producer
  /// Of what the producer writes.
  var shape: ActivationShape

  var description: String { "\(producer.rawValue) then convolution of \(shape)" }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    var builder = CaseBuilder("schedule", from: origin)
    let maps = try produce(&builder)
    let problem = try ConvolutionProblem(
      input: shape, outputChannels: 5, kernel: Extent(height: 3, width: 5), stride: Extent(1),
      padding: Extent(2))
    let weights = try builder.factors("weights", problem.weightCount)
    let output = try builder.activationResult(
      "output", problem.output, bound: Bound.backward, roundings: 2)
    builder.append(.convolutionForward(problem, input: maps, weights: weights, bias: nil, output: output))
    return [try builder.build()]
  }

  private func produce(_ builder: inout CaseBuilder) throws -> Tensor {
    let maps = builder.transientActivation("maps", shape)
    switch producer {
    case .convolutionForward, .convolutionBackwardData: try convolve(to: maps, &builder)
    case .epilogueForward, .epilogueBackward, .epilogueBackwardResidual: try finish(to: maps, &builder)
    case .poolingForward, .poolingBackward, .globalAveragePoolBackward: try pool(to: maps, &builder)
    case .shortcutForward, .shortcutBackward: try shorten(to: maps, &builder)
    }
    return maps
  }

  private func convolve(to maps: Tensor, _ builder: inout CaseBuilder) throws {
    let problem = try ConvolutionProblem(
      input: shape, outputChannels: shape.channels, kernel: Extent(3), padding: Extent(1))
    let from = try builder.activation("input", shape)
    let weights = try builder.factors("first weights", problem.weightCount)
    builder.append(
      producer == .convolutionForward
        ? .convolutionForward(problem, input: from, weights: weights, bias: nil, output: maps)
        : .convolutionBackwardData(
          problem, outputGradient: from, weights: weights, inputGradient: maps, accumulate: false))
  }

  private func finish(to maps: Tensor, _ builder: inout CaseBuilder) throws {
    let epilogue = Epilogue(shape: shape, residual: true, reluAfter: true)
    let operands = Epilogue.Operands(
      input: try builder.activation("input", shape), residual: try builder.activation("residual", shape),
      output: producer == .epilogueForward ? maps : builder.transientActivation("sum", shape))
    builder.append(.epilogueForward(epilogue, operands))
    if producer == .epilogueForward { return }
    let other = builder.transientActivation("other gradient", shape)
    let isInput = producer == .epilogueBackward
    builder.append(
      .epilogueBackward(
        epilogue, operands,
        Epilogue.Gradients(
          output: try builder.activation("outputGradient", shape), input: isInput ? maps : other,
          residual: isInput ? other : maps)))
  }

  private func pool(to maps: Tensor, _ builder: inout CaseBuilder) throws {
    if producer == .globalAveragePoolBackward {
      let means = try builder.vector("outputGradient", shape.batch * shape.channels)
      builder.append(
        .globalAveragePoolBackward(shape, outputGradient: means, inputGradient: maps, accumulate: false))
      return
    }
    let input = try builder.activation("input", shape)
    let problem = try PoolingProblem(
      kind: .maximum, input: shape, kernel: Extent(3), stride: Extent(1), padding: Extent(1))
    if producer == .poolingForward {
      builder.append(.poolingForward(problem, input: input, output: maps))
    } else {
      let gradient = try builder.activation("outputGradient", problem.output)
      builder.append(
        .poolingBackward(
          problem, input: input, outputGradient: gradient, inputGradient: maps, accumulate: false))
    }
  }

  /// Half of the pixels, some of the channels in reverse; a convolution of what the shortcut reads gives that a halo too.
  private func shorten(to maps: Tensor, _ builder: inout CaseBuilder) throws {
    let isForward = producer == .shortcutForward
    let more = shape.channels + 2
    let larger = ActivationShape(
      batch: shape.batch, channels: more, height: 2 * shape.height - 1, width: 2 * shape.width)
    let problem = try ShortcutProblem(
      input: isForward ? larger : shape, stride: 2,
      channels: (0..<(isForward ? shape.channels : more)).map { channel in
        let source = (isForward ? more : shape.channels) - 1 - channel
        return channel % 3 == 1 ? -1 : max(source, -1)
      })
    let other = isForward ? problem.input : problem.output
    let from = try builder.activation("input", other)
    builder.append(
      isForward
        ? .shortcutForward(problem, input: from, output: maps)
        : .shortcutBackward(problem, outputGradient: from, inputGradient: maps, accumulate: false))
    let reader = try ConvolutionProblem(
      input: other, outputChannels: 1, kernel: Extent(3), padding: Extent(1))
    builder.append(
      .convolutionForward(
        reader, input: from, weights: try builder.factors("other weights", reader.weightCount), bias: nil,
        output: try builder.activationResult("other output", reader.output, bound: Bound.backward)))
  }
}
