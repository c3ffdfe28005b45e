extension GPULowering {
  /// Pooling operations and shortcuts.
  mutating func lowerPooling(_ operation: Operation) {
    switch operation {
    case .poolingForward(let problem, let input, let output):
      let count = problem.output.count
      launch(
        "pooling", "\(problem.kind.prefix)_pool_forward",
        [argument(input), argument(output), .int(count)] + problem.arguments, count: count)
    case .poolingBackward(let problem, let input, let outputGradient, let inputGradient, let accumulate):
      let count = problem.input.count
      let operands = [argument(outputGradient), argument(inputGradient), .flag(accumulate), .int(count)]
      launch(
        "pooling", "\(problem.kind.prefix)_pool_backward",
        (problem.kind == .maximum ? [argument(input)] : []) + operands + problem.arguments, count: count)
    case .globalAveragePoolForward(let shape, let input, let output):
      reduce(
        "pooling", "global_average_forward",
        [argument(input), argument(output), .int(shape.height * shape.width)],
        groups: shape.batch * shape.channels)
    case .globalAveragePoolBackward(let shape, let outputGradient, let inputGradient, let accumulate):
      launch(
        "pooling", "global_average_backward",
        [
          argument(outputGradient), argument(inputGradient), .flag(accumulate), .int(shape.count),
          .int(shape.height * shape.width),
        ], count: shape.count)
    case .shortcutForward(let problem, let input, let output):
      let count = problem.output.count
      launch(
        "pooling", "shortcut_forward",
        [argument(input), constant("a shortcut's channels", problem.channels), argument(output), .int(count)]
          + problem.arguments,
        count: count)
    case .shortcutBackward(let problem, let outputGradient, let inputGradient, let accumulate):
      let count = problem.input.count
      launch(
        "pooling", "shortcut_backward",
        [
          argument(outputGradient), constant("a shortcut's channels", problem.destinations),
          argument(inputGradient),
          .flag(accumulate), .int(count),
        ] + problem.arguments, count: count)
    default: break
    }
  }
}

extension PoolingProblem.Kind {
  /// How the kernels' names begin.
  fileprivate var prefix: String {
    switch self {
    case .maximum: "max"
    case .average: "average"
    }
  }
}

extension PoolingProblem {
  /// The arguments named POOLING in Kernels/gpu/pooling.cl, after the count.
  fileprivate var arguments: [Argument] {
    [
      input.height, input.width, output.height, output.width, kernel.height, kernel.width, stride.height,
      stride.width, padding.height, padding.width,
    ].map { .int($0) }
  }
}

extension ShortcutProblem {
  /// The arguments named SHORTCUT in Kernels/gpu/pooling.cl, after the count.
  fileprivate var arguments: [Argument] {
    [
      input.channels, input.height, input.width, output.channels, output.height, output.width, stride,
    ].map { .int($0) }
  }
}
