extension GPULowering {
  mutating func convolutionForward(
    _ problem: ConvolutionProblem, input: Tensor, weights: Tensor, bias: Tensor?, output: Tensor
  ) {
    switch family.method(for: .convolution(.forward, problem)) {
    case .winograd(let tile):
      winogradForward(problem, by: tile, input: input, weights: weights, bias: bias, output: output)
    case .library:
      let area = problem.output.height * problem.output.width
      multiply(
        GEMM(
          m: problem.outputChannels, n: area, k: problem.input.channels,
          a: GEMM.Matrix(slot: slot(weights), leadingDimension: problem.input.channels),
          b: GEMM.Matrix(
            slot: slot(input), leadingDimension: area, batchStride: problem.input.channels * area),
          c: GEMM.Matrix(
            slot: slot(output), leadingDimension: area, batchStride: problem.outputChannels * area),
          batchCount: problem.output.batch))
      if let bias { addBias(bias, to: output, channels: problem.outputChannels, area: area) }
    case .tile(let tile):
      let parts = tile.options.parts
      let isWhole = parts == 1
      let sums = isWhole ? slot(output) : partSums(of: output, parts: parts)
      let statistics = isWhole ? statistics(of: output, problem, tile: tile) : nil
      multiply(
        tile, .convolution(.forward, problem), "convolution", "convolution_forward",
        [
          argument(input), argument(weights), argument(bias, standIn: weights), .slot(sums),
          .slot(statistics ?? slot(weights)), .flag(isWhole && bias != nil), .flag(statistics != nil),
        ], sizes: ConvolutionSizes(problem), parts: parts)
      if !isWhole { addParts(sums, parts: parts, bias: bias, into: output, accumulate: false) }
    }
  }

  mutating func convolutionBackwardData(
    _ problem: ConvolutionProblem, outputGradient: Tensor, weights: Tensor, inputGradient: Tensor,
    accumulate: Bool
  ) {
    switch family.method(for: .convolution(.backwardData, problem)) {
    case .winograd(let tile):
      winogradBackwardData(
        problem, by: tile, outputGradient: outputGradient, weights: weights, inputGradient: inputGradient,
        accumulate: accumulate)
    case .library:
      let area = problem.input.height * problem.input.width
      multiply(
        GEMM(
          m: problem.input.channels, n: area, k: problem.outputChannels,
          a: GEMM.Matrix(slot: slot(weights), leadingDimension: problem.input.channels, transposed: true),
          b: GEMM.Matrix(
            slot: slot(outputGradient), leadingDimension: area, batchStride: problem.outputChannels * area),
          c: GEMM.Matrix(
            slot: slot(inputGradient), leadingDimension: area, batchStride: problem.input.channels * area),
          accumulate: accumulate, batchCount: problem.input.batch))
    case .tile(let tile):
      let parts = tile.options.parts
      let isWhole = parts == 1
      let sums = isWhole ? slot(inputGradient) : partSums(of: inputGradient, parts: parts)
      multiply(
        tile, .convolution(.backwardData, problem), "convolution", "convolution_backward_data",
        [argument(outputGradient), argument(weights), .slot(sums), .flag(isWhole && accumulate)],
        sizes: ConvolutionSizes(problem), parts: parts)
      if !isWhole { addParts(sums, parts: parts, bias: nil, into: inputGradient, accumulate: accumulate) }
    }
  }

  /// Also for 1 × 1 kernels: a matrix product per image would need as many partial sums as there are images.
  mutating func convolutionBackwardWeights(
    _ problem: ConvolutionProblem, input: Tensor, outputGradient: Tensor, weightsGradient: Tensor,
    biasGradient: Tensor?
  ) {
    let product = ProductProblem.convolution(.backwardWeights, problem)
    switch family.method(for: product) {
    case .winograd(let tile):
      winogradBackwardWeights(
        problem, by: tile, input: input, outputGradient: outputGradient, weightsGradient: weightsGradient)
    case .tile(let tile):
      tiledBackwardWeights(
        product, by: tile, sizes: problem, input: input, outputGradient: outputGradient,
        weightsGradient: weightsGradient)
    case .library:
      preconditionFailure("the library was chosen for the gradient of weights, which it cannot compute")
    }
    if let biasGradient { channelSums(problem.output, of: outputGradient, into: biasGradient) }
  }

  private mutating func tiledBackwardWeights(
    _ product: ProductProblem, by tile: ProductTile, sizes problem: ConvolutionProblem, input: Tensor,
    outputGradient: Tensor, weightsGradient: Tensor
  ) {
    let chunkImages = product.chunkImages
    let chunks = problem.input.batch.dividedRoundingUp(by: chunkImages)
    let partials =
      chunks == 1
      ? slot(weightsGradient) : scratch("partial weight gradients", words: chunks * problem.weightCount)
    multiply(
      tile, product, "convolution", "convolution_backward_weights",
      [argument(input), argument(outputGradient), .slot(partials), .int(chunkImages)],
      sizes: ConvolutionSizes(problem), parts: chunks)
    if chunks > 1 { sumParts(partials, parts: chunks, into: weightsGradient) }
  }

  /// Memory for the sums of each part of depth.
  private mutating func partSums(of maps: Tensor, parts: Int) -> Slot {
    scratch("parts of " + name(of: maps), words: parts * count(of: maps))
  }

  /// Feature maps as the sums of parts, in order.
  private mutating func addParts(
    _ sums: Slot, parts: Int, bias: Tensor?, into maps: Tensor, accumulate: Bool
  ) {
    let shape = schedule.shape(of: maps)
    launch(
      "transfer", "sum_map_parts",
      [
        .slot(sums), argument(bias, standIn: maps), argument(maps), .int(shape.count), .int(parts),
        .int(shape.channels), .int(shape.height * shape.width), .flag(bias != nil), .flag(accumulate),
      ], count: shape.count)
  }
}
