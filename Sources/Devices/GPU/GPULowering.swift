/// Turns operations into launches of Kernels/gpu, one after another.
struct GPULowering {
  private(set) var program = LoweredProgram()
  private let slots: [Slot]
  let schedule: Schedule
  let family: GPUFamily
  /// What batch norm takes statistics of, over the whole batch.
  private let statisticsInputs: Set<Tensor>
  /// The statistics of tiles of a tensor, where the convolution that made it has written them.
  private var tileStatistics: [Tensor: TileStatistics] = [:]
  /// Launches that add up an array's parts, in order.
  var partSums: [PartSum] = []

  /// Items of a work-group of element-wise kernels.
  static let elementItems = 256
  /// Items of a work-group that reduces; a power of two.
  static let reducingItems = 128

  /// - Throws: ``OperatorError/unsupported(operation:device:)`` where a tensor has more elements than the kernels'
  ///   32-bit indices reach.
  init(_ schedule: Schedule, family: GPUFamily) throws {
    self.schedule = schedule
    self.family = family
    statisticsInputs = Set(
      schedule.operations.compactMap {
        if case .batchNormStatistics(_, 1, let input, _, _, _) = $0 { input } else { nil }
      })
    var program = LoweredProgram()
    slots = try schedule.tensors.map { tensor in
      let count = Self.count(of: tensor.kind)
      guard count <= Int(Int32.max) else {
        throw OperatorError.unsupported(
          operation: "a tensor of \(count) elements ('\(tensor.name)')", device: "the gpu family")
      }
      let words =
        tensor.isActivation ? count.dividedRoundingUp(by: family.arithmetic.precision.valuesPerWord) : count
      switch tensor.origin {
      case .transient: return program.addSlot(tensor.name, words: words)
      case .external(let buffer, let offset):
        return program.addExternalSlot(tensor.name, words: words, buffer: buffer, offset: offset)
      }
    }
    self.program = program
  }

  private static func count(of kind: TensorDescription.Kind) -> Int {
    switch kind {
    case .activation(let shape): shape.count
    case .vector(let count): count
    }
  }

  /// Lowers two operations that follow each other as one, where they have launches in common.
  /// - Returns: whether it did; otherwise nothing has changed.
  mutating func lower(_ operation: Operation, with next: Operation) -> Bool {
    guard
      case .softmaxCrossEntropy(let problem, let logits, let labels, let losses, let gradient) = operation,
      case .labelRanks(let ranked, logits, labels, let ranks) = next,
      (ranked.batch, ranked.classes) == (problem.batch, problem.classes),
      ![logits, labels, losses, gradient ?? losses].contains(where: { program.overlap(slot($0), slot(ranks)) }
      )
    else { return false }
    program.begin(operation, of: schedule)
    softmaxCrossEntropy(
      problem, logits: logits, labels: labels, losses: losses, gradient: gradient, ranks: ranks)
    return true
  }

