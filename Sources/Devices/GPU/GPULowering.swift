/// Turns operations into launches of Kernels/gpu, one after another.
struct GPULowering {
  private(set) var program = LoweredProgram()
  private let slots: [Slot]
  private let schedule: Schedule
  private let products: GPUFamily.MatrixProducts
  private let tiles: TileChoice

  /// Items of a work-group of element-wise kernels.
  static let elementItems = 256
  /// Items of a work-group that reduces; a power of two.
  static let reducingItems = 128

  /// - Throws: ``OperatorError/unsupported(operation:device:)`` where a tensor has more elements than the kernels'
  ///   32-bit indices reach.
  init(_ schedule: Schedule, products: GPUFamily.MatrixProducts, tiles: TileChoice) throws {
    self.schedule = schedule
    self.products = products
    self.tiles = tiles
    var program = LoweredProgram()
    slots = try schedule.tensors.map { tensor in
      let words = Self.words(of: tensor.kind)
      guard words <= Int(Int32.max) else {
        throw OperatorError.unsupported(
          operation: "a tensor of \(words) elements ('\(tensor.name)')", device: "the gpu family")
      }
      switch tensor.origin {
      case .transient: return program.addSlot(tensor.name, words: words)
      case .external(let buffer, let offset):
        return program.addExternalSlot(tensor.name, words: words, buffer: buffer, offset: offset)
      }
    }
    self.program = program
  }

  private static func words(of kind: TensorDescription.Kind) -> Int {
    switch kind {
    case .activation(let shape): shape.count
    case .vector(let count): count
    }
  }

  mutating func lower(_ operation: Operation) {
    program.begin(operation, of: schedule)
    switch operation {
    case .importActivation(let source, let destination), .exportActivation(let source, let destination):
      copy(source, to: destination)
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

  func words(of tensor: Tensor) -> Int { Self.words(of: schedule[tensor].kind) }

  /// Memory of the family's own that lives as long as the launches that name it.
  mutating func scratch(_ name: String, words: Int) -> Slot { program.addSlot(name, words: words) }

  /// Integers that are known now.
  mutating func constant(_ name: String, _ integers: [Int]) -> Argument {
    .slot(program.addConstant(name, integers: integers))
  }

  /// One item for each of `count` elements.
  mutating func launch(_ source: String, _ kernel: String, _ arguments: [Argument], count: Int) {
    let groups = (count + Self.elementItems - 1) / Self.elementItems
    program.launch(
      KernelReference(source: "gpu/\(source)", name: kernel), arguments,
      global: GridSize(groups * Self.elementItems), local: GridSize(Self.elementItems))
  }

  /// `groups` × `rows` work-groups that each reduce something. One word of local memory per item is the last argument.
  mutating func reduce(
    _ source: String, _ kernel: String, _ arguments: [Argument], groups: Int, rows: Int = 1
  ) {
    program.launch(
      KernelReference(source: "gpu/\(source)", name: kernel), arguments + [.local(words: Self.reducingItems)],
      global: GridSize(groups * Self.reducingItems, rows), local: GridSize(Self.reducingItems))
  }

  /// Tiles of a result of `rows` × `columns`, `depth` times. The factors' tiles are the last arguments.
  mutating func multiply(
    _ problem: ProductProblem, _ source: String, _ kernel: String, _ arguments: [Argument], rows: Int,
    columns: Int, depth: Int = 1
  ) {
    let tile = tiles.tile(for: problem)
    program.launch(
      KernelReference(source: "gpu/\(source)", name: kernel, definitions: tile.definitions),
      arguments + tile.scratch, global: tile.global(rows: rows, columns: columns, depth: depth),
      local: tile.local)
  }

  mutating func multiply(_ product: GEMM) {
    switch products {
    case .library: program.gemm(product)
    case .own:
      let own = MatrixProductKernel(product, tile: tiles.tile(for: ProductProblem(product)))
      program.launch(own.kernel, own.arguments, global: own.global, local: own.local)
    }
  }

  mutating func copy(_ source: Tensor, to destination: Tensor) {
    let count = words(of: source)
    launch("elementwise", "copy", [argument(source), argument(destination), .int(count)], count: count)
  }
}

extension Argument {
  /// A flag as the kernels take it.
  static func flag(_ value: Bool) -> Argument { .int(value ? 1 : 0) }
}
