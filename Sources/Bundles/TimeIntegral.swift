/// H over the time of training: H̄ = (1/E) Σ H(t), over checkpoints of which the first is of the untrained network. As in the
/// authors' public code.
public enum TimeIntegral {
  /// - Parameter entropies: One per checkpoint, in nats.
  /// - Returns: nil where there is none, or one has no value.
  public static func mean(_ entropies: [Double?]) -> Double? {
    let values = entropies.compactMap { $0 }
    guard !values.isEmpty, values.count == entropies.count else { return nil }
    return values.reduce(0, +) / Double(values.count)
  }
}
