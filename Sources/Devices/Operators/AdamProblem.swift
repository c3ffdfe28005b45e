import Foundation

/// Adam over `count` parameters, in PyTorch's formulation (`torch.optim.Adam`; `torch.optim.AdamW` where the decay is
/// decoupled), after Kingma & Ba, arXiv 1412.6980, and Loshchilov & Hutter, arXiv 1711.05101:
/// `g ← g + decay·w`, or decoupled `w ← w − rate·decay·w`;
/// `m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²; w ← w − stepSize · m / (√v · scale + ε)`.
///
/// Step size and scale are those of an ``AdamCorrection``.
public struct AdamProblem: Hashable, Sendable {
  public var count: Int
  /// The weight of the past in the first moment, from 0 to below 1.
  public var beta1: Float
  /// The weight of the past in the second moment, from 0 to below 1.
  public var beta2: Float
  /// Above 0.
  public var epsilon: Float
  public var weightDecay: Float
  /// Whether weights decay by themselves (AdamW) rather than as a part of the gradient.
  public var isDecoupled: Bool

  public init(
    count: Int, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float,
    isDecoupled: Bool
  ) {
    self.count = count
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.isDecoupled = isDecoupled
  }
}

/// What makes up for moments that began at 0, in one update. It changes with every update.
public struct AdamCorrection: Hashable, Sendable {
  /// η / (1 − β₁ᵗ). ``RuntimeScalar/adamStepSize``.
  public var stepSize: Float
  /// 1 / √(1 − β₂ᵗ). ``RuntimeScalar/adamScale``.
  public var scale: Float

  /// Computed in double precision and rounded once.
  ///
  /// - Parameter update: t, the number of the update, from 1.
  public init(learningRate: Float, beta1: Float, beta2: Float, update: Int) {
    let exponent = Double(update)
    stepSize = Float(Double(learningRate) / (1 - pow(Double(beta1), exponent)))
    scale = Float(1 / (1 - pow(Double(beta2), exponent)).squareRoot())
  }
}

extension AdamProblem {
  /// The kernels' last arguments, the same in both families: of the two decays one is 0.
  var constants: [Argument] {
    [
      .float(beta1), .float(beta2), .float(epsilon), .float(isDecoupled ? 0 : weightDecay),
      .float(isDecoupled ? weightDecay : 0), .scalar(.learningRate), .scalar(.adamStepSize),
      .scalar(.adamScale),
    ]
  }
}

extension Executable {
  /// What the next runs' updates by Adam take.
  public func set(_ correction: AdamCorrection) throws {
    try set(.adamStepSize, to: correction.stepSize)
    try set(.adamScale, to: correction.scale)
  }
}
