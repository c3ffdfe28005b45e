extension GPULowering {
  mutating func convolutionForward(
    _ problem: ConvolutionProblem, input: Tensor, weights: Tensor, bias: Tensor?, output: Tensor
  ) {
    let result = problem.output
    guard problem.isPointwise else {
      let operands = [argument(input), argument(weights), argument(bias, standIn: weights), argument(output)]
      multiply(
        .convolution(.forward, problem), "convolution", "convolution_forward",
        operands + [.flag(bias != nil)] + problem.arguments,
        rows: result.channels, columns: result.batch * result.height * result.width)
      return
    }
    let area = result.height * result.width
    multiply(
      GEMM(
        m: problem.outputChannels, n: area, k: problem.input.channels,
        a: GEMM.Matrix(slot: slot(weights), leadingDimension: problem.input.channels),
        b: GEMM.Matrix(
          slot: slot(input), leadingDimension: area, batchStride: problem.input.channels * area),
        c: GEMM.Matrix(
          slot: slot(output), leadingDimension: area, batchStride: problem.outputChannels * area),
        batchCount: result.batch))
    if let bias { addBias(bias, to: output, channels: result.channels, area: area) }
  }

  mutating func convolutionBackwardData(
    _ problem: ConvolutionProblem, outputGradient: Tensor, weights: Tensor, inputGradient: Tensor,
    accumulate: Bool
  ) {
    let area = problem.input.height * problem.input.width
    guard problem.isPointwise else {
      let operands = [argument(outputGradient), argument(weights), argument(inputGradient)]
      multiply(
        .convolution(.backwardData, problem), "convolution", "convolution_backward_data",
        operands + [.flag(accumulate)] + problem.arguments,
        rows: problem.input.channels, columns: problem.input.batch * area)
      return
    }
    multiply(
      GEMM(
        m: problem.input.channels, n: area, k: problem.outputChannels,
        a: GEMM.Matrix(slot: slot(weights), leadingDimension: problem.input.channels, transposed: true),
        b: GEMM.Matrix(
          slot: slot(outputGradient), leadingDimension: area, batchStride: problem.outputChannels * area),
        c: GEMM.Matrix(
          slot: slot(inputGradient), leadingDimension: area, batchStride: problem.input.channels * area),
        accumulate: accumulate, batchCount: problem.input.batch))
  }

  /// Also for 1 × 1 kernels: a matrix product per image would need as many partial sums as there are images.
  mutating func convolutionBackwardWeights(
    _ problem: ConvolutionProblem, input: Tensor, outputGradient: Tensor, weightsGradient: Tensor,
    biasGradient: Tensor?
  ) {
    let rows = problem.outputChannels
    let columns = problem.weightCount / rows
    let chunkImages = Self.weightChunkImages(problem, rows: rows, columns: columns)
    let chunks = (problem.input.batch + chunkImages - 1) / chunkImages
    let partials =
      chunks == 1
      ? slot(weightsGradient) : scratch("partial weight gradients", words: chunks * problem.weightCount)
    multiply(
      .convolution(.backwardWeights, problem), "convolution", "convolution_backward_weights",
      [argument(input), argument(outputGradient), .slot(partials), .int(chunkImages)] + problem.arguments,
      rows: rows, columns: columns, depth: chunks)
    if chunks > 1 { sumParts(partials, parts: chunks, into: weightsGradient) }
    if let biasGradient { channelSums(problem.output, of: outputGradient, into: biasGradient) }
  }

  /// Few images per chunk where the result has few tiles, so that there is work for many work-groups. Of the standard
  /// size, whichever tile computes the result: chunks decide the order of its sums.
  private static func weightChunkImages(_ problem: ConvolutionProblem, rows: Int, columns: Int) -> Int {
    let tiles = ProductTile.standard.count(rows: rows, columns: columns)
    let desiredGroups = 512
    let chunks = min(max(desiredGroups / tiles, 1), problem.input.batch)
    return (problem.input.batch + chunks - 1) / chunks
  }
}

extension ConvolutionProblem {
  /// Whether this is a matrix product per image as the images lie.
  fileprivate var isPointwise: Bool {
    kernel == Extent(1) && stride == Extent(1) && padding == Extent(0)
  }

  /// The arguments named CONVOLUTION in Kernels/gpu/convolution.cl.
  fileprivate var arguments: [Argument] {
    [
      input.batch, input.channels, input.height, input.width, output.channels, output.height, output.width,
      kernel.height, kernel.width, stride.height, stride.width, padding.height, padding.width,
      dilation.height, dilation.width,
    ].map { .int($0) }
  }
}
