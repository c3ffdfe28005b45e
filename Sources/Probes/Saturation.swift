/// How many directions a layer's activations take up: s = dim E / channels, where E is spanned by the fewest leading
/// eigenvectors of their covariance that hold a share δ of its trace.
///
/// After Richter et al. (arXiv 2006.08679 and 2102.01582). Too many channels also lower it: it says nothing by itself.
public struct Saturation: Hashable, Sendable, Codable {
  /// What can be said of a layer.
  public enum Status: String, CaseIterable, Hashable, Sendable, Codable {
    case measured
    /// No rows.
    case empty
    /// Every value is 0: the dimension is 0.
    case dead
    /// No channel varies: the dimension is 0.
    case constant
    /// A value is NaN or infinite: there are no numbers.
    case notFinite = "not-finite"
    /// More channels than ``CovarianceAccumulator/largestChannels``: there are no numbers.
    case tooWide = "too-wide"
    /// The eigenvalues did not converge: there are no numbers.
    case unresolved
  }

  /// How eigenvalues become a dimension.
  public struct Rule: Hashable, Sendable {
    /// The share of the variance that E is to hold, above 0 and at most 1.
    public let delta: Double
    /// Whether to count as the code of Delve does: the eigenvalues before the share is reached, at least one, and one more
    /// only if more than 0.02 is missing.
    public let isDelveCompatible: Bool

    /// - Throws: `ProbeError.outOfRange` for a share that is none.
    public init(delta: Double = 0.99, isDelveCompatible: Bool = false) throws(ProbeError) {
      guard delta > 0, delta <= 1 else {
        throw .outOfRange(parameter: "delta", expected: "a share above 0 and at most 1", found: "\(delta)")
      }
      self.delta = delta
      self.isDelveCompatible = isDelveCompatible
    }

    /// The dimension of E.
    ///
    /// - Parameter eigenvalues: From the largest to the smallest; negative ones count as 0.
    /// - Returns: 0 where none is above 0.
    public func dimension(eigenvalues: [Double]) -> Int {
      let positive = eigenvalues.map { max(0, $0) }
      let total = positive.reduce(0, +)
      guard total > 0 else { return 0 }
      // A share that is reached but for rounding is reached.
      let needed = delta - Self.rounding
      var (sum, before, reachedBefore) = (0.0, 0, 0.0)
      for value in positive {
        sum += value
        guard sum / total < needed else { break }
        before += 1
        reachedBefore = sum / total
      }
      guard isDelveCompatible else { return min(before + 1, positive.count) }
      if before == 0 { return 1 }
      return delta - reachedBefore > 0.02 ? before + 1 : before
    }

    private static let rounding = 1e-12
  }

  public let channels: Int
  public let status: Status
  /// dim E; nil where there are no numbers.
  public let dimension: Int?
  /// The channels' variances together; nil where there are no numbers.
  public let trace: Double?

  /// s, in 0…1; 0 only without variance. nil where there are no numbers.
  public var value: Double? { dimension.map { Double($0) / Double(channels) } }

  /// A layer without numbers.
  public init(channels: Int, status: Status) {
    self.init(channels: channels, status: status, dimension: nil, trace: nil)
  }

  private init(channels: Int, status: Status, dimension: Int?, trace: Double?) {
    self.channels = channels
    self.status = status
    self.dimension = dimension
    self.trace = trace
  }

  /// - Parameter covariance: nil where there were no rows.
  public init(_ covariance: Covariance?, channels: Int, rule: Rule) throws(ProbeError) {
    guard let covariance else {
      self.init(channels: channels, status: .empty)
      return
    }
    guard covariance.isFinite else {
      self.init(channels: channels, status: .notFinite)
      return
    }
    let spectrum = try SymmetricEigensystem(covariance.matrix, order: covariance.channels)
    guard let spectrum else {
      self.init(channels: channels, status: .unresolved)
      return
    }
    let dimension = rule.dimension(eigenvalues: spectrum.values)
    self.init(
      channels: channels,
      status: dimension > 0 ? .measured : covariance.hasOnlyZeros ? .dead : .constant, dimension: dimension,
      trace: dimension > 0 ? covariance.trace : 0)
  }
}
