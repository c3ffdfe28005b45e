extension CPULowering {
  mutating func lowerNormalisation(_ operation: Operation) {
    switch operation {
    case .batchNormStatistics(let shape, let groups, let input, let mean, let variance, let running):
      statistics(shape, groups, input, mean, variance, running)
    case .epilogueForward(let epilogue, let operands): forward(epilogue, operands)
    case .epilogueBackward(let epilogue, let operands, let gradients):
      backward(epilogue, operands, gradients)
    default: break
    }
  }

  private mutating func statistics(
    _ shape: ActivationShape, _ groups: Int, _ input: Tensor, _ mean: Tensor, _ variance: Tensor,
    _ running: RunningStatistics?
  ) {
    let layout = layout(of: input)
    let partials = statisticsPartials[input] ?? planeStatistics(input)
    program.launch(
      kernel("batch_norm", "batch_norm_combine"),
      [
        .slot(partials), argument(mean), argument(variance), argument(running?.mean ?? mean),
        argument(running?.variance ?? variance), .int(running == nil ? 0 : 1), .int(shape.batch),
        .int(groups), .int(shape.channels), .int(shape.height * shape.width),
        .float(running?.momentum ?? 0),
      ], global: GridSize(layout.blocks))
  }

  /// Statistics of every plane, where no convolution has left them.
  private mutating func planeStatistics(_ input: Tensor) -> Slot {
    let layout = layout(of: input)
    let partials = program.addSlot(
      "partial statistics of " + schedule[input].name,
      words: layout.shape.batch * layout.blocks * 2 * BlockedLayout.lanes)
    program.launch(
      kernel("batch_norm", "batch_norm_partials"),
      [
        argument(input), .slot(partials), .int(layout.blocks), .int(layout.shape.height),
        .int(layout.shape.width), .int(layout.halo),
      ], global: GridSize(layout.blocks, layout.shape.batch))
    return partials
  }

  private mutating func forward(_ epilogue: Epilogue, _ operands: Epilogue.Operands) {
    let input = layout(of: operands.input)
    let output = layout(of: operands.output)
    program.launch(
      kernel("epilogue", "epilogue_forward"),
      [argument(operands.input)] + constants(operands) + [
        argument(operands.residual ?? operands.input), argument(operands.output),
      ] + sizes(epilogue, parts: EpilogueParts(epilogue)) + [
        .int(input.halo), .int(operands.residual.map { layout(of: $0).halo } ?? 0), .int(output.halo),
        .float(epilogue.normalisation?.epsilon ?? 0),
      ], global: GridSize(input.blocks, input.shape.batch))
  }

  private mutating func backward(
    _ epilogue: Epilogue, _ operands: Epilogue.Operands, _ gradients: Epilogue.Gradients
  ) {
    let parts = EpilogueParts(epilogue, gradients)
    let input = layout(of: operands.input)
    let output = outputToRead(operands, parts)
    let groups = epilogue.normalisation?.groups ?? 1

    // Without statistics, gates and a residual there is nothing to sum.
    var groupMeans = argument(operands.input)
    if epilogue.normalisation != nil || gradients.gate != nil || gradients.residual != nil {
      let sums = program.addSlot(
        "sums of " + schedule[gradients.output].name,
        words: input.shape.batch * input.blocks * 3 * BlockedLayout.lanes)
      program.launch(
        kernel("epilogue", "epilogue_backward_sums"),
        [argument(operands.input)] + constants(operands) + [
          argument(output), argument(gradients.output),
          argument(gradients.residual ?? gradients.input), .slot(sums),
        ] + sizes(epilogue, parts: parts) + [
          .int(input.halo), .int(layout(of: output).halo), .int(layout(of: gradients.output).halo),
          .int(gradients.residual.map { layout(of: $0).halo } ?? 0),
          .float(epilogue.normalisation?.epsilon ?? 0),
        ], global: GridSize(input.blocks, input.shape.batch))
      if let normalisation = operands.normalisation {
        groupMeans = combine(
          epilogue, sums: sums, groups: groups, blocks: input.blocks, gradients, normalisation)
      }
      if let gate = epilogue.gate, let gradient = gradients.gate {
        gateGradient(epilogue, gate, sums: sums, gradient: gradient, blocks: input.blocks)
      }
    }
    inputGradient(epilogue, operands, gradients, groupMeans: groupMeans)
  }

  /// The second pass. Where the first has left the gradient before the last ReLU with the residual, it starts there and
  /// needs the output no more.
  private mutating func inputGradient(
    _ epilogue: Epilogue, _ operands: Epilogue.Operands, _ gradients: Epilogue.Gradients,
    groupMeans: Argument
  ) {
    var parts = EpilogueParts(epilogue, gradients)
    var outputGradient = gradients.output
    if let residual = gradients.residual, !gradients.accumulateResidual, residual != gradients.input {
      outputGradient = residual
      parts.remove(.reluAfter)
    }
    // The residual matters to a ReLU after it only.
    if !parts.contains(.reluAfter) { parts.remove(.residual) }
    let input = layout(of: operands.input)
    let output = outputToRead(operands, parts)
    program.launch(
      kernel("epilogue", "epilogue_backward_input"),
      [argument(operands.input)] + constants(operands) + [
        argument(output), argument(outputGradient), groupMeans, argument(gradients.input),
      ] + sizes(epilogue, parts: parts) + [
        .int(input.halo), .int(layout(of: output).halo), .int(layout(of: outputGradient).halo),
        .int(layout(of: gradients.input).halo), .float(epilogue.normalisation?.epsilon ?? 0),
      ], global: GridSize(input.blocks, input.shape.batch))
  }

  /// The backward passes make the output again from the input unless there is a residual in it; what they do not read
  /// need not stay in memory.
  private func outputToRead(_ operands: Epilogue.Operands, _ parts: EpilogueParts) -> Tensor {
    parts.isSuperset(of: [.residual, .reluAfter]) ? operands.output : operands.input
  }

  /// Sums over images to the gradients of scale and shift and to the means that the second pass needs.
  private mutating func combine(
    _ epilogue: Epilogue, sums: Slot, groups: Int, blocks: Int, _ gradients: Epilogue.Gradients,
    _ normalisation: Epilogue.NormalisationOperands
  ) -> Argument {
    let shape = epilogue.shape
    let means = program.addSlot("mean gradients", words: groups * blocks * 2 * BlockedLayout.lanes)
    // A gradient that nobody asked for still needs a place to go.
    let discarded = program.addSlot("unused gradient", words: shape.channels)
    program.launch(
      kernel("epilogue", "epilogue_backward_combine"),
      [
        .slot(sums), gradients.scale.map { argument($0) } ?? .slot(discarded),
        gradients.shift.map { argument($0) } ?? .slot(discarded), .slot(means), .int(shape.batch),
        .int(groups), .int(shape.channels), .int(shape.height * shape.width),
      ], global: GridSize(blocks))
    return .slot(means)
  }

  private mutating func gateGradient(
    _ epilogue: Epilogue, _ gate: Epilogue.Gate, sums: Slot, gradient: Tensor, blocks: Int
  ) {
    program.launch(
      kernel("epilogue", gate.perBranch ? "branch_gate_gradient" : "gate_gradient"),
      [
        .slot(sums), argument(gradient), .int(epilogue.shape.batch), .int(gate.groups),
        .int(epilogue.shape.channels),
      ], global: gate.perBranch ? GridSize(gate.groups) : GridSize(blocks, gate.groups))
  }

  /// Statistics, scale, shift and gates; the input stands in for what is absent and never read.
  private mutating func constants(_ operands: Epilogue.Operands) -> [Argument] {
    let none = operands.input
    let normalisation = operands.normalisation
    return [
      argument(normalisation?.mean ?? none), argument(normalisation?.variance ?? none),
      argument(normalisation?.scale ?? none), argument(normalisation?.shift ?? none),
      argument(operands.gate ?? none),
    ]
  }

  private func sizes(_ epilogue: Epilogue, parts: EpilogueParts) -> [Argument] {
    let shape = epilogue.shape
    let values = [
      parts.rawValue, shape.batch, epilogue.normalisation?.groups ?? 1, epilogue.gate?.groups ?? 1,
      shape.channels, shape.height, shape.width,
    ]
    return values.map(Argument.int)
  }
}
