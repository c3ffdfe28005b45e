import Devices

extension Oracle {
  /// - Returns: parameters and moments after one update.
  public static func adam(
    _ problem: AdamProblem, learningRate: Float, correction: AdamCorrection, parameters: [Double],
    gradients: [Double], firstMoment: [Double], secondMoment: [Double]
  ) -> (parameters: [Double], firstMoment: [Double], secondMoment: [Double]) {
    var (parameters, means, squares) = (parameters, firstMoment, secondMoment)
    let (beta1, beta2) = (Double(problem.beta1), Double(problem.beta2))
    let decay = Double(problem.weightDecay)
    for index in parameters.indices {
      var gradient = gradients[index]
      if problem.isDecoupled {
        parameters[index] *= 1 - Double(learningRate) * decay
      } else {
        gradient += decay * parameters[index]
      }
      means[index] = beta1 * means[index] + (1 - beta1) * gradient
      squares[index] = beta2 * squares[index] + (1 - beta2) * gradient * gradient
      let deviation = squares[index].squareRoot() * Double(correction.scale) + Double(problem.epsilon)
      parameters[index] -= Double(correction.stepSize) * means[index] / deviation
    }
    return (parameters, means, squares)
  }
}
