import Devices

/// A few updates on the same state, each with gradients of its own.
struct StochasticGradientDescentCases: OperatorProblem {
  var problem: SGDProblem
  var learningRate: Float = 0.1
  var steps = 3

  var description: String {
    "\(problem.count) momentum \(problem.momentum) decay \(problem.weightDecay) rate \(learningRate)"
      + (problem.nesterov ? " nesterov" : "")
  }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    var builder = CaseBuilder("stochasticGradientDescent", from: origin)
    let parameters = try builder.vectorUpdated("parameters", problem.count, bound: Bound.forward)
    let momentum = try builder.vectorUpdated("momentum", problem.count, bound: Bound.forward)
    _ = try builder.vector("gradients", steps * problem.count)
    for step in 0..<steps {
      let gradients = builder.slice(of: "gradients", at: step * problem.count, count: problem.count)
      builder.append(
        .stochasticGradientDescent(problem, parameters: parameters, gradients: gradients, momentum: momentum))
    }
    return [try builder.build(scalars: Oracle.Scalars(learningRate: learningRate))]
  }
}
