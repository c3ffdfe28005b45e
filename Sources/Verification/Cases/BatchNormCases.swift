import Devices

struct BatchNormCases: OperatorProblem {
  var shape: ActivationShape
  var groups: Int
  var momentum: Float = 0.1
  /// Added to the input: a mean far from zero shows whether the variance is computed from differences.
  var offset: Float = 0
  var running = true

  var description: String {
    "\(shape) groups \(groups) offset \(Int(offset))" + (running ? " running" : "")
  }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    var builder = CaseBuilder("batchNormStatistics", from: origin)
    let input = try builder.activation("input", shape, .uniform(offset: offset))
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
