import Networks
import Pruning

/// One row of `pruning.csv`: where the pruning is after an epoch.
public struct PruningEpoch: Hashable, Sendable, Codable {
  /// From 1.
  public var epoch: Int
  public var phase: Phase
  /// The price of the whole network, in nats.
  public var nu: Double
  public var expectedMacs: Double
  public var expectedParameters: Double
  /// Of the network as it is after the epoch's removals.
  public var macs: Double
  public var parameters: Double
  public var top1: Double
  public var units: Int
  public var blocks: Int
  public var stages: [Stage]
  /// How many gates have θ in each tenth of 0…1; removed ones are not counted.
  public var histogram: [Int]
  /// In nats; nil where there is no such gate.
  public var meanUnitPrice: Double?
  public var meanBlockPrice: Double?
  /// Pairs of the layers' estimate and an exact difference in this epoch, and how they compare; nil without a pair.
  public var auditPairs: Int
  public var auditMeanEstimate: Double?
  public var auditMeanDifference: Double?
  public var auditCorrelation: Double?
  /// θ by position in the full network, 0 for what is gone. Only in `pruning.jsonl`.
  public var theta: [Double]

  public enum Phase: String, Hashable, Sendable, Codable {
    case warmUp
    case gates
    case plain
  }

  /// What is alive at one size of feature maps.
  public struct Stage: Hashable, Sendable, Codable {
    public var name: String
    public var units: Int
    public var blocks: Int
  }
}

extension PruningEpoch: EpochRow {
  public static func csvHeader(_ rows: [PruningEpoch]) -> String {
    let stages = rows.first?.stages.flatMap { ["units \($0.name)", "blocks \($0.name)"] } ?? []
    let bins = (0..<10).map { "theta \(Double($0) / 10)" }
    return
      ([
        "epoch", "phase", "nu", "expectedMacs", "expectedParameters", "macs", "parameters", "top1", "units",
        "blocks",
      ] + stages + bins + [
        "meanUnitPrice", "meanBlockPrice", "auditPairs", "auditMeanEstimate", "auditMeanDifference",
        "auditCorrelation",
      ]).joined(separator: ",")
  }

  public var csvLine: String {
    func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    let start = [
      "\(epoch)", phase.rawValue, "\(nu)", "\(expectedMacs)", "\(expectedParameters)", "\(macs)",
      "\(parameters)",
      "\(top1)", "\(units)", "\(blocks)",
    ]
    let end = [
      text(meanUnitPrice), text(meanBlockPrice), "\(auditPairs)", text(auditMeanEstimate),
      text(auditMeanDifference),
      text(auditCorrelation),
    ]
    let counts = stages.flatMap { ["\($0.units)", "\($0.blocks)"] } + histogram.map { "\($0)" }
    return (start + counts + end).joined(separator: ",")
  }
}

extension Pruner {
  /// Adds what an epoch has cost: the multiply-accumulates of the network that was trained in it.
  func addCost(epoch: Int) {
    let share = physical.multiplyAccumulates / progress.full.multiplyAccumulates
    let hasSecondPass = isSampling && estimator == .difference && epoch >= schedule.learningBegins
    // A step is a forward pass and twice that backwards.
    progress.cost += share * (hasSecondPass ? 4.0 / 3 : 1)
  }

  /// - Parameter epoch: from 1.
  func epochRow(epoch: Int, top1: Double) -> PruningEpoch {
    let expected = expected
    let structure = progress.structure
    let counts = structure.counts(of: progress.survivors)
    let totals = structure.totals(counts)
    let state = progress.state
    let audit = progress.audit
    let unitPrices = state.flatMap { state in prices?.unitPrices(state.theta) } ?? []
    func meanPrice(_ isWanted: (GateSet.Kind) -> Bool) -> Double? {
      let gates = (layout?.sets ?? []).filter { isWanted($0.kind) }.flatMap(\.range)
      return gates.isEmpty || unitPrices.isEmpty
        ? nil : progress.nu * gates.reduce(0) { $0 + unitPrices[$1] } / Double(gates.count)
    }
    return PruningEpoch(
      epoch: epoch,
      phase: state == nil || progress.isFrozen
        ? .plain : epoch > schedule.learningBegins ? .gates : .warmUp, nu: progress.nu,
      expectedMacs: expected.multiplyAccumulates, expectedParameters: expected.parameters,
      macs: physical.multiplyAccumulates, parameters: physical.parameters, top1: top1,
      units: totals.units, blocks: totals.blocks,
      stages: structure.stages.map { stage in
        let there = zip(structure.entries, counts).filter { $0.0.stage == stage }
        return PruningEpoch.Stage(
          name: stage, units: there.filter { $0.0.kind != .block }.reduce(0) { $0 + $1.1 },
          blocks: there.filter { $0.0.kind == .block }.reduce(0) { $0 + $1.1 })
      }, histogram: histogram(state), meanUnitPrice: meanPrice { $0 != .block },
      meanBlockPrice: meanPrice { $0 == .block }, auditPairs: audit.count,
      auditMeanEstimate: audit.meanEstimate, auditMeanDifference: audit.meanDifference,
      auditCorrelation: audit.correlation, theta: thetaByOrigin(state))
  }

  private func histogram(_ state: GateState?) -> [Int] {
    var bins = [Int](repeating: 0, count: 10)
    for theta in state?.theta ?? [] { bins[min(9, Int(theta * 10))] += 1 }
    return bins
  }

  /// θ of every gate of the full network: 0 for those that are gone.
  private func thetaByOrigin(_ state: GateState?) -> [Double] {
    var theta = [Double](repeating: 0, count: progress.structure.count)
    for gate in progress.survivors { theta[gate] = 1 }
    if let state { for (gate, value) in zip(state.original, state.theta) { theta[gate] = value } }
    return theta
  }
}
