/// The covariance of a layer's channels over images that come in batches.
///
/// Added up in double precision, as distances from the first row, which cancel less. How many images come at a time makes no
/// difference in any bit.
public struct CovarianceAccumulator: Hashable, Sendable {
  /// What of an image is a row.
  public enum Rows: String, CaseIterable, Hashable, Sendable, Codable {
    /// Every position of its feature maps.
    case positions
    /// The mean over positions.
    case mean
  }

  /// Channels of a layer at most: the work for its eigenvalues grows with their third power.
  public static let largestChannels = 4096

  public let channels: Int
  /// Positions of a feature map: height · width; 1 for vectors.
  public let positions: Int
  public let rows: Rows
  private var origin: [Double] = []
  private var sum: OuterProductSum
  private var hasOnlyZeros = true

  /// - Throws: `ProbeError.outOfRange` unless there are channels, no more than ``largestChannels``, and positions.
  public init(channels: Int, positions: Int, rows: Rows = .positions) throws(ProbeError) {
    guard (1...Self.largestChannels).contains(channels), positions > 0 else {
      throw .outOfRange(
        parameter: "covariance", expected: "1 to \(Self.largestChannels) channels of positions",
        found: "\(channels) of \(positions)")
    }
    self.channels = channels
    self.positions = positions
    self.rows = rows
    sum = OuterProductSum(columns: channels)
  }

  /// The number of rows so far.
  public var count: Int { sum.rows }

  /// Adds images.
  ///
  /// - Parameter values: `[samples, channels, positions]`.
  /// - Throws: `ProbeError.wrongCount` unless they are whole images.
  public mutating func add(_ values: [Float]) throws(ProbeError) {
    let features = channels * positions
    guard values.count.isMultiple(of: features) else {
      throw .wrongCount(
        of: "values of an image", expected: features, found: values.count % features)
    }
    values.withUnsafeBufferPointer { values in
      guard let first = values.baseAddress else { return }
      if hasOnlyZeros { hasOnlyZeros = values.allSatisfy { $0 == 0 } }
      for sample in 0..<(values.count / features) { add(sample: first + sample * features) }
    }
  }

  private mutating func add(sample values: UnsafePointer<Float>) {
    let (positions, channels) = (positions, channels)
    switch rows {
    case .positions:
      if origin.isEmpty { origin = (0..<channels).map { Double(values[$0 * positions]) } }
      let origin = origin
      origin.withUnsafeBufferPointer { origin in
        sum.add(rows: positions) { channel, rows, places in
          let source = values + (channel &* positions &+ rows.lowerBound)
          let first = origin[channel]
          for row in 0..<rows.count { places[4 &* row] = Double(source[row]) - first }
        }
      }
    case .mean:
      let means = (0..<channels).map { channel in
        var total = 0.0
        for position in 0..<positions { total += Double(values[channel &* positions &+ position]) }
        return total / Double(positions)
      }
      if origin.isEmpty { origin = means }
      let origin = origin
      sum.add(rows: 1) { channel, _, places in places[0] = means[channel] - origin[channel] }
    }
  }

  /// What has been added up; nil before the first image.
  public var covariance: Covariance? {
    guard count > 0 else { return nil }
    let total = Double(count)
    var (distances, matrix) = sum.totals()
    for channel in 0..<channels { distances[channel] /= total }
    for row in 0..<channels {
      for column in 0..<channels {
        let place = row * channels + column
        matrix[place] = matrix[place] / total - distances[row] * distances[column]
      }
    }
    return Covariance(
      count: count, mean: zip(origin, distances).map(+), matrix: matrix, hasOnlyZeros: hasOnlyZeros)
  }
}

/// Mean and covariance of a layer's channels, Q = Σxxᵀ/n − x̄x̄ᵀ.
public struct Covariance: Hashable, Sendable {
  /// Rows that it was made of.
  public let count: Int
  /// `[channels]`.
  public let mean: [Double]
  /// `[channels, channels]`, symmetric.
  public let matrix: [Double]
  /// Whether every value was 0.
  public let hasOnlyZeros: Bool

  public var channels: Int { mean.count }

  /// The channels' variances together.
  public var trace: Double { (0..<channels).reduce(0) { $0 + matrix[$1 * channels + $1] } }

  public var isFinite: Bool { mean.allSatisfy(\.isFinite) && matrix.allSatisfy(\.isFinite) }
}
