/// The cpu family: direct convolution and friends over blocks of 16 channels, one work-item per coarse piece of work.
///
/// How work is cut depends on the problem alone, never on the number of threads, so results do not either.
struct CPUFamily: KernelFamily {
  let instructionSet: InstructionSet
  let precision: Precision

  var name: String { "cpu" }

  func lower(_ schedule: Schedule) throws -> LoweredProgram {
    var lowering = CPULowering(schedule, instructionSet: instructionSet, precision: precision)
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
  var precision = Precision.float32

  var blocks: Int { shape.channels.dividedRoundingUp(by: Self.lanes) }

  /// Sizes beyond any memory count as ``beyondAnyMemory``: their allocation is what fails.
  var words: Int {
    let factors = [
      shape.batch, blocks, shape.height + 2 * halo, shape.width + 2 * halo,
      Self.lanes / precision.valuesPerWord,
    ]
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
  let precision: Precision
  var program = LoweredProgram()
  private var halos: [Int]
  private var slotOfTensor: [Slot?]
  private var packedWeights: [PackedWeights: Slot] = [:]
  /// What batch norm takes statistics of.
  private var statisticsInputs: Set<Tensor> = []
  /// The statistics of each plane of a tensor, where the convolution that made it has written them.
  private(set) var statisticsPartials: [Tensor: Slot] = [:]

  /// The order in which a convolution reads its weights.
  enum WeightForm: Hashable {
    case forward
    case backward
    case winogradForward
    case winogradBackward
  }

  private struct PackedWeights: Hashable {
    var weights: Tensor
    var form: WeightForm
  }

  init(_ schedule: Schedule, instructionSet: InstructionSet, precision: Precision) {
    self.schedule = schedule
    self.instructionSet = instructionSet
    self.precision = precision
    halos = Array(repeating: 0, count: schedule.tensors.count)
    slotOfTensor = Array(repeating: nil, count: schedule.tensors.count)
    for operation in schedule.operations {
      switch operation {
      case .convolutionForward(let problem, let input, _, _, _): widenHalo(of: input, to: inputHalo(problem))
      case .convolutionBackwardWeights(let problem, let input, let outputGradient, _, _):
        widenHalo(of: input, to: inputHalo(problem))
        if usesWinograd(problem) { widenHalo(of: outputGradient, to: 1) }
      case .convolutionBackwardData(let problem, let outputGradient, _, _, _):
        widenHalo(
          of: outputGradient,
          to: usesWinograd(problem) ? problem.winogradGradientHalo : problem.outputGradientHalo)
      case .batchNormStatistics(_, _, let input, _, _, _): statisticsInputs.insert(input)
      default: break
      }
    }
  }

  /// Winograd's kernels know single precision only.
  private func usesWinograd(_ problem: ConvolutionProblem) -> Bool {
    precision == .float32 && problem.suitsWinograd
  }

  private func inputHalo(_ problem: ConvolutionProblem) -> Int {
    usesWinograd(problem) ? problem.winogradInputHalo : problem.inputHalo
  }

  private mutating func widenHalo(of tensor: Tensor, to halo: Int) {
    halos[tensor.index] = max(halos[tensor.index], halo)
  }

  func kernel(_ source: String, _ name: String) -> KernelReference {
    KernelReference(source: "cpu/" + source, name: name, definitions: instructionSet.definitions)
  }

  func layout(of tensor: Tensor) -> BlockedLayout {
    BlockedLayout(shape: schedule.shape(of: tensor), halo: halos[tensor.index], precision: precision)
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

  /// Weights in the order that a kernel reads them; `pack` launches what makes them, once per run, at their first use.
  mutating func packed(
    _ weights: Tensor, form: WeightForm, words: Int, pack: (inout CPULowering, Slot) -> Void
  ) -> Argument {
    let key = PackedWeights(weights: weights, form: form)
    if let slot = packedWeights[key] { return .slot(slot) }
    let slot = program.addSlot("packed " + schedule[weights].name, words: words)
    pack(&self, slot)
    packedWeights[key] = slot
    return .slot(slot)
  }

  /// Where a convolution that writes whole planes of `output` leaves their statistics; nil where nobody wants them.
  mutating func statisticsPartials(for output: Tensor) -> Slot? {
    guard statisticsInputs.contains(output) else { return nil }
    let layout = layout(of: output)
    let slot = program.addSlot(
      "partial statistics of " + schedule[output].name,
      words: layout.shape.batch * layout.blocks * 2 * BlockedLayout.lanes)
    statisticsPartials[output] = slot
    return slot
  }

  mutating func lower(_ operation: Operation) throws {
    program.begin(operation, of: schedule)
    for tensor in operation.writtenActivations { statisticsPartials[tensor] = nil }
    switch operation {
    case .importActivation(let source, let target):
      transfer("import_activation", from: source, to: target, activation: target)
    case .exportActivation(let source, let target):
      transfer("export_activation", from: source, to: target, activation: source)
    case .convolutionForward(let problem, _, _, _, _), .convolutionBackwardData(let problem, _, _, _, _),
      .convolutionBackwardWeights(let problem, _, _, _, _):
      if usesWinograd(problem) { lowerWinograd(operation) } else { lowerConvolution(operation) }
    case .batchNormStatistics, .epilogueForward, .epilogueBackward: lowerNormalisation(operation)
    case .poolingForward, .poolingBackward, .globalAveragePoolForward, .globalAveragePoolBackward,
      .shortcutForward, .shortcutBackward:
      lowerPooling(operation)
    case .activationHash(let problem, let input, let scales, let keys):
      let layout = layout(of: input)
      program.launch(
        kernel("activation_hash", "activation_hash"),
        [
          argument(input), argument(scales ?? input), argument(keys), .int(problem.resolution.rawValue),
          .int(layout.shape.channels), .int(layout.shape.height), .int(layout.shape.width), .int(layout.halo),
        ], global: GridSize(layout.shape.batch))
    case .linearForward, .linearBackward, .softmaxCrossEntropy, .labelRanks, .recordMetrics,
      .stochasticGradientDescent, .adam:
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
