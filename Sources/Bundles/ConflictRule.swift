import Foundation

/// When a layer counts as conflicting: H − H⁰ is above a threshold in at least so many of several probe draws.
///
/// The authors' public code takes one draw and a threshold of 0, where a single pair of samples decides. Ours.
public struct ConflictRule: Hashable, Sendable, Codable {
  /// In nats; nil for that of one mixed pair, 2 ln 2 / N, above which it takes more than one pair.
  public let threshold: Double?
  /// r.
  public let required: Int
  /// R.
  public let draws: Int
  /// Whether H⁰ is taken off.
  public let isAboveInput: Bool

  /// One draw, more than one mixed pair.
  public static let usual = ConflictRule(uncheckedThreshold: nil, isAboveInput: true)

  /// H > 0, as in the authors' public code, but that NaN is not a number there.
  public static let published = ConflictRule(uncheckedThreshold: 0, isAboveInput: false)

  /// - Throws: `BundleError.outOfRange` for a threshold below 0, no draws, or more required draws than there are.
  public init(threshold: Double? = nil, required: Int = 1, draws: Int = 1) throws {
    if let threshold, !(threshold >= 0 && threshold.isFinite) {
      throw BundleError.outOfRange(
        parameter: "conflict threshold", expected: "a finite number of nats from 0", found: "\(threshold)")
    }
    guard draws > 0, (1...draws).contains(required) else {
      throw BundleError.outOfRange(
        parameter: "conflicting probe draws", expected: "1 or more of 1 or more draws",
        found: "\(required) of \(draws)")
    }
    self.threshold = threshold
    self.required = required
    self.draws = draws
    isAboveInput = true
  }

  private init(uncheckedThreshold: Double?, isAboveInput: Bool) {
    threshold = uncheckedThreshold
    self.isAboveInput = isAboveInput
    required = 1
    draws = 1
  }

  /// The H of N samples of which one pair is in one bundle and has two labels: 2 ln 2 / N, in nats. 0 for no samples.
  public static func smallestEntropy(samples: Int) -> Double {
    samples > 0 ? 2 * log(2) / Double(samples) : 0
  }

  /// - Parameter layers: One layer, measured in each draw.
  /// - Returns: `unknown` where draws without numbers decide.
  /// - Throws: `BundleError.wrongCount` unless there are as many as draws.
  public func verdict(_ layers: [LayerBundles]) throws -> ConflictVerdict {
    guard layers.count == draws else {
      throw BundleError.wrongCount(of: "probe draws", expected: draws, found: layers.count)
    }
    let excesses = layers.map { layer in
      (isAboveInput ? layer.entropyAboveInput ?? layer.entropy : layer.entropy).map {
        // One pair's entropy is not above itself because of rounding.
        $0 - (threshold ?? Self.smallestEntropy(samples: layer.samples)) > 1e-12
      }
    }
    let conflicting = excesses.count { $0 == true }
    let unknown = excesses.count { $0 == nil }
    if conflicting >= required { return .conflicting }
    return conflicting + unknown >= required ? .unknown : .notConflicting
  }
}

/// Whether a layer counts as conflicting.
public enum ConflictVerdict: String, CaseIterable, Hashable, Sendable, Codable {
  case conflicting
  case notConflicting = "not-conflicting"
  /// NaN: H has no value.
  case unknown
}
