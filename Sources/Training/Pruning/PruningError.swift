import Foundation

/// Why a pruning cannot go on.
public enum PruningError: Error, Hashable, Sendable, CustomStringConvertible {
  /// At this price nothing that could carry the images to the logits would be left.
  case networkDied(what: String, nu: Double, epoch: Int, hasBudget: Bool)

  public var description: String {
    switch self {
    case .networkDied(let what, let nu, let epoch, let hasBudget):
      "after epoch \(epoch) \(what): with nu \(text(nu)) the network dies; start anew with a smaller price, such as "
        + "--nu \(text(nu / 3)), or \(hasBudget ? "a larger" : "give a budget with") --target-macs"
    }
  }

  private func text(_ value: Double) -> String { String(format: "%.3g", value) }
}
