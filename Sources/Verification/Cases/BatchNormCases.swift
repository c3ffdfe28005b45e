import Devices

struct BatchNormCases: OperatorProblem {
  var shape: ActivationShape
  var groups: Int
  var momentum: Float = 0.1
  /// Added to the input: a mean far from zero shows whether the variance is computed from differences.
  var offset: Float = 0
  var running = true
  /// Whether the first pixel of every plane is far from all others: no measure for the mean.
  var outliers = false

  var description: String {
    "\(shape) groups \(groups) offset \(Int(offset))" + (running ? " running" : "")
      + (outliers ? " outliers" : "")
  }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    let distribution =
      outliers ? Distribution.outliers(period: shape.height * shape.width) : .uniform(offset: offset)
    var builder = CaseBuilder("batchNormStatistics", from: origin)
    let input = try builder.activation("input", shape, distribution)
    let mean = builder.vectorResult("mean", groups * shape.channels, bound: Bound.forward)
    let variance = builder.vectorResult("variance", groups * shape.channels, bound: Bound.forward)
    let statistics =
      running
      ? RunningStatistics(
        mean: try builder.vectorUpdated("runningMean", shape.channels, bound: Bound.forward),
        variance: try builder.vectorUpdated(
          "runningVariance", shape.channels, .positive, bound: Bound.forward), momentum: momentum) : nil
    builder.append(
      .batchNormStatistics(
        shape, groups: groups, input: input, mean: mean, variance: variance, running: statistics))
    return [try builder.build()]
  }
}
