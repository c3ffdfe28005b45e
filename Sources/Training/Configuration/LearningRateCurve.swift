/// How the learning rate changes after its warm-up.
public enum LearningRateCurve: Hashable, Sendable {
  case constant
  /// A tenth of the rate from each of these epochs on, counted from 0.
  case step(epochs: [Int])
  /// Half a cosine wave from the full rate down to 0 at the end of training.
  case cosine
}

extension LearningRateCurve: CustomStringConvertible {
  /// Understands `constant`, `cosine` and `step:E1,E2,…` with growing epochs in 1…1000000000.
  public init?(parsing text: String) {
    switch text {
    case "constant": self = .constant
    case "cosine": self = .cosine
    default:
      guard text.hasPrefix("step:") else { return nil }
      let parts = text.dropFirst("step:".count).split(separator: ",", omittingEmptySubsequences: false)
      let epochs = parts.compactMap { Int($0) }
      guard epochs.count == parts.count, zip([0] + epochs, epochs).allSatisfy({ $0 < $1 }),
        epochs.allSatisfy({ $0 <= TrainingConfiguration.maximumCount })
      else { return nil }
      self = .step(epochs: epochs)
    }
  }

  /// The form that `init(parsing:)` understands.
  public var description: String {
    switch self {
    case .constant: "constant"
    case .cosine: "cosine"
    case .step(let epochs): "step:" + epochs.map(String.init).joined(separator: ",")
    }
  }
}
