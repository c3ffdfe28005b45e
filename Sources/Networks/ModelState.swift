/// All tensors of a model by PyTorch name: plain fp32 in PyTorch's order. Momentum and second moments go by their
/// parameter's name.
public struct ModelState: Hashable, Sendable {
  public var parameters: [String: [Float]]
  public var statistics: [String: [Float]]
  /// Of gradient descent; of Adam the first moments.
  public var momentum: [String: [Float]]
  /// What Adam keeps beside; nil where another optimiser, or none, has trained.
  public var adaptive: AdaptiveMoments?

  public init(
    parameters: [String: [Float]], statistics: [String: [Float]], momentum: [String: [Float]],
    adaptive: AdaptiveMoments? = nil
  ) {
    self.parameters = parameters
    self.statistics = statistics
    self.momentum = momentum
    self.adaptive = adaptive
  }

  /// Weights without a training behind them: their momentum is zero.
  public init(parameters: [String: [Float]], statistics: [String: [Float]]) {
    self.init(
      parameters: parameters, statistics: statistics,
      momentum: parameters.mapValues { [Float](repeating: 0, count: $0.count) })
  }
}
