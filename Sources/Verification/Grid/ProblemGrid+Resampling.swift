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
}
