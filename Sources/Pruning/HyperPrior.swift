import Foundation

/// The prior over a gate's prior probability that makes the price of a gate linear in its probability θ.
///
/// A fixed prior π would pull θ to a value between 0 and 1, a free one would have no effect. With this density over π the
/// regulariser KL(Bern(θ) ‖ Bern(π)) − log p(π), minimised over π, is θ · log γ + const: flat, so that only 0 and 1 are
/// stable. `log γ` divided by the number of training examples is the gate's price. Derived from Guenter & Sideris, arXiv
/// 2411.09127; the formulas are ours.
public struct HyperPrior: Hashable, Sendable {
  /// Above 0 it prices the gate, below it rewards it; not 0.
  public var logGamma: Double

  public init(logGamma: Double) { self.logGamma = logGamma }

  /// log((γ − 1) / log γ), also where γ itself is beyond the largest number.
  private var logNormaliser: Double {
    // (γ − 1) / log γ = γ · (1 − 1/γ) / log γ; both forms are positive for any γ.
    logGamma > 0 ? logGamma + log(-expm1(-logGamma) / logGamma) : log(expm1(logGamma) / logGamma)
  }

  /// log p(π) = log((γ − 1) / log γ) − log(1 + (γ − 1) π), for π in (0, 1).
  public func logDensity(_ pi: Double) -> Double {
    // 1 + (γ − 1) π = (1 − π) + γ π
    let denominator = logGamma > 500 ? logGamma + log(pi) : log1p(expm1(logGamma) * pi)
    return logNormaliser - denominator
  }

  /// The π that minimises the regulariser: θ / (θ + γ (1 − θ)).
  public func bestPrior(theta: Double) -> Double {
    1 / (1 + exp(logGamma + log((1 - theta) / theta)))
  }

  /// The regulariser at that π: θ · log γ + log(log γ / (γ − 1)), in nats.
  public func cost(theta: Double) -> Double { theta * logGamma - logNormaliser }
}
