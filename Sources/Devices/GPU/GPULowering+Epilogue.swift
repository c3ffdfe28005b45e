extension GPULowering {
  mutating func epilogueForward(_ epilogue: Epilogue, _ operands: Epilogue.Operands) {
    let count = epilogue.shape.count
    launch(
      "epilogue", "epilogue_forward",
      [argument(operands.input)] + parameters(operands)
        + [argument(operands.residual, standIn: operands.input), argument(operands.output), .int(count)]
        + Self.sizes(epilogue, EpilogueParts(epilogue)),
      count: count)
  }

  /// Sums over chunks of images, sums of those for the parameters' gradients, then the feature maps' gradients.
  mutating func epilogueBackward(
    _ epilogue: Epilogue, _ operands: Epilogue.Operands, _ gradients: Epilogue.Gradients
  ) {
    let shape = epilogue.shape
    let tensors =
      [argument(gradients.output), argument(operands.output), argument(operands.input)] + parameters(operands)
    var parts = EpilogueParts(epilogue, gradients)
    // The kernels' pointers must not alias: a gradient that input and residual share is written in two launches.
    if let residual = gradients.residual, residual == gradients.input {
      launch(
        "epilogue", "epilogue_backward_residual",
        [
          argument(gradients.output), argument(operands.output), argument(residual), .int(shape.count),
          .int(parts.rawValue),
        ], count: shape.count)
      parts.remove(.residualGradient)
    }
    let sizes = Self.sizes(epilogue, parts)
    var sums = ChunkSums(slot: slot(operands.input), perGroup: 0)
    if epilogue.needsSums(for: gradients) {
      let chunks = ImageChunks(
        of: shape, groupings: [epilogue.normalisation?.groups ?? 1, epilogue.gate?.groups ?? 1])
      let partials = scratch("partial epilogue gradients", words: 3 * chunks.count * shape.channels)
      reduce(
        "epilogue", "epilogue_backward_chunk", tensors + [.slot(partials)] + sizes + chunks.arguments,
        groups: shape.channels, rows: chunks.count)
      if let normalisation = epilogue.normalisation {
        sums = ChunkSums(slot: partials, perGroup: chunks.count / normalisation.groups)
        if !family.mergesLaunches || chunks.count > Self.chunksPerItem {
          sums = normalisationSums(sums, normalisation, shape, gradients)
        }
      }
      if let gate = epilogue.gate, let gradient = gradients.gate {
        gateGradient(gate, shape, gradient, partials: partials, chunks: chunks.count)
      }
    }
    let groupCount = shape.count / shape.channels / (epilogue.normalisation?.groups ?? 1)
    launch(
      "epilogue", "epilogue_backward",
      tensors
        + [
          .slot(sums.slot), argument(gradients.input),
          argument(gradients.residual, standIn: gradients.input),
        ] + parameterGradients(gradients, areWanted: !sums.gaveParameterGradients)
        + [.int(sums.perGroup), .int(shape.count), .float(Float(groupCount))] + sizes,
      count: shape.count)
  }

  /// The chunks that an item of `epilogue_backward` adds up for itself rather than let a launch do that before. Its loads
  /// are those of its neighbours, but with more chunks they would outweigh the launch.
  private static let chunksPerItem = 8

  /// What is still to be added for a normalisation's gradients: `[chunks][channels][3]`.
  private struct ChunkSums {
    var slot: Slot
    /// Chunks in each group of statistics.
    var perGroup: Int
    /// Whether the gradients of scale and shift are there already.
    var gaveParameterGradients = false
  }

  /// The gradients of scale and shift, and whether each is to be written.
  private func parameterGradients(_ gradients: Epilogue.Gradients, areWanted: Bool) -> [Argument] {
    [
      argument(gradients.scale, standIn: gradients.input),
      argument(gradients.shift, standIn: gradients.input),
      .flag(areWanted && gradients.scale != nil), .flag(areWanted && gradients.shift != nil),
    ]
  }

  /// - Returns: the sums over all chunks of each group of statistics.
  private mutating func normalisationSums(
    _ chunks: ChunkSums, _ normalisation: Epilogue.Normalisation, _ shape: ActivationShape,
    _ gradients: Epilogue.Gradients
  ) -> ChunkSums {
    let sums = scratch("epilogue sums", words: 3 * normalisation.groups * shape.channels)
    launch(
      "epilogue", "epilogue_backward_normalisation",
      [.slot(chunks.slot), .slot(sums)] + parameterGradients(gradients, areWanted: true)
        + [.int(shape.channels), .int(normalisation.groups), .int(chunks.perGroup)],
      count: shape.channels)
    return ChunkSums(slot: sums, perGroup: 1, gaveParameterGradients: true)
  }

  private mutating func gateGradient(
    _ gate: Epilogue.Gate, _ shape: ActivationShape, _ gradient: Tensor, partials: Slot, chunks: Int
  ) {
    let perGroup = chunks / gate.groups
    if gate.perBranch {
      reduce(
        "epilogue", "epilogue_backward_branch_gate",
        [.slot(partials), argument(gradient), .int(shape.channels), .int(perGroup)], groups: gate.groups)
    } else {
      let count = gate.count(channels: shape.channels)
      launch(
        "epilogue", "epilogue_backward_gate",
        [.slot(partials), argument(gradient), .int(count), .int(shape.channels), .int(perGroup)], count: count
      )
    }
  }

  /// Statistics, scale and shift, and gate.
  private func parameters(_ operands: Epilogue.Operands) -> [Argument] {
    let normalisation = operands.normalisation
    return [
      normalisation?.mean, normalisation?.variance, normalisation?.scale, normalisation?.shift, operands.gate,
    ].map { argument($0, standIn: operands.input) }
  }

  /// The arguments named EPILOGUE in Kernels/gpu/epilogue.cl.
  private static func sizes(_ epilogue: Epilogue, _ parts: EpilogueParts) -> [Argument] {
    let shape = epilogue.shape
    return [
      .int(parts.rawValue), .int(shape.batch), .int(shape.channels), .int(shape.height * shape.width),
      .int(epilogue.normalisation?.groups ?? 1), .int(epilogue.gate?.groups ?? 1),
      .float(epilogue.normalisation?.epsilon ?? 0),
    ]
  }
}

extension Epilogue {
  /// Whether anything but the elements' own gradients is asked for.
  fileprivate func needsSums(for gradients: Gradients) -> Bool {
    if gradients.gate != nil || gradients.scale != nil || gradients.shift != nil { return true }
    return normalisation.map { !$0.statisticsAreConstant } ?? false
  }
}
