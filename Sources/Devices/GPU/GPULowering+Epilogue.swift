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
    var sums = argument(operands.input)
    if epilogue.needsSums(for: gradients) {
      let chunks = ImageChunks(
        of: shape, groupings: [epilogue.normalisation?.groups ?? 1, epilogue.gate?.groups ?? 1])
      let partials = scratch("partial epilogue gradients", words: 3 * chunks.count * shape.channels)
      reduce(
        "epilogue", "epilogue_backward_chunk", tensors + [.slot(partials)] + sizes + chunks.arguments,
        groups: shape.channels, rows: chunks.count)
      if let normalisation = epilogue.normalisation {
        sums = .slot(
          normalisationSums(normalisation, shape, gradients, partials: partials, chunks: chunks.count))
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
          sums, argument(gradients.input), argument(gradients.residual, standIn: gradients.input),
          .int(shape.count), .float(Float(groupCount)),
        ] + sizes,
      count: shape.count)
  }

  /// - Returns: the sums by group and channel that gradients through statistics need.
  private mutating func normalisationSums(
    _ normalisation: Epilogue.Normalisation, _ shape: ActivationShape, _ gradients: Epilogue.Gradients,
    partials: Slot, chunks: Int
  ) -> Slot {
    let sums = scratch("epilogue sums", words: 2 * normalisation.groups * shape.channels)
    launch(
      "epilogue", "epilogue_backward_normalisation",
      [
        .slot(partials), .slot(sums), argument(gradients.scale, standIn: gradients.input),
        argument(gradients.shift, standIn: gradients.input), .flag(gradients.scale != nil),
        .flag(gradients.shift != nil), .int(shape.channels), .int(normalisation.groups),
        .int(chunks / normalisation.groups),
      ], count: shape.channels)
    return sums
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
