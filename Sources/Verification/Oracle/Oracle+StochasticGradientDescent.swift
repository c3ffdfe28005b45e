import Devices

extension Oracle {
  /// - Returns: parameters and momentum after one update.
  public static func stochasticGradientDescent(
    _ problem: SGDProblem, learningRate: Float, parameters: [Double], gradients: [Double], momentum: [Double]
  ) -> (parameters: [Double], momentum: [Double]) {
    var parameters = parameters
    var velocities = momentum
    for index in parameters.indices {
      let gradient = gradients[index] + Double(problem.weightDecay) * parameters[index]
      velocities[index] = Double(problem.momentum) * velocities[index] + gradient
      let direction =
        problem.nesterov ? gradient + Double(problem.momentum) * velocities[index] : velocities[index]
      parameters[index] -= Double(learningRate) * direction
    }
    return (parameters, velocities)
  }
}
