extension GPULowering {
  mutating func addBias(_ bias: Tensor, to values: Tensor, channels: Int, area: Int) {
    let count = words(of: values)
    launch(
      "elementwise", "add_bias",
      [argument(bias), argument(values), .int(count), .int(channels), .int(area)], count: count)
  }

  /// Adds `parts` arrays of the destination's size, in order.
  mutating func sumParts(_ partials: Slot, parts: Int, into sums: Tensor) {
    let count = words(of: sums)
    launch(
      "elementwise", "sum_parts", [.slot(partials), argument(sums), .int(count), .int(parts)], count: count)
  }

  /// The sum of each channel over all images and pixels.
  mutating func channelSums(_ shape: ActivationShape, of values: Tensor, into sums: Tensor) {
    let chunks = ImageChunks(of: shape)
    let partials = scratch("partial sums", words: chunks.count * shape.channels)
    reduce(
      "elementwise", "channel_sums",
      [argument(values), .slot(partials), .int(shape.channels), .int(shape.height * shape.width)]
        + chunks.arguments,
      groups: shape.channels, rows: chunks.count)
    sumParts(partials, parts: chunks.count, into: sums)
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
