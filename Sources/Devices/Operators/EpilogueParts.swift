/// What an epilogue consists of and what its gradient has to do, as the epilogue kernels of both families take it.
struct EpilogueParts: OptionSet {
  let rawValue: Int

  static let normalise = EpilogueParts(rawValue: 1)
  static let reluBefore = EpilogueParts(rawValue: 2)
  static let gate = EpilogueParts(rawValue: 4)
  static let residual = EpilogueParts(rawValue: 8)
  static let reluAfter = EpilogueParts(rawValue: 16)
  static let constantStatistics = EpilogueParts(rawValue: 32)
  static let gatePerBranch = EpilogueParts(rawValue: 64)
  static let residualGradient = EpilogueParts(rawValue: 128)
  static let accumulateInput = EpilogueParts(rawValue: 256)
  static let accumulateResidual = EpilogueParts(rawValue: 512)
  /// At a closed gate and a sum of 0, the gate's gradient is that of opening.
  static let gateOpensAtZero = EpilogueParts(rawValue: 1024)

  init(rawValue: Int) { self.rawValue = rawValue }

  init(_ epilogue: Epilogue, _ gradients: Epilogue.Gradients? = nil) {
    self = []
    if epilogue.normalisation != nil { insert(.normalise) }
    if epilogue.normalisation?.statisticsAreConstant == true { insert(.constantStatistics) }
    if epilogue.reluBefore { insert(.reluBefore) }
    if epilogue.gate != nil { insert(.gate) }
    if epilogue.gate?.perBranch == true { insert(.gatePerBranch) }
    if epilogue.residual { insert(.residual) }
    if epilogue.reluAfter { insert(.reluAfter) }
    if gradients?.residual != nil { insert(.residualGradient) }
    if gradients?.accumulateInput == true { insert(.accumulateInput) }
    if gradients?.accumulateResidual == true { insert(.accumulateResidual) }
    if gradients?.gate != nil, epilogue.residualIsNonnegative, isSuperset(of: [.gate, .residual, .reluAfter])
    {
      insert(.gateOpensAtZero)
    }
  }
}
