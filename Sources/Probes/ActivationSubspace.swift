/// The space E that a layer's activations take up, through their mean: what saturation counts the dimensions of.
///
/// To check a saturation, project the activations on it: at δ ≈ 0.99 the network should answer as well as before, and worse
/// on a random space of as many dimensions.
public struct ActivationSubspace: Hashable, Sendable {
  /// A point of it, `[channels]`.
  public let mean: [Double]
  /// Orthogonal directions of length 1, one after the other, `[dimension, channels]`.
  public let directions: [Double]

  public var channels: Int { mean.count }
  public var dimension: Int { directions.count / max(1, channels) }

  /// - Parameter directions: Orthogonal and of length 1; that is not checked.
  /// - Throws: `ProbeError.wrongCount` for directions of another number of channels.
  public init(mean: [Double], directions: [Double]) throws(ProbeError) {
    guard !mean.isEmpty, directions.count.isMultiple(of: mean.count) else {
      throw .wrongCount(
        of: "numbers of a direction", expected: mean.count, found: directions.count % max(1, mean.count))
    }
    self.mean = mean
    self.directions = directions
  }

  /// The space of the fewest leading eigenvectors that hold the rule's share of the variance.
  ///
  /// - Returns: nil for a covariance with NaN or infinity.
  public init?(_ covariance: Covariance, rule: Saturation.Rule) throws(ProbeError) {
    let system = try SymmetricEigensystem(covariance.matrix, order: covariance.channels, withVectors: true)
    guard let system else { return nil }
    let dimension = rule.dimension(eigenvalues: system.values)
    try self.init(
      mean: covariance.mean, directions: Array(system.vectors.prefix(dimension * covariance.channels)))
  }

  /// The nearest points in the space.
  ///
  /// - Parameters:
  ///   - values: `[samples, channels, positions]`; every position is a point.
  ///   - positions: At least 1.
  /// - Returns: As many, in the same order.
  /// - Throws: `ProbeError.wrongCount` unless they are whole samples.
  public func projecting(_ values: [Float], positions: Int = 1) throws(ProbeError) -> [Float] {
    let features = channels * max(1, positions)
    guard positions > 0, values.count.isMultiple(of: features) else {
      throw .wrongCount(of: "values of an image", expected: features, found: values.count % features)
    }
    var result = values
    var (point, nearest) = (mean, mean)
    for sample in stride(from: 0, to: values.count, by: features) {
      for position in 0..<positions {
        for channel in 0..<channels {
          point[channel] = Double(values[sample + channel * positions + position]) - mean[channel]
        }
        nearest = mean
        for direction in 0..<dimension {
          let first = direction * channels
          var length = 0.0
          for channel in 0..<channels { length += directions[first + channel] * point[channel] }
          for channel in 0..<channels { nearest[channel] += length * directions[first + channel] }
        }
        for channel in 0..<channels {
          result[sample + channel * positions + position] = Float(nearest[channel])
        }
      }
    }
    return result
  }
}