  mutating func lower(_ operation: Operation) {
    program.begin(operation, of: schedule)
    for tensor in operation.writtenActivations { tileStatistics[tensor] = nil }
    switch operation {
    case .importActivation(let source, let destination):
      transfer("import_maps", from: source, to: destination)
    case .exportActivation(let source, let destination):
      transfer("export_maps", from: source, to: destination)
    case .convolutionForward(let problem, let input, let weights, let bias, let output):
      convolutionForward(problem, input: input, weights: weights, bias: bias, output: output)
    case .convolutionBackwardData(
      let problem, let outputGradient, let weights, let inputGradient, let accumulate):
      convolutionBackwardData(
        problem, outputGradient: outputGradient, weights: weights, inputGradient: inputGradient,
        accumulate: accumulate)
    case .convolutionBackwardWeights(let problem, let input, let outputGradient, let weights, let bias):
      convolutionBackwardWeights(
        problem, input: input, outputGradient: outputGradient, weightsGradient: weights, biasGradient: bias)
    case .batchNormStatistics(let shape, let groups, let input, let mean, let variance, let running):
      batchNormStatistics(
        shape, groups: groups, input: input, mean: mean, variance: variance, running: running)
    case .epilogueForward(let epilogue, let operands):
      epilogueForward(epilogue, operands)
    case .epilogueBackward(let epilogue, let operands, let gradients):
      epilogueBackward(epilogue, operands, gradients)
    case .poolingForward, .poolingBackward, .globalAveragePoolForward, .globalAveragePoolBackward,
      .shortcutForward, .shortcutBackward:
      lowerPooling(operation)
    case .linearForward(let problem, let input, let weights, let bias, let output):
      linearForward(problem, input: input, weights: weights, bias: bias, output: output)
    case .linearBackward(
      let problem, let input, let weights, let outputGradient, let inputGradient, let weightsGradient,
      let biasGradient):
      linearBackward(
        problem, input: input, weights: weights, outputGradient: outputGradient, inputGradient: inputGradient,
        weightsGradient: weightsGradient, biasGradient: biasGradient)
    case .softmaxCrossEntropy, .labelRanks, .recordMetrics:
      lowerClassification(operation)
    case .activationHash(let problem, let input, let scales, let keys):
      let shape = problem.shape
      reduce(
        "activation_hash", "activation_hash",
        [
          argument(input), argument(scales, standIn: input), argument(keys),
          .int(problem.resolution.rawValue),
          .int(shape.channels), .int(shape.height * shape.width),
        ], groups: shape.batch)
    case .stochasticGradientDescent(let problem, let parameters, let gradients, let momentum):
      stochasticGradientDescent(problem, parameters: parameters, gradients: gradients, momentum: momentum)
    case .adam(let problem, let parameters, let gradients, let firstMoment, let secondMoment):
      launch(
        "elementwise", "adam",
        [
          argument(parameters), argument(gradients), argument(firstMoment), argument(secondMoment),
          .int(problem.count),
        ] + problem.constants, count: problem.count)
    }
  }
}

// The vocabulary of the lowerings in the other files.
extension GPULowering {
  func slot(_ tensor: Tensor) -> Slot { slots[tensor.index] }

  func argument(_ tensor: Tensor) -> Argument { .slot(slot(tensor)) }

  /// An operand that may be missing: the kernel, told so by another argument, never follows the stand-in.
  func argument(_ tensor: Tensor?, standIn: Tensor) -> Argument { .slot(slot(tensor ?? standIn)) }

  /// The elements of a tensor.
  func count(of tensor: Tensor) -> Int { Self.count(of: schedule[tensor].kind) }

  func name(of tensor: Tensor) -> String { schedule[tensor].name }

  func isActivation(_ tensor: Tensor) -> Bool { schedule[tensor].isActivation }

  /// Memory of the family's own that lives as long as the launches that name it.
  mutating func scratch(_ name: String, words: Int) -> Slot { program.addSlot(name, words: words) }

  /// Integers that are known now.
  mutating func constant(_ name: String, _ integers: [Int]) -> Argument {
    .slot(program.addConstant(name, integers: integers))
  }

  mutating func launch(
    _ kernel: KernelReference, _ arguments: [Argument], global: GridSize, local: GridSize
  ) {
    program.launch(kernel, arguments, global: global, local: local)
  }

  /// One item for each of `count` elements.
  mutating func launch(_ source: String, _ kernel: String, _ arguments: [Argument], count: Int) {
    let groups = count.dividedRoundingUp(by: Self.elementItems)
    program.launch(
      reference(source, kernel), arguments,
      global: GridSize(groups * Self.elementItems), local: GridSize(Self.elementItems))
  }

  /// `groups` × `rows` work-groups that each reduce something. One word of local memory per item is the last argument.
  /// - Parameter maps: whether what is reduced are feature maps, not plain words.
  mutating func reduce(
    _ source: String, _ kernel: String, _ arguments: [Argument], groups: Int, rows: Int = 1, maps: Bool = true
  ) {
    program.launch(
      reference(source, kernel, maps: maps), arguments + [.local(words: Self.reducingItems)],
      global: GridSize(groups * Self.reducingItems, rows), local: GridSize(Self.reducingItems))
  }

