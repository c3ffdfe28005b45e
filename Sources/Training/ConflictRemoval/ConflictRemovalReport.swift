import Bundles
import Charts
import Interchange
import Networks

/// What a removal of conflicting blocks came to.
public struct ConflictRemovalOutcome: ReductionOutcome, Hashable {
  public var macsFraction: Double
  public var parametersFraction: Double
  /// The cost of all trainings, those given up too, over that of training the first network, in multiply-accumulates.
  public var trainingCostFraction: Double
  public var restarts: Int
  /// Of the first network, in order.
  public var removed: [String]
  public var blocks: Int
  /// Why there were no further restarts; nil where checks were not over.
  public var ending: RemovalStep?

  func json(_ last: BundleEpoch?) -> [String: JSONValue] {
    [
      "restarts": .integer(restarts), "removedBlocks": .array(removed.map { .string($0) }),
      "blocks": .integer(blocks), "ending": ending.map { .string($0.rawValue) } ?? .null,
      "layers": .array(last?.report.layers.map(\.json) ?? []), "samples": .integer(last?.report.samples ?? 0),
    ]
  }
}

extension ConflictRemovalOutcome: CustomStringConvertible {
  public var description: String {
    "\(shares), \(blocks - removed.count) of \(blocks) blocks; \(restarts) restarts"
  }
}

extension ConflictRemover {
  /// - Parameters:
  ///   - network: As it is.
  ///   - epochs: That it was trained for, of so many.
  func outcome(_ network: Network, epochs: Int, of total: Int) throws -> ConflictRemovalOutcome {
    let (full, small) = (try Complexity(progress.original), try Complexity(network))
    return ConflictRemovalOutcome(
      macsFraction: try cost(of: network),
      parametersFraction: Double(small.parameters) / Double(max(1, full.parameters)),
      trainingCostFraction: try (progress.lostCost + Double(epochs) * cost(of: network))
        / Double(max(1, total)),
      restarts: progress.attempt, removed: progress.restarts.missing,
      blocks: blocks.count, ending: progress.ending)
  }

  /// The contents of `conflicts.json`: what was found at every look, what went why, and what the networks cost.
  func report(_ network: Network) throws -> JSONValue {
    func costs(_ network: Network) throws -> JSONValue {
      let complexity = try Complexity(network)
      return [
        "macs": .integer(complexity.multiplyAccumulates), "parameters": .integer(complexity.parameters),
        "blocks": .integer(try network.removableBlocks().count),
      ]
    }
    return [
      "rule": .string(configuration.rule.rawValue), "restart": .string(configuration.restart.rawValue),
      "protection": .string(configuration.protection.rawValue),
      "macGuard": .bool(configuration.guardsMacs),
      "threshold": .optional(configuration.threshold),
      "before": try costs(progress.original), "after": try costs(network),
      "removed": .array(progress.restarts.missing.map { .string($0) }),
      "restarts": .array(progress.restarts.removed.map { .array($0.map { .string($0) }) }),
      "ending": progress.ending.map { .string($0.rawValue) } ?? .null,
      "checks": .array(progress.checks.map(\.json)),
    ]
  }
}

extension ConflictCheck {
  fileprivate var json: JSONValue {
    [
      "attempt": .integer(attempt), "epoch": .integer(epoch), "samples": .integer(samples),
      "step": step.map { .string($0.rawValue) } ?? .null,
      "removed": .array(removed.map { .string($0) }), "restored": .array(restored.map { .string($0) }),
      "blocks": .array(
        blocks.map { block in
          [
            "name": .string(block.block.name), "type": .string(block.block.type),
            "protected": .bool(block.block.isProtected), "verdict": .string(block.verdict.rawValue),
            "entropy": .optional(block.entropy), "entropyAboveInput": .optional(block.entropyAboveInput),
            "bundles": block.bundles.map { .integer($0) } ?? .null, "status": .string(block.status.rawValue),
          ]
        }),
    ]
  }
}

extension ConflictRemover {
  /// A line for every block at every look.
  var csv: String {
    "attempt,epoch,block,type,entropy,entropyAboveInput,bundles,verdict,removed\n"
      + progress.checks.map { check in
        check.blocks.map { block in
          func text<Number>(_ number: Number?) -> String { number.map { "\($0)" } ?? "" }
          return
            "\(check.attempt),\(check.epoch),\(block.block.name),\(block.block.type),\(text(block.entropy)),"
            + "\(text(block.entropyAboveInput)),\(text(block.bundles)),\(block.verdict.rawValue),"
            + "\(check.removed.contains(block.block.name))\n"
        }.joined()
      }.joined()
  }

  /// H of every block of the first network, by training: where the training was given up, or at its last look.
  var picture: String {
    let positions = Dictionary(uniqueKeysWithValues: blocks.enumerated().map { ($1, Double($0 + 1)) })
    let last = Dictionary(progress.checks.map { ($0.attempt, $0) }, uniquingKeysWith: { $1 })
    return LineChart(
      title: "Bundle entropy by block", subtitle: progress.original.name,
      x: Axis("block of the first network", numbers: .whole), y: Axis("H in nats"),
      series: last.values.sorted { $0.attempt < $1.attempt }.map { check in
        LineChart.Series(
          "training \(check.attempt + 1), after epoch \(check.epoch)",
          check.blocks.compactMap { block in
            guard let entropy = block.entropy, let x = positions[block.block.name] else { return nil }
            return LineChart.Point(x, entropy)
          }, style: .both)
      }
    ).svg
  }
}

extension ProgressText {
  /// What was decided; nil where checks go on.
  static func text(_ check: ConflictCheck) -> String? {
    switch check.step {
    case nil: nil
    case .finished: "conflicts: none any more; the training goes on to its end"
    case .noProgress: "conflicts: no block may go for those that are left; the training goes on with them"
    case .tooManyRestarts:
      "conflicts: restarts are used up (max-restarts); the training goes on with those that are left"
    case .emptyNetwork: "conflicts: no block would be left; the training goes on with them"
    case .restart:
      "conflicts: training \(check.attempt + 2) begins, without "
        + (check.removed.isEmpty ? "a block less" : check.removed.joined(separator: ", "))
        + (check.restored.isEmpty ? "" : ", again with \(check.restored.joined(separator: ", "))")
    }
  }
}
