/// All tensors of a model by PyTorch name: plain fp32 in PyTorch's order. Momentum goes by its parameter's name.
public struct ModelState: Hashable, Sendable {
  public var parameters: [String: [Float]]
  public var statistics: [String: [Float]]
  public var momentum: [String: [Float]]

  public init(
    parameters: [String: [Float]], statistics: [String: [Float]], momentum: [String: [Float]]
  ) {
    self.parameters = parameters
    self.statistics = statistics
    self.momentum = momentum
  }

  /// Weights without a training behind them: their momentum is zero.
  public init(parameters: [String: [Float]], statistics: [String: [Float]]) {
    self.init(
      parameters: parameters, statistics: statistics,
      momentum: parameters.mapValues { [Float](repeating: 0, count: $0.count) })
  }
}
