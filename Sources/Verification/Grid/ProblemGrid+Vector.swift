import Devices

extension ProblemGrid {
  /// Feature maps of one pixel: how batch norm, ReLUs and gates see the vectors of fully connected layers.
  static func vectors() -> [any OperatorProblem] {
    let shapes = [1, 15, 16, 17, 50, 512].flatMap { channels in
      [1, 5, 9, 128].map { ActivationShape(batch: $0, channels: channels, height: 1, width: 1) }
    }
    return shapes.flatMap { shape in
      [TransferCases(shape: shape), BatchNormCases(shape: shape, groups: 1)]
        + vectorEpilogues(shape).map { EpilogueCases(epilogue: $0) } as [any OperatorProblem]
    } + [
      VectorCases(batch: 5, inputs: 7, hidden: 17, outputs: 3),
      VectorCases(batch: 33, inputs: 20, hidden: 50, outputs: 10),
    ]
  }

  private static func vectorEpilogues(_ shape: ActivationShape) -> [Epilogue] {
    let gate = Epilogue.Gate(groups: 1, perBranch: false)
    let groups = shape.batch.isMultiple(of: 3) ? 3 : shape.batch
    let constant = Epilogue.Normalisation(statisticsAreConstant: true)
    return [
      Epilogue(shape: shape, normalisation: Epilogue.Normalisation(), reluBefore: true, gate: gate),
      Epilogue(shape: shape, normalisation: constant, reluAfter: true),
      Epilogue(shape: shape, reluBefore: true, gate: Epilogue.Gate(groups: groups, perBranch: false)),
      Epilogue(
        shape: shape, gate: Epilogue.Gate(groups: shape.batch, perBranch: true), residual: true,
        reluAfter: true),
      Epilogue(shape: shape, gate: gate),
    ]
  }
}
