import Devices

extension ProblemGrid {
  static func poolings() throws -> [any OperatorProblem] {
    var problems: [any OperatorProblem] = []
    let windows = [(2, 2, 0), (3, 2, 1), (3, 1, 1), (2, 1, 1), (3, 3, 0), (5, 3, 2), (4, 2, 2)]
    for (index, window) in windows.enumerated() {
      for step in 0...1 {
        for kind in [PoolingProblem.Kind.maximum, .average] {
          let shape = ActivationShape(
            batch: pick(batches, index), channels: pick(channels, index * 3 + step),
            height: pick(widths, index + 1 + 3 * step), width: pick(widths, index * 2 + 3 + step))
          guard min(shape.height, shape.width) + 2 * window.2 >= window.0 else { continue }
          let problem = try PoolingProblem(
            kind: kind, input: shape, kernel: Extent(window.0), stride: Extent(window.1),
            padding: Extent(window.2))
          problems.append(PoolingCases(problem: problem, ties: step == 1 && kind == .maximum))
        }
      }
    }
    for kind in [PoolingProblem.Kind.maximum, .average] {
      problems.append(
        PoolingCases(
          problem: try PoolingProblem(
            kind: kind, input: ActivationShape(batch: 2, channels: 5, height: 6, width: 9),
            kernel: Extent(height: 3, width: 2), stride: Extent(height: 1, width: 3),
            padding: Extent(height: 1, width: 0)), ties: kind == .maximum))
    }
    return problems + globalAveragePools()
  }

  private static func globalAveragePools() -> [any OperatorProblem] {
    [ActivationShape(batch: 1, channels: 1, height: 1, width: 1)].map(GlobalAveragePoolCases.init(shape:))
      + channels.indices.map { GlobalAveragePoolCases(shape: shape($0, channels: $0)) }
  }

  /// Widening by halves as in unpruned networks, and every misfit that pruning leaves.
  static func shortcuts() throws -> [any OperatorProblem] {
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
            channelOffset: change.2))
      }
    }
  }
}
