import Interchange
import Networks
import Pruning

/// How small a network has become, and how small it is expected to get.
public struct PruningStatus: Hashable, Sendable {
  /// Expected multiply-accumulates and parameters as shares of the full network's.
  public var expectedMacs: Double
  public var expectedParameters: Double
  /// Units and blocks that have not been removed.
  public var liveUnits: Int
  public var liveBlocks: Int
  /// The price of the whole network, in nats.
  public var nu: Double
  /// See ``PruningOutcome/undecidedFraction``.
  public var undecidedFraction: Double?
}

/// What a pruning has come to.
public struct PruningOutcome: ReductionOutcome, Hashable {
  public var method: PruningMethod
  public var macsFraction: Double
  public var parametersFraction: Double
  /// The cost of training over that of training the full network for the configuration's epochs, in multiply-accumulates.
  public var trainingCostFraction: Double
  public var liveUnits: Int
  public var units: Int
  public var liveBlocks: Int
  public var blocks: Int
  public var nu: Double
  /// The share of gates with θ in (0.02, 0.98) when they were frozen; nil where none were.
  public var undecidedFraction: Double?

  var json: [String: JSONValue] {
    [
      "method": .string(method.rawValue), "liveUnits": .integer(liveUnits), "units": .integer(units),
      "liveBlocks": .integer(liveBlocks), "blocks": .integer(blocks), "nu": .number(nu),
      "undecidedFraction": undecidedFraction.map(JSONValue.number) ?? .null,
    ]
  }
}

extension Pruner {
  var status: PruningStatus {
    let (expected, alive) = (expected, live)
    return PruningStatus(
      expectedMacs: expected.multiplyAccumulates / progress.full.multiplyAccumulates,
      expectedParameters: expected.parameters / progress.full.parameters, liveUnits: alive.units,
      liveBlocks: alive.blocks, nu: progress.nu, undecidedFraction: progress.undecidedShare)
  }

  /// - Parameter epochs: of the configuration.
  func outcome(epochs: Int) -> PruningOutcome {
    let (alive, structure) = (live, progress.structure.totals(progress.structure.entries.map(\.count)))
    return PruningOutcome(
      method: configuration.method,
      macsFraction: physical.multiplyAccumulates / progress.full.multiplyAccumulates,
      parametersFraction: physical.parameters / progress.full.parameters,
      trainingCostFraction: progress.cost / Double(max(1, epochs)), liveUnits: alive.units,
      units: structure.units, liveBlocks: alive.blocks, blocks: structure.blocks, nu: progress.nu,
      undecidedFraction: progress.undecidedShare)
  }

  private var live: (units: Int, blocks: Int) {
    progress.structure.totals(progress.structure.counts(of: progress.survivors))
  }
}

extension GateStructure {
  /// Units and blocks of counts per entry.
  func totals(_ counts: [Int]) -> (units: Int, blocks: Int) {
    var totals = (units: 0, blocks: 0)
    for (entry, count) in zip(entries, counts) {
      if entry.kind == .block { totals.blocks += count } else { totals.units += count }
    }
    return totals
  }
}

extension PruningOutcome: CustomStringConvertible {
  public var description: String {
    let blocks = blocks > 0 ? ", \(liveBlocks) of \(self.blocks) blocks" : ""
    return "\(shares), \(liveUnits) of \(units) units\(blocks)"
  }
}
