import Devices

/// One update, the first or a later one.
struct AdamCases: OperatorProblem {
  var problem: AdamProblem
  var learningRate: Float = 0.01
  var update = 1
  /// Whether many gradients are 0, which leaves moments of 0 where the weights do not decay by their gradient.
  var hasZeroGradients = false

  var description: String {
    "\(problem.count) update \(update) decay \(problem.weightDecay) betas \(problem.beta1) \(problem.beta2)"
      + " rate \(learningRate)" + (problem.isDecoupled ? " decoupled" : "")
      + (hasZeroGradients ? " zero gradients" : "")
  }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    var builder = CaseBuilder("adam", from: origin)
    let isFirst = update == 1
    let parameters = try builder.vectorUpdated("parameters", problem.count, bound: Bound.forward)
    let gradients = try builder.vector("gradients", problem.count, hasZeroGradients ? .coarse : .uniform)
    let firstMoment = try builder.vectorUpdated(
      "firstMoment", problem.count, isFirst ? .uniform(scale: 0) : .uniform, bound: Bound.forward)
    let secondMoment = try builder.vectorUpdated(
      "secondMoment", problem.count, isFirst ? .uniform(scale: 0) : .positive, bound: Bound.forward)
    builder.append(
      .adam(
        problem, parameters: parameters, gradients: gradients, firstMoment: firstMoment,
        secondMoment: secondMoment))
    return [
      try builder.build(
        scalars: Oracle.Scalars(
          learningRate: learningRate,
          correction: AdamCorrection(
            learningRate: learningRate, beta1: problem.beta1, beta2: problem.beta2, update: update)))
    ]
  }
}
