// Winograd's F(2×2, 3×3): the choice of it, and its launches. How work is cut depends on the problem alone.

extension ConvolutionProblem {
  /// Whether the cpu family computes this convolution by Winograd's F(2×2, 3×3). Fewer channels than half a block spend
  /// more on the transforms than the products save; too many exceed what a work-item may hold. On images of
  /// one tile a direct convolution, which skips the taps that see only padding, needs no more products.
  var suitsWinograd: Bool {
    kernel == Extent(3) && stride == Extent(1) && dilation == Extent(1)
      && max(padding.height, padding.width) <= 2 && min(output.height, output.width) > 2
      && WinogradWork.channels.contains(input.channels) && WinogradWork.channels.contains(outputChannels)
  }

  /// The zeros that tiles of 2 × 2 outputs, reaching beyond odd sizes, read around the input.
  var winogradInputHalo: Int {
    max(
      Self.winogradHalo(source: input.height, target: output.height, padding: padding.height),
      Self.winogradHalo(source: input.width, target: output.width, padding: padding.width))
  }

  /// The same around the output's gradient, for the direction to the data.
  var winogradGradientHalo: Int {
    max(
      Self.winogradHalo(source: output.height, target: input.height, padding: 2 - padding.height),
      Self.winogradHalo(source: output.width, target: input.width, padding: 2 - padding.width))
  }

  private static func winogradHalo(source: Int, target: Int, padding: Int) -> Int {
    max(padding, target.roundedUp(to: 2) + 2 - padding - source)
  }
}

extension InstructionSet {
  /// `WINOGRAD_TILES` of `Kernels/cpu/winograd.cl`.
  fileprivate var winogradTiles: Int { accumulators >= 14 ? 16 : accumulators }
}

/// How the tiles of a Winograd convolution are shared out.
struct WinogradWork: Hashable, Sendable {
  /// Tiles that a work-item transforms at once: few enough for the second-level cache.
  let chunk: Int
  let itemTiles: Int
  let itemBlocks: Int
  let grid: GridSize
  /// Whether each work-item writes whole planes.
  let coversPlanes: Bool

  /// `WINOGRAD_CHUNK` of `Kernels/cpu/winograd.cl`.
  private static let maximumChunk = 64
  /// Transformed values per point that the second-level cache holds beside the rest.
  private static let cachedValues = 4096
  /// The largest group of tiles of any instruction set.
  private static let mostTilesAtOnce = 16
  /// One group of tiles of the most channels are the `WINOGRAD_SOURCE_VALUES` of `Kernels/cpu/winograd.cl`.
  static let channels = 8...(16 * 1024 / mostTilesAtOnce)
  /// Enough work-items for any number of threads that a batch can feed.
  private static let fewItems = 32

  /// - Parameter tilesAtOnce: how many tiles the kernels multiply at once; chunks consist of such groups.
  init(source: BlockedLayout, target: BlockedLayout, tilesAtOnce: Int) {
    let channels = source.blocks * BlockedLayout.lanes
    let groups = min(Self.maximumChunk, Self.cachedValues / channels) / tilesAtOnce
    chunk = max(groups, 1) * tilesAtOnce
    let imageTiles =
      target.shape.height.dividedRoundingUp(by: 2) * target.shape.width.dividedRoundingUp(by: 2)
    let batch = target.shape.batch
    if batch < Self.fewItems && imageTiles >= 2 * chunk {
      let share = (batch * imageTiles).dividedRoundingUp(by: Self.fewItems)
      itemTiles = min(imageTiles, share).roundedUp(to: chunk)
    } else {
      let images = max(
        tilesAtOnce.dividedRoundingUp(by: imageTiles), min(chunk / imageTiles, batch / Self.fewItems))
      itemTiles = max(1, images) * imageTiles
    }
    let items = (batch * imageTiles).dividedRoundingUp(by: itemTiles)
    let blockGroups = min(
      Self.fewItems.dividedRoundingUp(by: items), target.blocks.dividedRoundingUp(by: 4))
    itemBlocks = target.blocks.dividedRoundingUp(by: blockGroups)
    grid = GridSize(items, target.blocks.dividedRoundingUp(by: itemBlocks))
    coversPlanes = itemTiles % imageTiles == 0
  }
}

extension CPULowering {
  /// `WINOGRAD_POINTS` of `Kernels/cpu/winograd_transforms.cl`.
  private static let winogradPoints = 16
  /// `GRADIENT_BLOCKS` of `Kernels/cpu/winograd_weights.cl`.
  private static let winogradGradientBlocks = 4

