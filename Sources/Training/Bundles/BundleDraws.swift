import Bundles
import Interchange

/// Bundles of several draws of images, and which layers conflict by a rule about all of them.
public struct BundleDraws: Hashable, Sendable {
  public let rule: ConflictRule
  /// One per draw, of the same layers. The first is what a single draw has.
  public let reports: [BundleReport]
  /// One per layer.
  public let verdicts: [ConflictVerdict]

  /// - Throws: `BundleError.wrongCount` unless there are as many reports as the rule has draws, with as many layers each.
  public init(_ reports: [BundleReport], judgedBy rule: ConflictRule) throws {
    guard reports.count == rule.draws, let first = reports.first else {
      throw BundleError.wrongCount(of: "probe draws", expected: rule.draws, found: reports.count)
    }
    if let other = reports.first(where: { $0.layers.count != first.layers.count }) {
      throw BundleError.wrongCount(
        of: "layers of a draw", expected: first.layers.count, found: other.layers.count)
    }
    self.rule = rule
    self.reports = reports
    verdicts = try first.layers.indices.map { layer in try rule.verdict(reports.map { $0.layers[layer] }) }
  }

  /// The first draw's report, with verdicts by the rule, and every draw's H − H⁰.
  public var json: JSONValue {
    guard case .object(var report) = reports[0].json else { return .null }
    report["draws"] = .integer(rule.draws)
    report["required"] = .integer(rule.required)
    report["layers"] = .array(
      verdicts.enumerated().map { position, verdict in
        guard case .object(var layer) = reports[0].layers[position].json else { return .null }
        layer["verdict"] = .string(verdict.rawValue)
        layer["entropyAboveInputByDraw"] = .array(
          reports.map { $0.layers[position].entropyAboveInput.map { .number($0) } ?? .null })
        return .object(layer)
      })
    return .object(report)
  }
}
