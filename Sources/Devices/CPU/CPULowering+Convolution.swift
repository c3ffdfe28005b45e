extension CPULowering {
  mutating func lowerConvolution(_ operation: Operation) {
    switch operation {
    case .convolutionForward(let problem, let input, let weights, let bias, let output):
      forward(problem, input, weights, bias, output)
    case .convolutionBackwardData(
      let problem, let outputGradient, let weights, let inputGradient, let accumulate):
      backwardData(problem, outputGradient, weights, inputGradient, accumulate)
    case .convolutionBackwardWeights(
      let problem, let input, let outputGradient, let weightsGradient, let biasGradient):
      backwardWeights(problem, input, outputGradient, weightsGradient)
      if let biasGradient { reduceBias(outputGradient, biasGradient) }
    default: break
    }
  }

  private mutating func forward(
    _ problem: ConvolutionProblem, _ input: Tensor, _ weights: Tensor, _ bias: Tensor?, _ output: Tensor
  ) {
    let target = layout(of: output)
    let extent = Extent(height: target.shape.height, width: target.shape.width)
    let work = ConvolutionWork(
      source: layout(of: input), target: target, extents: .init(largest: extent, smallest: extent),
      taps: problem.kernel.height * problem.kernel.width, tiles: instructionSet.tiles)
    let name =
      switch problem.stride.width {
      case 1: "convolution_forward_stride_1"
      case 2: "convolution_forward_stride_2"
      default: "convolution_forward"
      }
    let partials = work.coversPlanes ? statisticsPartials(for: output) : nil
    program.launch(
      kernel("convolution", name),
      [
        argument(input), packed(weights, of: problem, backward: false), argument(bias ?? weights),
        argument(output), partials.map { .slot($0) } ?? argument(output), .int(bias == nil ? 0 : 1),
        .int(partials == nil ? 0 : 1),
      ] + geometry(problem, input: input, output: output) + share(work, batch: target.shape.batch),
      global: work.grid)
  }

  private mutating func backwardData(
    _ problem: ConvolutionProblem, _ outputGradient: Tensor, _ weights: Tensor, _ inputGradient: Tensor,
    _ accumulate: Bool
  ) {
    let target = layout(of: inputGradient)
    // Pixels of one phase of the stride are computed together.
    let extents = ConvolutionWork.Extents(
      largest: Extent(
        height: target.shape.height.dividedRoundingUp(by: problem.stride.height),
        width: target.shape.width.dividedRoundingUp(by: problem.stride.width)),
      smallest: Extent(
        height: max(1, target.shape.height / problem.stride.height),
        width: max(1, target.shape.width / problem.stride.width)))
    let work = ConvolutionWork(
      source: layout(of: outputGradient), target: target, extents: extents,
      taps: problem.kernel.height * problem.kernel.width, tiles: instructionSet.tiles)
    program.launch(
      kernel("convolution", "convolution_backward_data"),
      [
        argument(outputGradient), packed(weights, of: problem, backward: true), argument(inputGradient),
        .int(accumulate ? 1 : 0),
      ] + geometry(problem, input: inputGradient, output: outputGradient)
        + share(work, batch: target.shape.batch),
      global: work.grid)
  }

  /// An item's share, in the kernels' order.
  private func share(_ work: ConvolutionWork, batch: Int) -> [Argument] {
    [batch, work.rows, work.images, work.blocks, work.blocksLast ? 1 : 0, work.tile.code].map(Argument.int)
  }

  private mutating func packed(
    _ weights: Tensor, of problem: ConvolutionProblem, backward: Bool
  ) -> Argument {
    let inBlocks = problem.input.channels.dividedRoundingUp(by: BlockedLayout.lanes)
    let outBlocks = problem.outputChannels.dividedRoundingUp(by: BlockedLayout.lanes)
    let taps = problem.kernel.height * problem.kernel.width
    return packed(
      weights, form: backward ? .backward : .forward,
      words: inBlocks * outBlocks * taps * BlockedLayout.lanes * BlockedLayout.lanes / precision.valuesPerWord
    ) { lowering, slot in
      lowering.program.launch(
        lowering.kernel("convolution_weights", backward ? "pack_backward" : "pack_forward"),
        [
          lowering.argument(weights), .slot(slot), .int(problem.outputChannels),
          .int(problem.input.channels), .int(taps),
        ], global: GridSize(inBlocks, outBlocks))
    }
  }

  private mutating func backwardWeights(
    _ problem: ConvolutionProblem, _ input: Tensor, _ outputGradient: Tensor, _ weightsGradient: Tensor
  ) {
    let inBlocks = layout(of: input).blocks
    let outBlocks = layout(of: outputGradient).blocks
    let taps = problem.kernel.height * problem.kernel.width
    // Pairs of blocks that share what they read, at most `MAXIMUM_SPAN` of bf16_convolution_weights.h; kernels of one tap
    // have nothing else to use it again.
    let span = taps == 1 ? 4 : 2
    let grid = GridSize(inBlocks.dividedRoundingUp(by: span), outBlocks.dividedRoundingUp(by: span))
    // Sums of a group take as much memory as the weights: each must serve enough pixels.
    let output = problem.output
    let groups = max(
      1, min(output.batch, 64 / grid.count, output.batch * output.height * output.width / 256))
    // Lanes come one by one, so that none is wasted, on the side that fills its blocks worse.
    let ofOutput = problem.outputChannels * inBlocks < problem.input.channels * outBlocks
    let partials = program.addSlot(
      "partial gradients of " + schedule[weightsGradient].name,
      words: groups * inBlocks * outBlocks * taps * BlockedLayout.lanes * BlockedLayout.lanes)
    program.launch(
      kernel("convolution_weights", "convolution_backward_weights"),
      [
        argument(input), argument(outputGradient), .slot(partials), .int(problem.input.batch), .int(groups),
        .int(span), .int(ofOutput ? 1 : 0),
      ] + geometry(problem, input: input, output: outputGradient),
      global: GridSize(grid.x, grid.y, groups))
    program.launch(
      kernel("convolution_weights", "reduce_weights"),
      [
        .slot(partials), argument(weightsGradient), .int(groups), .int(ofOutput ? 1 : 0),
        .int(problem.outputChannels), .int(problem.input.channels), .int(taps),
      ], global: GridSize(inBlocks, outBlocks))
  }

  mutating func reduceBias(_ outputGradient: Tensor, _ biasGradient: Tensor) {
    let layout = layout(of: outputGradient)
    program.launch(
      kernel("convolution_weights", "reduce_bias"),
      [
        argument(outputGradient), argument(biasGradient), .int(layout.shape.batch),
        .int(layout.shape.channels), .int(layout.shape.height), .int(layout.shape.width), .int(layout.halo),
      ], global: GridSize(layout.blocks))
  }

  /// The 16 sizes that all three directions take, in the kernels' order.
  private func geometry(_ problem: ConvolutionProblem, input: Tensor, output: Tensor) -> [Argument] {
    let input = layout(of: input)
    let output = layout(of: output)
    let sizes = [
      input.shape.channels, input.shape.height, input.shape.width, input.halo, output.shape.channels,
      output.shape.height, output.shape.width, output.halo, problem.kernel.height, problem.kernel.width,
      problem.stride.height, problem.stride.width, problem.padding.height, problem.padding.width,
      problem.dilation.height, problem.dilation.width,
    ]
    return sizes.map(Argument.int)
  }
}