  mutating func lowerWinograd(_ operation: Operation) {
    switch operation {
    case .convolutionForward(let problem, let input, let weights, let bias, let output):
      winograd(
        problem, source: input, weights, bias, target: output, backward: false, accumulate: false)
    case .convolutionBackwardData(
      let problem, let outputGradient, let weights, let inputGradient, let accumulate):
      winograd(
        problem, source: outputGradient, weights, nil, target: inputGradient, backward: true,
        accumulate: accumulate)
    case .convolutionBackwardWeights(
      let problem, let input, let outputGradient, let weightsGradient, let biasGradient):
      winogradWeights(problem, input, outputGradient, weightsGradient)
      if let biasGradient { reduceBias(outputGradient, biasGradient) }
    default: break
    }
  }

  /// Forward, or backward to the data: the same sum with the weights turned around.
  private mutating func winograd(
    _ problem: ConvolutionProblem, source: Tensor, _ weights: Tensor, _ bias: Tensor?, target: Tensor,
    backward: Bool, accumulate: Bool
  ) {
    let from = layout(of: source)
    let to = layout(of: target)
    let work = WinogradWork(source: from, target: to, tilesAtOnce: instructionSet.winogradTiles)
    let padding =
      backward
      ? Extent(height: 2 - problem.padding.height, width: 2 - problem.padding.width) : problem.padding
    let panels = winogradPanels(weights, of: problem, backward: backward)
    let partials = work.coversPlanes ? statisticsPartials(for: target) : nil
    program.launch(
      kernel("winograd", "winograd_convolution"),
      [
        argument(source), panels, argument(bias ?? weights), argument(target),
        partials.map { .slot($0) } ?? argument(target), .int(bias == nil ? 0 : 1),
        .int(accumulate ? 1 : 0), .int(partials == nil ? 0 : 1), .int(to.shape.batch),
        .int(from.shape.channels), .int(from.shape.height), .int(from.shape.width), .int(from.halo),
        .int(to.shape.channels), .int(to.shape.height), .int(to.shape.width), .int(to.halo),
        .int(padding.height), .int(padding.width), .int(work.itemTiles), .int(work.itemBlocks),
        .int(work.chunk),
      ], global: work.grid)
  }

  /// Transformed weights; packed once per run and direction, at their first use.
  private mutating func winogradPanels(
    _ weights: Tensor, of problem: ConvolutionProblem, backward: Bool
  ) -> Argument {
    let inBlocks = problem.input.channels.dividedRoundingUp(by: BlockedLayout.lanes)
    let outBlocks = problem.outputChannels.dividedRoundingUp(by: BlockedLayout.lanes)
    let (sources, targets) = backward ? (outBlocks, inBlocks) : (inBlocks, outBlocks)
    return packed(
      weights, form: backward ? .winogradBackward : .winogradForward,
      words: targets * Self.winogradPoints * (sources * BlockedLayout.lanes + 1) * BlockedLayout.lanes
    ) { lowering, slot in
      lowering.program.launch(
        lowering.kernel("winograd_weights", "winograd_pack"),
        [
          lowering.argument(weights), .slot(slot), .int(problem.outputChannels),
          .int(problem.input.channels), .int(backward ? 1 : 0),
        ], global: GridSize(inBlocks, outBlocks))
    }
  }

  private mutating func winogradWeights(
    _ problem: ConvolutionProblem, _ input: Tensor, _ outputGradient: Tensor, _ weightsGradient: Tensor
  ) {
    let from = layout(of: input)
    let to = layout(of: outputGradient)
    // Sums of a group take as much memory as the weights: each must serve enough tiles.
    let imageTiles = to.shape.height.dividedRoundingUp(by: 2) * to.shape.width.dividedRoundingUp(by: 2)
    let groups = max(1, min(64, to.shape.batch, to.shape.batch * imageTiles / 512))
    let widest = max(from.blocks, to.blocks)
    let itemBlocks = min(widest, widest >= 8 || groups >= 32 ? Self.winogradGradientBlocks : 2)
    let partials = program.addSlot(
      "partial gradients of " + schedule[weightsGradient].name,
      words: groups * from.blocks * to.blocks * Self.winogradPoints * BlockedLayout.lanes
        * BlockedLayout.lanes)
    program.launch(
      kernel("winograd_weights", "winograd_weights_gradient"),
      [
        argument(input), argument(outputGradient), .slot(partials), .int(to.shape.batch), .int(groups),
        .int(from.shape.channels), .int(from.shape.height), .int(from.shape.width), .int(from.halo),
        .int(to.shape.channels), .int(to.shape.height), .int(to.shape.width), .int(to.halo),
        .int(problem.padding.height), .int(problem.padding.width), .int(itemBlocks),
      ],
      global: GridSize(
        from.blocks.dividedRoundingUp(by: itemBlocks), to.blocks.dividedRoundingUp(by: itemBlocks), groups))
    program.launch(
      kernel("winograd_weights", "winograd_reduce_weights"),
      [
        .slot(partials), argument(weightsGradient), .int(groups), .int(problem.outputChannels),
        .int(problem.input.channels),
      ], global: GridSize(from.blocks, to.blocks))
  }
}