  private func reference(_ source: String, _ kernel: String, maps: Bool = true) -> KernelReference {
    let handlesMaps = maps && !Self.sourcesWithoutMaps.contains(source)
    return KernelReference(
      source: "gpu/\(source)", name: kernel, definitions: handlesMaps ? family.arithmetic.mapDefinitions : [])
  }

  /// Files whose kernels know plain words only: they are compiled once for all precisions.
  private static let sourcesWithoutMaps: Set = ["elementwise", "classification"]

  /// Tiles of a result, `parts` times. The factors' tiles are the last arguments.
  /// - Parameter sizes: what may be compiled in.
  mutating func multiply(
    _ tile: ProductTile, _ problem: ProductProblem, _ source: String, _ kernel: String,
    _ arguments: [Argument],
    sizes: ConvolutionSizes? = nil, parts: Int
  ) {
    let arithmetic = problem.arithmetic(of: family.arithmetic)
    let fixed = tile.options.hasFixedSizes ? sizes?.definitions ?? [] : []
    let (rows, columns) = problem.resultSize
    program.launch(
      KernelReference(
        source: "gpu/\(source)", name: kernel,
        definitions: arithmetic.mapDefinitions + tile.definitions(arithmetic) + fixed),
      arguments + (sizes?.arguments ?? []) + tile.scratch(arithmetic),
      global: tile.global(rows: rows, columns: columns, depth: parts), local: tile.local)
  }

  mutating func multiply(_ product: GEMM) {
    let problem = ProductProblem(product)
    guard case .tile(let tile) = family.method(for: problem) else { return program.gemm(product) }
    let parts = tile.options.parts
    guard parts > 1 else {
      let own = MatrixProductKernel(product, tile: tile)
      return program.launch(own.kernel, own.arguments, global: own.global, local: own.local)
    }
    let count = product.batchCount * product.m * product.n
    let partials = scratch("parts of a product", words: parts * count)
    let own = MatrixProductKernel(product, tile: tile, partials: partials)
    program.launch(own.kernel, own.arguments, global: own.global, local: own.local)
    launch(
      "elementwise", "sum_parts",
      [
        .slot(partials), .slot(product.c.slot, offset: product.c.offset), .int(count), .int(parts),
        .flag(product.accumulate),
      ], count: count)
  }

  private mutating func transfer(_ kernel: String, from source: Tensor, to destination: Tensor) {
    let count = count(of: source)
    launch("transfer", kernel, [argument(source), argument(destination), .int(count)], count: count)
  }

  /// Where a convolution leaves the statistics of its tiles; nil where nobody wants them.
  mutating func statistics(of output: Tensor, _ problem: ConvolutionProblem, tile: ProductTile) -> Slot? {
    guard statisticsInputs.contains(output) else { return nil }
    let tiles = tile.groups(rows: problem.outputChannels, columns: problem.output.pixels).across
    let statistics = TileStatistics(
      tiles: tiles, tileColumns: tile.columns,
      slot: scratch("statistics of " + name(of: output), words: 2 * tiles * problem.outputChannels))
    tileStatistics[output] = statistics
    return statistics.slot
  }

  func statistics(of input: Tensor, groups: Int) -> TileStatistics? {
    groups == 1 ? tileStatistics[input] : nil
  }
}

/// What Kernels/gpu/tile_statistics.cl has written: mean and squared deviations of each channel's pixels in a tile.
struct TileStatistics {
  /// Tiles that cover the pixels of the batch.
  let tiles: Int
  /// Pixels in a tile; the last one may have fewer.
  let tileColumns: Int
  let slot: Slot
}

extension TensorDescription {
  var isActivation: Bool {
    if case .activation = kind { true } else { false }
  }
}

extension Argument {
  /// A flag as the kernels take it.
  static func flag(_ value: Bool) -> Argument { .int(value ? 1 : 0) }
}
