import Pruning

/// How far a pruning has come: what a checkpoint keeps beside the network.
public struct PruningProgress: Hashable, Sendable, Codable {
  /// The gates of the network before pruning.
  public var structure: GateStructure
  /// What that network costs.
  public var full: ExpectedComplexity
  /// The gates that are still there, as positions in ``structure``.
  public var survivors: [Int]
  /// What is known of gates that still learn; nil before and after.
  public var state: GateState?
  /// The price of the whole network, in nats.
  public var nu: Double
  public var controller: MacController?
  /// Whether the network is what it will be.
  public var isFrozen: Bool
  /// Epochs at the end of which was decided what goes.
  public var decidedEpochs: Int
  /// Whether the running statistics are still those of the network with masks.
  public var needsRefresh: Bool
  /// What training has cost, in epochs of the full network.
  public var cost: Double
  /// In the order in which they went.
  public var removed: [RemovedGate]
  /// How the layers' estimator compares with exact differences, in this epoch.
  public var audit: EstimatorAudit
  /// The share of gates with θ in (0.02, 0.98) when they were frozen; nil before.
  public var undecidedShare: Double?
}

/// A gate that was removed for good.
public struct RemovedGate: Hashable, Sendable, Codable {
  public enum Reason: String, Hashable, Sendable, Codable {
    /// It came to 0, and was worth less than its price at two checks.
    case notWorthItsPrice
    /// It was closer to 0 than to 1 when gates were frozen, or beyond the budget.
    case frozen
    /// The block that it belongs to went.
    case blockRemoved
    /// No unit of the block was left.
    case blockEmpty
    /// Widths were rounded.
    case rounding
    /// By its rank or by chance, as the method says.
    case method
  }

  /// Its position in the structure before pruning.
  public var gate: Int
  /// Complete epochs when it went.
  public var epoch: Int
  public var reason: Reason
  /// The probability it had; nil where there was none.
  public var theta: Double?
  /// What it was worth: the expected rise of the loss without it, in nats; nil where nothing is known.
  public var benefit: Double?
  /// What it cost, in nats.
  public var price: Double?
  /// The rise of the loss without it as it was measured, and the standard error of that.
  public var lossChange: Double?
  public var lossChangeError: Double?
}

/// Sums over pairs of an estimate and an exact difference.
public struct EstimatorAudit: Hashable, Sendable, Codable {
  public private(set) var count = 0
  private var estimates = 0.0
  private var differences = 0.0
  private var squaredEstimates = 0.0
  private var squaredDifferences = 0.0
  private var products = 0.0

  public init() {}

  public mutating func add(estimate: Double, difference: Double) {
    count += 1
    estimates += estimate
    differences += difference
    squaredEstimates += estimate * estimate
    squaredDifferences += difference * difference
    products += estimate * difference
  }

  public var meanEstimate: Double? { count > 0 ? estimates / Double(count) : nil }
  public var meanDifference: Double? { count > 0 ? differences / Double(count) : nil }

  /// nil for fewer than three pairs, or where one side does not vary.
  public var correlation: Double? {
    guard count > 2 else { return nil }
    let n = Double(count)
    let one = n * squaredEstimates - estimates * estimates
    let other = n * squaredDifferences - differences * differences
    guard one > 0, other > 0 else { return nil }
    return (n * products - estimates * differences) / (one * other).squareRoot()
  }
}
