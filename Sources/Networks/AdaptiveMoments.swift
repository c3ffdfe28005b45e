/// What Adam keeps of the gradients beside their mean, and what it takes to read it.
public struct AdaptiveMoments: Hashable, Sendable {
  /// v: running means of the squared gradients, not corrected for their bias, by the parameter's name in its order.
  public var secondMoments: [String: [Float]]
  /// t: the updates that went into them.
  public var updates: Int
  /// β₂: the weight of the past in v.
  public var beta2: Float
  /// ε: what is added to √v̂.
  public var epsilon: Float

  public init(secondMoments: [String: [Float]], updates: Int, beta2: Float, epsilon: Float) {
    self.secondMoments = secondMoments
    self.updates = updates
    self.beta2 = beta2
    self.epsilon = epsilon
  }
}
