import Devices

extension ProblemGrid {
  static func shortcuts() throws -> [any OperatorProblem] { try paddedShortcuts() + mappedShortcuts() }

  /// Widening by halves as in unpruned networks, and other runs of channels.
  private static func paddedShortcuts() throws -> [any OperatorProblem] {
    let changes = [
      (16, 32, 8), (32, 64, 16), (15, 33, 9), (17, 20, 0), (1, 1, 0), (3, 48, 40), (20, 7, -5), (33, 17, -16),
      (16, 16, 3), (5, 9, 7),
    ]
    return try changes.enumerated().flatMap { index, change in
      try [1 + index % 2, 2 + index % 2].map { stride in
        ShortcutCases(
          problem: try ShortcutProblem(
            input: ActivationShape(
              batch: pick(batches, index), channels: change.0, height: pick(widths, index + 1),
              width: pick(widths, index * 2 + stride)), outputChannels: change.1, stride: stride,
            channelOffset: change.2), map: "offset \(change.2)")
      }
    }
  }

  /// Any map that pruning may leave.
  private static func mappedShortcuts() throws -> [any OperatorProblem] {
    let counts = [1, 15, 16, 17, 33]
    let sizes = [7, 1, 9, 5, 8, 3, 11]
    var problems: [any OperatorProblem] = []
    for (row, inputs) in counts.enumerated() {
      for (column, outputs) in counts.enumerated() {
        for (kind, map) in ChannelMap.all(inputs: inputs, outputs: outputs).enumerated() {
          let index = problems.count
          problems.append(
            ShortcutCases(
              problem: try ShortcutProblem(
                input: ActivationShape(
                  batch: pick(batches, index), channels: inputs, height: pick(sizes, index),
                  width: pick(sizes, index * 2 + 3)), stride: 1 + (row + column + kind) % 3,
                channels: map.channels), map: map.name))
        }
      }
    }
    return problems
  }
}

/// The input channel behind each output channel of a shortcut, -1 for zeros.
private struct ChannelMap {
  var name: String
  var channels: [Int]

  static func all(inputs: Int, outputs: Int) -> [ChannelMap] {
    let shuffledInputs = shuffled(inputs, "\(inputs) inputs to \(outputs)")
    let shuffledOutputs = shuffled(outputs, "\(outputs) outputs from \(inputs)")
    let used = min(inputs, outputs)
    let kept = (used + 1) / 2
    func map(_ name: String, from: some Sequence<Int>, to: some Sequence<Int>) -> ChannelMap {
      var channels = [Int](repeating: -1, count: outputs)
      for (input, output) in zip(from, to) { channels[output] = input }
      return ChannelMap(name: name, channels: channels)
    }
    var maps = [
      map("permuted", from: shuffledInputs, to: shuffledOutputs),
      map("gaps", from: shuffledInputs.prefix(kept).sorted(), to: shuffledOutputs.prefix(kept).sorted()),
      map("one channel", from: [inputs - 1], to: [outputs / 2]),
      map("no channel", from: [], to: []),
    ]
    if inputs == outputs { maps.append(map("identity", from: 0..<inputs, to: 0..<outputs)) }
    if inputs > outputs { maps.append(map("crop", from: (inputs - outputs) / 2..<inputs, to: 0..<outputs)) }
    return maps
  }

  private static func shuffled(_ count: Int, _ name: String) -> [Int] {
    let keys = Formula.words(name, count: count)
    return (0..<count).sorted { keys[$0] < keys[$1] }
  }
}
