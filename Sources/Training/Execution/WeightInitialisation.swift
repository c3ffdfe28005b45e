import Networks
import Randomness

/// How the first weights of convolutions and linear layers are drawn. Scales and running variances begin at 1 in any
/// case, biases, shifts and running means at 0.
///
/// An output has `fanIn` inputs; an input goes into `fanOut` products (see `Parameter`).
public enum WeightInitialisation: String, CaseIterable, Hashable, Sendable {
  /// Normal with variance 2 / fanIn (He et al., arXiv 1502.01852).
  case heNormal = "he-normal"
  /// Uniform between ±√(6 / fanIn): the same variance.
  case heUniform = "he-uniform"
  /// Uniform between ±√(6 / (fanIn + fanOut)) (Glorot & Bengio, 2010).
  case glorotUniform = "glorot-uniform"

  /// First values of the `index`th parameter of a network; nil where it begins at 0. A pure function of its arguments.
  func values(of parameter: Parameter, index: Int, seed: UInt64) -> [Float]? {
    switch parameter.role {
    case .convolutionWeight, .linearWeight:
      var random = RandomStream(seed: seed, stream: .initialisation, index: UInt64(index))
      switch self {
      case .heNormal:
        let deviation = (2 / Double(parameter.fanIn)).squareRoot()
        return (0..<parameter.count).map { _ in Float(deviation * random.standardNormal()) }
      case .heUniform: return Self.uniform(parameter, fan: parameter.fanIn, &random)
      case .glorotUniform: return Self.uniform(parameter, fan: parameter.fanIn + parameter.fanOut, &random)
      }
    case .scale: return [Float](repeating: 1, count: parameter.count)
    case .bias, .shift, .runningMean, .runningVariance, .gate: return nil
    }
  }

  private static func uniform(_ parameter: Parameter, fan: Int, _ random: inout RandomStream) -> [Float] {
    let limit = (6 / Double(fan)).squareRoot()
    return (0..<parameter.count).map { _ in Float(limit * (2 * Double(random.uniform()) - 1)) }
  }
}

extension TrainingSession {
  /// First weights, and running statistics that are those of no batch; momentum and second moments are cleared. A pure
  /// function of the seed.
  public func initialise(seed: UInt64, _ weights: WeightInitialisation = .heNormal) throws {
    var parameters = [Float](repeating: 0, count: table.parameterCount)
    for (index, parameter) in table.parameters.enumerated() {
      guard let values = weights.values(of: parameter, index: index, seed: seed) else { continue }
      parameters.replaceSubrange(parameter.offset..<(parameter.offset + parameter.count), with: values)
    }
    var statistics = [Float](repeating: 0, count: table.statisticsCount)
    for statistic in table.statistics where statistic.role == .runningVariance {
      for position in statistic.offset..<(statistic.offset + statistic.count) { statistics[position] = 1 }
    }
    try buffer(.parameters).write(parameters)
    try buffer(.statistics).write(statistics)
    try clearOptimiser()
  }
}
