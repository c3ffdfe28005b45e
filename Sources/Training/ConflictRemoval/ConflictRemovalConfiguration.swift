import Bundles

/// How conflicting blocks are removed. Each property is a key of `config.yaml` and a flag of
/// `espalier remove-conflicts`; what is measured, and how often, says ``TrainingConfiguration/bundles``.
public struct ConflictRemovalConfiguration: Hashable, Sendable {
  /// What the smaller network begins with.
  public enum Restart: String, CaseIterable, Hashable, Sendable {
    /// Weights drawn anew, as the authors' public code does.
    case cold
    /// The weights and running statistics that are left, where they still fit. Ours.
    case warm
  }

  /// The rules that there are for a training: all but that with the index quirk of the first code, which needs the pooled
  /// vector.
  public enum Rule: String, CaseIterable, Hashable, Sendable {
    case firstInTypeAndRest = "first-in-type-and-rest"
    case all
    case firstTypeAll = "first-type-all"
    case earliestOnly = "earliest-only"
    case bisect

    var rule: RemovalRule {
      switch self {
      case .firstInTypeAndRest: .firstInTypeAndRest
      case .all: .all
      case .firstTypeAll: .firstTypeAll
      case .earliestOnly: .earliestOnly
      case .bisect: .bisect
      }
    }
  }

  public var rule = Rule.all
  public var restart = Restart.cold
  /// Measurements before that epoch, counted from 0, decide on a removal; later ones are noted. 10 in the authors' public
  /// code.
  public var checkEpochs = 10
  public var protection = BlockProtection.structural
  public var maximumRestarts = 10
  /// The H − H⁰ above which a block conflicts, in nats; nil for that of one mixed pair of images.
  public var threshold: Double?
  /// Whether a block stays whose removal would make the network cost more, as one that makes maps smaller can.
  public var guardsMacs = true

  public init() {}

  /// Throws where values exclude each other.
  ///
  /// - Throws: `ConfigurationError.conflict`.
  func checkConsistency(hasInitialWeights: Bool) throws(ConfigurationError) {
    guard restart == .warm else {
      if hasInitialWeights {
        throw .conflict(
          "restart cold draws weights anew, so init would be lost; leave init out, or choose restart warm")
      }
      return
    }
    if rule == .bisect {
      throw .conflict(
        "rule bisect takes blocks back, whose weights a warm restart does not have; choose restart cold or another rule"
      )
    }
  }
}
