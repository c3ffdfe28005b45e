// Winograd's F(2×2, 3×3): when it is possible, and its launches. How sums are cut depends on the problem alone.

extension ConvolutionProblem {
  /// Whether the gpu family can compute this convolution by Winograd's F(2×2, 3×3), in all three directions: 3×3 taps
  /// without stride or dilation, padding that a kernel turned around can make up for, and transformed weights within
  /// the reach of the kernels' 32-bit indices.
  package var allowsWinograd: Bool {
    kernel == Extent(3) && stride == Extent(1) && dilation == Extent(1)
      && max(padding.height, padding.width) <= 2
      && outputChannels.roundedUp(to: 4)
        <= Int(Int32.max) / WinogradTile.points / input.channels.roundedUp(to: 4)
  }

  /// Tiles of 2×2 outputs, in all images.
  fileprivate var winogradTiles: Int { Self.winogradTiles(of: output) }

  fileprivate static func winogradTiles(of shape: ActivationShape) -> Int {
    shape.batch * shape.height.dividedRoundingUp(by: 2) * shape.width.dividedRoundingUp(by: 2)
  }
}

extension GPULowering {
  mutating func winogradForward(
    _ problem: ConvolutionProblem, by tile: WinogradTile, input: Tensor, weights: Tensor, bias: Tensor?,
    output: Tensor
  ) {
    let transforms = winogradTransforms(of: weights, problem, by: tile, backward: false)
    winograd(
      by: tile,
      [argument(input), transforms, argument(bias, standIn: weights), argument(output)]
        + [.flag(bias != nil), .flag(false)],
      source: problem.input, target: problem.output, padding: problem.padding)
  }

  /// A convolution of the output's gradient, with the weights turned around and as much padding as the whole result needs.
  mutating func winogradBackwardData(
    _ problem: ConvolutionProblem, by tile: WinogradTile, outputGradient: Tensor, weights: Tensor,
    inputGradient: Tensor, accumulate: Bool
  ) {
    let transforms = winogradTransforms(of: weights, problem, by: tile, backward: true)
    winograd(
      by: tile,
      [argument(outputGradient), transforms, argument(weights), argument(inputGradient)]
        + [.flag(false), .flag(accumulate)],
      source: problem.output, target: problem.input,
      padding: Extent(height: 2 - problem.padding.height, width: 2 - problem.padding.width))
  }

  mutating func winogradBackwardWeights(
    _ problem: ConvolutionProblem, by tile: WinogradTile, input: Tensor, outputGradient: Tensor,
    weightsGradient: Tensor
  ) {
    let chunkTiles = Self.winogradChunkTiles(problem)
    let chunks = problem.winogradTiles.dividedRoundingUp(by: chunkTiles)
    let partials =
      chunks == 1
      ? slot(weightsGradient) : scratch("partial weight gradients", words: chunks * problem.weightCount)
    let sizes = [
      chunkTiles, problem.input.batch, problem.input.channels, problem.input.height, problem.input.width,
      problem.output.channels, problem.output.height, problem.output.width, problem.padding.height,
      problem.padding.width,
    ]
    launch(
      "winograd_weights", "winograd_weights_gradient", by: tile,
      [argument(input), argument(outputGradient), .slot(partials)] + sizes.map { .int($0) },
      global: tile.global(
        tiles: problem.input.channels, channels: problem.outputChannels, chunks: chunks))
    if chunks > 1 { sumParts(partials, parts: chunks, into: weightsGradient) }
  }

  /// Few tiles of 2×2 outputs per chunk where the result is small, so that there is work for many work-groups, but enough
  /// for what a chunk costs. Counted in work-groups of the standard size, whichever tile computes the result: chunks
  /// decide the order of its sums.
  private static func winogradChunkTiles(_ problem: ConvolutionProblem) -> Int {
    let tile = WinogradTile.standard
    let groups =
      problem.input.channels.dividedRoundingUp(by: tile.tiles)
      * problem.outputChannels.dividedRoundingUp(by: tile.channels)
    let desiredGroups = 512
    let fewestTiles = 128
    return max(problem.winogradTiles.dividedRoundingUp(by: max(desiredGroups / groups, 1)), fewestTiles)
  }

  private mutating func winograd(
    by tile: WinogradTile, _ operands: [Argument], source: ActivationShape, target: ActivationShape,
    padding: Extent
  ) {
    let sizes = [
      source.batch, source.channels, source.height, source.width, target.channels, target.height,
      target.width, padding.height, padding.width,
    ]
    launch(
      "winograd", "winograd_convolution", by: tile, operands + sizes.map { .int($0) },
      global: tile.global(
        tiles: ConvolutionProblem.winogradTiles(of: target), channels: target.channels))
  }

  /// The weights as the kernel for one direction multiplies them.
  private mutating func winogradTransforms(
    of weights: Tensor, _ problem: ConvolutionProblem, by tile: WinogradTile, backward: Bool
  ) -> Argument {
    let sources = backward ? problem.outputChannels : problem.input.channels
    // TRANSFORM_PITCH of Kernels/gpu/winograd.cl.
    let targets = (backward ? problem.input.channels : problem.outputChannels).roundedUp(to: 4)
    let transforms = scratch("transformed weights", words: WinogradTile.points * sources * targets)
    let items = 64
    launch(
      KernelReference(
        source: "gpu/winograd", name: "winograd_transform_weights", definitions: tile.definitions),
      [
        argument(weights), .slot(transforms), .int(problem.outputChannels), .int(problem.input.channels),
        .flag(backward),
      ], global: GridSize(targets.roundedUp(to: items), sources), local: GridSize(items))
    return .slot(transforms)
  }

  private mutating func launch(
    _ source: String, _ kernel: String, by tile: WinogradTile, _ arguments: [Argument], global: GridSize
  ) {
    launch(
      KernelReference(source: "gpu/\(source)", name: kernel, definitions: tile.definitions),
      arguments + [tile.scratch], global: global, local: tile.local)
  }
}
