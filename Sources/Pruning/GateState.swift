/// What is learned about every gate, in a layout's order.
public struct GateState: Hashable, Sendable, Codable {
  /// The probability of being 1.
  public var theta: [Double]
  /// The smoothed estimate of E[loss | 1] − E[loss | 0], in nats: negative where the gate is worth having.
  public var gradient: [Double]
  /// The smoothed square of the estimates, in nats squared.
  public var square: [Double]
  /// The price in the full network for ν = 1: the scale of the gate's steps. 0 where the gate's kind has no price.
  public var scale: [Double]
  /// Whether the last check found the gate not worth its price.
  public var wasNotWorthIt: [Bool]
  /// Each gate's position in the layout of the full network.
  public var original: [Int]

  public init(_ layout: GateLayout, theta: Double, scale: [Double]) {
    // A kind without a price has nothing that would hold it at 0 or 1: it stays.
    self.theta = scale.map { $0 > 0 ? theta : 1 }
    self.scale = scale
    gradient = Array(repeating: 0, count: layout.count)
    square = gradient
    wasNotWorthIt = Array(repeating: false, count: layout.count)
    original = Array(0..<layout.count)
  }

  /// Which gates stay as they are.
  public var isFixed: [Bool] { scale.map { $0 <= 0 } }

  /// The gates that are 1 when each takes the likelier of its values.
  public var isLikely: [Bool] { theta.map { $0 >= 0.5 } }

  /// What is left when some gates go.
  public func keeping(_ gates: [Int]) -> GateState {
    var state = self
    state.theta = gates.map { theta[$0] }
    state.gradient = gates.map { gradient[$0] }
    state.square = gates.map { square[$0] }
    state.scale = gates.map { scale[$0] }
    state.wasNotWorthIt = gates.map { wasNotWorthIt[$0] }
    state.original = gates.map { original[$0] }
    return state
  }
}

/// The smoothed, preconditioned and projected step of every gate's probability.
///
/// ḡ ← μ ḡ + (1 − μ) ĝ; ρ = (ḡ + price) / scale; θ ← θ − rate · clip(ρ, −10, 10), within 0…1. The scale is the gate's price
/// in the full network, or the standard error of ḡ where that is more: a price far below the noise would make θ a random
/// walk. It is a positive scaling: signs and fixed points are those of the plain gradient step.
public struct GateUpdate: Hashable, Sendable {
  /// μ.
  public var smoothing: Double
  /// ½ / (epochs in which a useless gate falls from ½ to 0) / (steps per epoch).
  public var rate: Double

  /// The lowest probability of a gate that has not been removed, so that it keeps being drawn.
  public static let lowestTheta = 0.01
  private static let largestRatio = 10.0

  public init(smoothing: Double, thetaEpochs: Double, stepsPerEpoch: Int) {
    self.smoothing = smoothing
    rate = 0.5 / (thetaEpochs * Double(max(1, stepsPerEpoch)))
  }

  /// - Parameters:
  ///   - estimates: ĝ, one per gate; not finite for gates that this step says nothing about.
  ///   - prices: for ν = 1, at the present probabilities.
  public func apply(to state: inout GateState, estimates: [Double], prices: [Double], nu: Double) {
    for gate in state.theta.indices where state.scale[gate] > 0 && nu > 0 {
      if estimates[gate].isFinite { observe(estimates[gate], gate, &state) }
      let uncertainty = standardError(state.gradient[gate], state.square[gate])
      let ratio = (state.gradient[gate] + nu * prices[gate]) / max(nu * state.scale[gate], uncertainty)
      let step = rate * min(max(ratio, -Self.largestRatio), Self.largestRatio)
      state.theta[gate] = min(max(state.theta[gate] - step, Self.lowestTheta), 1)
    }
  }

  private func observe(_ estimate: Double, _ gate: Int, _ state: inout GateState) {
    state.gradient[gate] = smoothing * state.gradient[gate] + (1 - smoothing) * estimate
    state.square[gate] = smoothing * state.square[gate] + (1 - smoothing) * estimate * estimate
  }

  /// Of the smoothed mean of independent estimates.
  private func standardError(_ mean: Double, _ square: Double) -> Double {
    (max(0, square - mean * mean) * (1 - smoothing) / (1 + smoothing)).squareRoot()
  }
}
