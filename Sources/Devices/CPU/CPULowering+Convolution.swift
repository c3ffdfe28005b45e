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
    let tile = ConvolutionTile.best(
      among: instructionSet.tiles, height: target.shape.height, width: target.shape.width,
      smallestHeight: target.shape.height, smallestWidth: target.shape.width)
    let rows = rowsPerItem(
      height: target.shape.height, planes: target.shape.batch * target.blocks, tile: tile)
    let name =
      switch problem.stride.width {
      case 1: "convolution_forward_stride_1"
      case 2: "convolution_forward_stride_2"
      default: "convolution_forward"
      }
    program.launch(
      kernel("convolution", name),
      [
        argument(input), packed(weights, of: problem, backward: false), argument(bias ?? weights),
        argument(output), .int(bias == nil ? 0 : 1),
      ] + geometry(problem, input: input, output: output) + [.int(rows), .int(tile.code)],
      global: GridSize(
        target.shape.height.dividedRoundingUp(by: rows), target.blocks, target.shape.batch))
  }

  private mutating func backwardData(
    _ problem: ConvolutionProblem, _ outputGradient: Tensor, _ weights: Tensor, _ inputGradient: Tensor,
    _ accumulate: Bool
  ) {
    let target = layout(of: inputGradient)
    // Pixels of one phase of the stride are computed together.
    let height = target.shape.height.dividedRoundingUp(by: problem.stride.height)
    let width = target.shape.width.dividedRoundingUp(by: problem.stride.width)
    let tile = ConvolutionTile.best(
      among: instructionSet.tiles, height: height, width: width,
      smallestHeight: max(1, target.shape.height / problem.stride.height),
      smallestWidth: max(1, target.shape.width / problem.stride.width))
    let rows = rowsPerItem(height: height, planes: target.shape.batch * target.blocks, tile: tile)
    program.launch(
      kernel("convolution", "convolution_backward_data"),
      [
        argument(outputGradient), packed(weights, of: problem, backward: true), argument(inputGradient),
        .int(accumulate ? 1 : 0),
      ] + geometry(problem, input: inputGradient, output: outputGradient) + [.int(rows), .int(tile.code)],
      global: GridSize(height.dividedRoundingUp(by: rows), target.blocks, target.shape.batch))
  }

  private mutating func packed(
    _ weights: Tensor, of problem: ConvolutionProblem, backward: Bool
  ) -> Argument {
    let inBlocks = problem.input.channels.dividedRoundingUp(by: BlockedLayout.lanes)
    let outBlocks = problem.outputChannels.dividedRoundingUp(by: BlockedLayout.lanes)
    let taps = problem.kernel.height * problem.kernel.width
    return packed(
      weights, form: backward ? .backward : .forward,
      words: inBlocks * outBlocks * taps * BlockedLayout.lanes * BlockedLayout.lanes
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
    let groups = max(1, min(problem.input.batch, 64 / (inBlocks * outBlocks)))
    let partials = program.addSlot(
      "partial gradients of " + schedule[weightsGradient].name,
      words: groups * inBlocks * outBlocks * taps * BlockedLayout.lanes * BlockedLayout.lanes)
    program.launch(
      kernel("convolution_weights", "convolution_backward_weights"),
      [
        argument(input), argument(outputGradient), .slot(partials), .int(problem.input.batch), .int(groups),
      ] + geometry(problem, input: input, output: outputGradient),
      global: GridSize(inBlocks, outBlocks, groups))
    program.launch(
      kernel("convolution_weights", "reduce_weights"),
      [
        .slot(partials), argument(weightsGradient), .int(groups), .int(problem.outputChannels),
        .int(problem.input.channels), .int(taps),
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

  /// Whole planes where there are enough of them to share out, else as few rows as make about 64 items.
  private func rowsPerItem(height: Int, planes: Int, tile: ConvolutionTile) -> Int {
    let chunks = max(1, 64 / planes)
    return min(height.dividedRoundingUp(by: chunks).roundedUp(to: tile.rows), height)
  }
}
