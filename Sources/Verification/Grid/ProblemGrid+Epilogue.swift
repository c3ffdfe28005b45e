import Devices

extension ProblemGrid {
  static func batchNorms() -> [any OperatorProblem] {
    let small = [
      ActivationShape(batch: 2, channels: 1, height: 1, width: 1),
      ActivationShape(batch: 4, channels: 3, height: 2, width: 3),
      ActivationShape(batch: 6, channels: 17, height: 5, width: 1),
    ]
    let shapes =
      small
      + channels.indices.map { index in
        ActivationShape(
          batch: 2 + 2 * (index % 2), channels: channels[index], height: pick(widths, index + 1),
          width: pick(widths, index * 2 + 3))
      }
    return shapes.enumerated().flatMap { index, shape in
      [
        BatchNormCases(shape: shape, groups: 1),
        BatchNormCases(shape: shape, groups: 2, offset: 4, running: shape.batch > 2 && index % 2 == 0),
      ]
    } + [
      BatchNormCases(shape: ActivationShape(batch: 64, channels: 16, height: 32, width: 32), groups: 1),
      BatchNormCases(
        shape: ActivationShape(batch: 8, channels: 20, height: 9, width: 7), groups: 4, offset: 32),
      BatchNormCases(
        shape: ActivationShape(batch: 4, channels: 17, height: 32, width: 32), groups: 2, outliers: true),
    ]
  }

  /// The epilogues of real blocks on awkward shapes; the goldens have every combination of the parts.
  static func epilogues() -> [any OperatorProblem] {
    let shapes = channels.indices.map { index in
      ActivationShape(
        batch: 4, channels: channels[index], height: pick(widths, index + 1),
        width: pick(widths, index * 2 + 3))
    }
    var problems: [any OperatorProblem] = []
    for (index, shape) in shapes.enumerated() {
      let gates = [1, 2, 4].map { Epilogue.Gate(groups: $0, perBranch: index % 2 == 1) }
      let statistics = Epilogue.Normalisation(groups: index % 2 + 1)
      let constant = Epilogue.Normalisation(statisticsAreConstant: true)
      let epilogues = [
        Epilogue(shape: shape, normalisation: statistics, reluBefore: true),
        Epilogue(shape: shape, normalisation: statistics, residual: true, reluAfter: true),
        Epilogue(
          shape: shape, normalisation: statistics, reluBefore: true, gate: pick(gates, index), residual: true),
        Epilogue(
          shape: shape, normalisation: statistics, gate: pick(gates, index + 1), residual: true,
          reluAfter: true),
        Epilogue(
          shape: shape, normalisation: statistics, reluBefore: index % 3 == 0, gate: pick(gates, index + 1),
          residual: true, residualIsNonnegative: true, reluAfter: true),
        Epilogue(shape: shape, normalisation: constant, reluBefore: true, gate: pick(gates, index + 2)),
        Epilogue(shape: shape, gate: pick(gates, index)),
      ]
      problems += epilogues.map { EpilogueCases(epilogue: $0) }
      problems += [
        EpilogueCases(epilogue: Epilogue(shape: shape, reluAfter: true), coarse: true),
        EpilogueCases(epilogue: Epilogue(shape: shape, residual: true, reluAfter: true), coarse: true),
      ]
    }
    return problems
  }
}
