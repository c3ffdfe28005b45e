extension GPULowering {
  mutating func addBias(_ bias: Tensor, to values: Tensor, channels: Int, area: Int) {
    let count = count(of: values)
    launch(
      "elementwise", "add_bias",
      [argument(bias), argument(values), .int(count), .int(channels), .int(area)], count: count)
  }

  /// Adds `parts` arrays of the destination's size, in order.
  mutating func sumParts(_ partials: Slot, parts: Int, into sums: Tensor) {
    let count = count(of: sums)
    partSums.append(
      PartSum(
        position: program.launches.count, partials: partials, parts: parts, sums: slot(sums), count: count))
    launch(
      "elementwise", "sum_parts",
      [.slot(partials), argument(sums), .int(count), .int(parts), .flag(false)], count: count)
  }

  /// The sum of each channel over all images and pixels.
  mutating func channelSums(_ shape: ActivationShape, of values: Tensor, into sums: Tensor) {
    let chunks = ImageChunks(of: shape)
    let partials =
      chunks.count == 1 ? slot(sums) : scratch("partial sums", words: chunks.count * shape.channels)
    reduce(
      "transfer", "channel_sums",
      [argument(values), .slot(partials), .int(shape.channels), .int(shape.height * shape.width)]
        + chunks.arguments,
      groups: shape.channels, rows: chunks.count, maps: isActivation(values))
    if chunks.count > 1 { sumParts(partials, parts: chunks.count, into: sums) }
  }

  mutating func stochasticGradientDescent(
    _ problem: SGDProblem, parameters: Tensor, gradients: Tensor, momentum: Tensor
  ) {
    launch(
      "elementwise", "stochastic_gradient_descent",
      [
        argument(parameters), argument(gradients), argument(momentum), .int(problem.count),
        .scalar(.learningRate), .float(problem.momentum), .float(problem.weightDecay),
        .flag(problem.nesterov),
      ], count: problem.count)
  }
}
