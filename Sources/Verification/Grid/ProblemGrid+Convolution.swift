import Devices

extension ProblemGrid {
  static func convolutions() throws -> [any OperatorProblem] {
    try networkConvolutions() + sampledConvolutions() + oddConvolutions() + winogradConvolutions()
  }

  /// 3×3, 1×1 and first-layer convolutions as residual networks have them, on every width and channel count.
  private static func networkConvolutions() throws -> [any OperatorProblem] {
    var problems: [any OperatorProblem] = []
    for (index, width) in widths.enumerated() {
      for stride in 1...2 {
        problems.append(
          try square(
            pick(batches, index), pick(channels, index * 3 + 2), width, pick(channels, index * 5 + stride), 3,
            stride, padding: 1))
      }
    }
    for (index, count) in channels.enumerated() {
      let width = pick(widths, index * 2 + 1)
      let outputs = pick(channels, index * 3 + 4)
      problems += [
        try square(pick(batches, index), count, width, outputs, 1, 1, padding: 0),
        try square(pick(batches, index + 1), outputs, width, count, 1, 2, padding: 0, bias: true),
        try square(2, 16, 8, count, 3, 1, padding: 1), try square(1, count, 8, 16, 3, 1, padding: 1),
      ]
    }
    problems += [
      // Work-items of several blocks of outputs; weights too many for the second-level cache.
      try square(128, 16, 4, 40, 3, 2, padding: 1), try square(2, 256, 5, 256, 3, 2, padding: 1),
    ]
    for count in [1, 3] {
      problems += [
        try square(2, count, 32, 16, 3, 1, padding: 1), try square(1, count, 33, 20, 7, 2, padding: 3),
        try square(2, count, 28, 17, 5, 1, padding: 2, bias: true),
      ]
    }
    return problems
  }

  /// Every kernel size, stride and dilation, with the other sizes taken in turn.
  private static func sampledConvolutions() throws -> [any OperatorProblem] {
    var problems: [any OperatorProblem] = []
    var index = 0
    for kernel in 1...7 {
      for stride in 1...3 {
        for dilation in 1...2 {
          index += 1
          // None, half the kernel, or more than any network needs.
          let padding = [0, kernel / 2, kernel + 1][index % 3]
          let input = ActivationShape(
            batch: pick(batches, index), channels: pick(channels, index * 3),
            height: pick(widths, index * 4 + 1), width: pick(widths, index * 2))
          let span = dilation * (kernel - 1) + 1
          guard min(input.height, input.width) + 2 * padding >= span else { continue }
          problems.append(
            ConvolutionCases(
              problem: try ConvolutionProblem(
                input: input, outputChannels: pick(channels, index * 5 + 1), kernel: Extent(kernel),
                stride: Extent(stride), padding: Extent(padding), dilation: Extent(dilation)),
              bias: index % 2 == 0))
        }
      }
    }
    return problems
  }

  /// Sizes that differ between the axes.
  private static func oddConvolutions() throws -> [any OperatorProblem] {
    func problem(
      _ input: [Int], _ outputs: Int, _ kernel: (Int, Int), _ stride: (Int, Int) = (1, 1),
      _ padding: (Int, Int) = (0, 0), _ dilation: (Int, Int) = (1, 1)
    ) throws -> any OperatorProblem {
      ConvolutionCases(
        problem: try ConvolutionProblem(
          input: ActivationShape(batch: input[0], channels: input[1], height: input[2], width: input[3]),
          outputChannels: outputs, kernel: Extent(height: kernel.0, width: kernel.1),
          stride: Extent(height: stride.0, width: stride.1),
          padding: Extent(height: padding.0, width: padding.1),
          dilation: Extent(height: dilation.0, width: dilation.1)), bias: outputs.isMultiple(of: 2))
    }
    return [
      try problem([1, 1, 1, 1], 1, (1, 1)),
      try problem([1, 1, 2, 2], 2, (2, 2)),
      try problem([2, 2, 4, 5], 3, (3, 2), (1, 2), (1, 0)),
      try problem([2, 3, 1, 17], 16, (1, 3), (1, 1), (0, 1)),
      try problem([1, 16, 33, 1], 17, (5, 1), (2, 1), (2, 0)),
      try problem([2, 17, 9, 14], 15, (1, 5), (3, 1), (0, 2), (1, 2)),
      try problem([1, 20, 15, 16], 33, (3, 3), (2, 1), (1, 1), (2, 1)),
      try problem([1, 4, 8, 7], 5, (2, 3), (2, 3), (5, 4)),
      try problem([5, 3, 7, 33], 20, (7, 3), (1, 3), (3, 1)),
    ]
  }

  /// 3×3 at stride 1 with enough channels for tiles of 2 × 2: padding and parity of either axis, tiles over several images,
  /// several blocks on either side, large images in parts, sums over several groups of images, the most channels; and
  /// beyond the limits, where a direct convolution takes over: images of one tile, one channel more.
  private static func winogradConvolutions() throws -> [any OperatorProblem] {
    func problem(
      _ input: [Int], _ outputs: Int, padding: (Int, Int), bias: Bool = false
    ) throws -> any OperatorProblem {
      ConvolutionCases(
        problem: try ConvolutionProblem(
          input: ActivationShape(batch: input[0], channels: input[1], height: input[2], width: input[3]),
          outputChannels: outputs, kernel: Extent(3),
          padding: Extent(height: padding.0, width: padding.1)), bias: bias)
    }
    return [
      try problem([2, 24, 9, 14], 40, padding: (0, 0)),
      try problem([35, 16, 4, 4], 33, padding: (1, 1), bias: true),
      try problem([1, 130, 5, 5], 20, padding: (1, 1)),
      try problem([3, 16, 17, 33], 48, padding: (2, 2)),
      try problem([3, 20, 10, 7], 17, padding: (2, 0), bias: true),
      try problem([2, 9, 7, 10], 8, padding: (0, 1)),
      try problem([40, 9, 2, 2], 70, padding: (1, 1)),
      try problem([2, 16, 40, 41], 16, padding: (1, 1)),
      try problem([3, 80, 1, 1], 12, padding: (1, 1)),
      try problem([1, 15, 3, 3], 31, padding: (0, 0)),
      try problem([33, 16, 1, 3], 16, padding: (2, 1)),
      try problem([40, 9, 4, 3], 70, padding: (1, 1)),
      try problem([5, 16, 31, 33], 24, padding: (1, 1)),
      try problem([2, 300, 4, 3], 16, padding: (1, 1)),
      try problem([1, 1024, 3, 3], 16, padding: (1, 1)),
      try problem([1, 1025, 3, 3], 8, padding: (1, 1)),
    ]
  }

  private static func square(
    _ batch: Int, _ channels: Int, _ width: Int, _ outputs: Int, _ kernel: Int, _ stride: Int, padding: Int,
    bias: Bool = false
  ) throws -> any OperatorProblem {
    ConvolutionCases(
      problem: try ConvolutionProblem(
        input: ActivationShape(batch: batch, channels: channels, height: width, width: width),
        outputChannels: outputs, kernel: Extent(kernel), stride: Extent(stride), padding: Extent(padding)),
      bias: bias)
  }
}
