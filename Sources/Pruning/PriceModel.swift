/// Turns the three numbers of the user into a price per gate, in nats of training loss.
///
/// R_α = α · E[MACs] / MACs of the full network + (1 − α) · E[parameters] / parameters of the full network. The price of a
/// unit is 2 (1 − β) ν · ∂R_α/∂θ, that of a block 2 β ν · ∂R_α/∂θ, at the present probabilities: a unit of a block that may
/// go costs less, as it saves less. Derived from Guenter & Sideris, arXiv 2411.09127; the formulas are ours.
public struct PriceModel: Hashable, Sendable {
  /// 1 prices computation, 0 parameters.
  public let alpha: Double
  /// 1 prices blocks, 0 units; ½ both at what they cost.
  public let beta: Double
  /// Of the network before pruning.
  public let full: ExpectedComplexity
  private let macs: ComplexityPolynomial
  private let parameters: ComplexityPolynomial
  /// 2 β for blocks, 2 (1 − β) for units, one per gate.
  private let weights: [Double]

  /// - Throws: `NetworkError` where the network's shapes do not fit.
  public init(_ layout: GateLayout, full: ExpectedComplexity, alpha: Double, beta: Double) throws {
    self.alpha = alpha
    self.beta = beta
    self.full = full
    macs = try ComplexityPolynomial(.multiplyAccumulates, of: layout)
    parameters = try ComplexityPolynomial(.parameters, of: layout)
    weights = layout.sets.flatMap { set in
      [Double](repeating: set.kind == .block ? 2 * beta : 2 * (1 - beta), count: set.count)
    }
  }

  /// Prices for ν = 1, one per gate; ν times as much is charged.
  public func unitPrices(_ theta: [Double]) -> [Double] {
    let (byMacs, byParameters) = (macs.gradient(theta), parameters.gradient(theta))
    return weights.indices.map { gate in
      weights[gate]
        * (alpha * byMacs[gate] / full.multiplyAccumulates + (1 - alpha) * byParameters[gate]
          / full.parameters)
    }
  }

  /// The expected multiply-accumulates and parameters.
  public func expected(_ theta: [Double]) -> ExpectedComplexity {
    ExpectedComplexity(multiplyAccumulates: macs.value(theta), parameters: parameters.value(theta))
  }
}

/// Multiply-accumulates and parameters as numbers that can be expected values.
public struct ExpectedComplexity: Hashable, Sendable, Codable {
  public var multiplyAccumulates: Double
  public var parameters: Double

  public init(multiplyAccumulates: Double, parameters: Double) {
    self.multiplyAccumulates = multiplyAccumulates
    self.parameters = parameters
  }
}
