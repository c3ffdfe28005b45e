import Devices

/// A small network forwards, layer after layer: feature maps of changing shape take turns in the arena, so each meets
/// what others left there. Its operation is called `schedule`.
struct ChainCases: OperatorProblem {
  var batch: Int
  /// Channels of the input and after each layer.
  var widths: [Int]
  var image: Int
  /// Of every convolution.
  var stride = 1

  var description: String {
    "\(batch)x\(widths.map(String.init).joined(separator: "-"))x\(image)"
      + (stride == 1 ? "" : " stride \(stride)")
  }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    var builder = CaseBuilder("schedule", from: origin)
    var shape = ActivationShape(batch: batch, channels: widths[0], height: image, width: image)
    var maps = try builder.activation("input", shape)
    for (index, width) in widths.dropFirst().enumerated() {
      (maps, shape) = try block(index, maps, shape, width: width, &builder)
    }
    let pooled = builder.vectorResult(
      "output", shape.batch * shape.channels, bound: Bound.forward, roundings: 2 * (widths.count - 1))
    builder.append(.globalAveragePoolForward(shape, input: maps, output: pooled))
    return [try builder.build()]
  }

  /// A convolution, batch norm, a shortcut around both, and a pooling after every other block.
  private func block(
    _ index: Int, _ input: Tensor, _ shape: ActivationShape, width: Int, _ builder: inout CaseBuilder
  ) throws -> (Tensor, ActivationShape) {
    let problem = try ConvolutionProblem(
      input: shape, outputChannels: width, kernel: Extent(3), stride: Extent(stride), padding: Extent(1))
    let weights = try builder.factors("weights \(index)", problem.weightCount)
    let output = problem.output
    let convolved = builder.transientActivation("convolution \(index)", output)
    builder.append(
      .convolutionForward(problem, input: input, weights: weights, bias: nil, output: convolved))

    let shortcut = try ShortcutProblem(
      input: shape, outputChannels: width, stride: stride, channelOffset: (width - shape.channels) / 2)
    let residual = builder.transientActivation("shortcut \(index)", output)
    builder.append(.shortcutForward(shortcut, input: input, output: residual))

    let added = builder.transientActivation("block \(index)", output)
    let statistics = Epilogue.NormalisationOperands(
      mean: builder.transientVector("mean \(index)", width),
      variance: builder.transientVector("variance \(index)", width),
      scale: try builder.vector("scale \(index)", width), shift: try builder.vector("shift \(index)", width))
    builder.append(
      .batchNormStatistics(
        output, groups: 1, input: convolved, mean: statistics.mean, variance: statistics.variance,
        running: nil))
    builder.append(
      .epilogueForward(
        Epilogue(
          shape: output, normalisation: Epilogue.Normalisation(), residual: true, reluAfter: true),
        Epilogue.Operands(input: convolved, normalisation: statistics, residual: residual, output: added)))
    if index.isMultiple(of: 2) { return (added, output) }

    let pooling = try PoolingProblem(
      kind: .maximum, input: output, kernel: Extent(3), stride: Extent(2), padding: Extent(1))
    let pooled = builder.transientActivation("pooling \(index)", pooling.output)
    builder.append(.poolingForward(pooling, input: added, output: pooled))
    return (pooled, pooling.output)
  }
}
