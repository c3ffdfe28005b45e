/// The cpu family: direct convolution and friends over blocks of 16 channels, one work-item per coarse piece of work.
///
/// How work is cut depends on the problem alone, never on the number of threads, so results do not either.
struct CPUFamily: KernelFamily {
  let instructionSet: InstructionSet

  var name: String { "cpu" }

  func lower(_ schedule: Schedule) throws -> LoweredProgram {
    var lowering = CPULowering(schedule, instructionSet: instructionSet)
    for operation in schedule.operations { try lowering.lower(operation) }
    return lowering.program
  }
}

/// Feature maps in blocks of channels with a halo of zeros: `[image][block][row][column][lane]`.
struct BlockedLayout: Hashable, Sendable {
  /// `LANES` of `Kernels/cpu/layout.cl`.
  static let lanes = 16

  var shape: ActivationShape
  /// Rows and columns of zeros on every side of each plane.
  var halo: Int

  var blocks: Int { shape.channels.dividedRoundingUp(by: Self.lanes) }

  /// Sizes beyond any memory count as ``beyondAnyMemory``: their allocation is what fails.
  var words: Int {
    let factors = [shape.batch, blocks, shape.height + 2 * halo, shape.width + 2 * halo, Self.lanes]
    return factors.reduce(1) { partial, factor in
      let (product, overflow) = partial.multipliedReportingOverflow(by: factor)
      return overflow ? Self.beyondAnyMemory : min(product, Self.beyondAnyMemory)
    }
  }

  private static let beyondAnyMemory = 1 << 52
}

extension ConvolutionProblem {
  /// The zeros that the forward pass reads around its input.
  var inputHalo: Int { max(padding.height, padding.width) }

  /// The zeros that the backward pass to the data reads around the output's gradient.
  var outputGradientHalo: Int {
    func reach(_ size: Int, _ output: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int)
      -> Int
    {
      let before = (dilation * (kernel - 1) - padding).dividedRoundingUp(by: stride)
      let after = (size - 1 + padding) / stride - (output - 1)
      return max(0, before, after)
    }
    return max(
      reach(input.height, output.height, kernel.height, stride.height, padding.height, dilation.height),
      reach(input.width, output.width, kernel.width, stride.width, padding.width, dilation.width))
  }
}

/// What lowering a schedule needs to remember. One method per family of operators, in extensions.
struct CPULowering {
  let schedule: Schedule
  let instructionSet: InstructionSet
  var program = LoweredProgram()
  private var halos: [Int]
  private var slotOfTensor: [Slot?]
  private var packedWeights: [PackedWeights: Slot] = [:]

  private struct PackedWeights: Hashable {
    var weights: Tensor
    var backward: Bool
  }

  init(_ schedule: Schedule, instructionSet: InstructionSet) {
    self.schedule = schedule
    self.instructionSet = instructionSet
    halos = Array(repeating: 0, count: schedule.tensors.count)
    slotOfTensor = Array(repeating: nil, count: schedule.tensors.count)
    for operation in schedule.operations {
      switch operation {
      case .convolutionForward(let problem, let input, _, _, _): widenHalo(of: input, to: problem.inputHalo)
      case .convolutionBackwardWeights(let problem, let input, _, _, _):
        widenHalo(of: input, to: problem.inputHalo)
      case .convolutionBackwardData(let problem, let outputGradient, _, _, _):
        widenHalo(of: outputGradient, to: problem.outputGradientHalo)
      default: break
      }
    }
  }

  private mutating func widenHalo(of tensor: Tensor, to halo: Int) {
    halos[tensor.index] = max(halos[tensor.index], halo)
  }

  func kernel(_ source: String, _ name: String) -> KernelReference {
    KernelReference(source: "cpu/" + source, name: name, definitions: instructionSet.definitions)
  }

  func layout(of tensor: Tensor) -> BlockedLayout {
    BlockedLayout(shape: schedule.shape(of: tensor), halo: halos[tensor.index])
  }

  /// The memory of a tensor, halo and tail lanes included.
  func words(of tensor: Tensor) -> Int {
    switch schedule[tensor].kind {
    case .activation: layout(of: tensor).words
    case .vector(let count): count
    }
  }

  /// The argument for a tensor; memory is assigned at its first use.
  mutating func argument(_ tensor: Tensor) -> Argument { .slot(slot(of: tensor)) }

  mutating func slot(of tensor: Tensor) -> Slot {
    if let slot = slotOfTensor[tensor.index] { return slot }
    let description = schedule[tensor]
    let words = words(of: tensor)
    let slot =
      switch description.origin {
      case .transient: program.addSlot(description.name, words: words)
      case .external(let buffer, let offset):
        program.addExternalSlot(description.name, words: words, buffer: buffer, offset: offset)
      }
    slotOfTensor[tensor.index] = slot
    return slot
  }

  /// Weights in the order that a direction reads them; packed once per run, at their first use.
  mutating func packed(_ weights: Tensor, of problem: ConvolutionProblem, backward: Bool) -> Argument {
    let key = PackedWeights(weights: weights, backward: backward)
    if let slot = packedWeights[key] { return .slot(slot) }
    let inBlocks = problem.input.channels.dividedRoundingUp(by: BlockedLayout.lanes)
    let outBlocks = problem.outputChannels.dividedRoundingUp(by: BlockedLayout.lanes)
    let taps = problem.kernel.height * problem.kernel.width
    let slot = program.addSlot(
      "packed " + schedule[weights].name,
      words: inBlocks * outBlocks * taps * BlockedLayout.lanes * BlockedLayout.lanes)
    program.launch(
      kernel("convolution_weights", backward ? "pack_backward" : "pack_forward"),
      [
        argument(weights), .slot(slot), .int(problem.outputChannels), .int(problem.input.channels),
        .int(taps),
      ], global: GridSize(inBlocks, outBlocks))
    packedWeights[key] = slot
    return .slot(slot)
  }

  mutating func lower(_ operation: Operation) throws {
    switch operation {
    case .importActivation(let source, let target):
      transfer("import_activation", from: source, to: target, activation: target)
    case .exportActivation(let source, let target):
      transfer("export_activation", from: source, to: target, activation: source)
    case .convolutionForward, .convolutionBackwardData, .convolutionBackwardWeights:
      lowerConvolution(operation)
    case .batchNormStatistics, .epilogueForward, .epilogueBackward: lowerNormalisation(operation)
    case .poolingForward, .poolingBackward, .globalAveragePoolForward, .globalAveragePoolBackward,
      .shortcutForward, .shortcutBackward:
      lowerPooling(operation)
    case .linearForward, .linearBackward, .softmaxCrossEntropy, .labelRanks, .recordMetrics,
      .stochasticGradientDescent:
      lowerHead(operation)
    }
  }

  private mutating func transfer(_ name: String, from: Tensor, to: Tensor, activation: Tensor) {
    let layout = layout(of: activation)
    program.launch(
      kernel("transfer", name),
      [
        argument(from), argument(to), .int(layout.shape.channels), .int(layout.shape.height),
        .int(layout.shape.width), .int(layout.halo),
      ], global: GridSize(layout.blocks, layout.shape.batch))
  }
}
