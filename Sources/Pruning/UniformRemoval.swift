import Networks

/// Removes the same share of every group of units: the baselines.
public enum UniformRemoval {
  /// The removal that comes closest to a budget.
  ///
  /// - Parameters:
  ///   - targetMacs: Multiply-accumulates to keep.
  ///   - scores: What the units of a group are worth, one number each; those with the lowest go.
  /// - Throws: `NetworkError` where the network's shapes do not fit.
  public static func removal(
    from network: Network, scope: GateScope, targetMacs: Double, scores: (UnitGroup) -> [Double]
  ) throws -> Removal {
    let layout = try GateLayout(network, scope: scope == .layers ? .units : scope)
    let macs = try ComplexityPolynomial(.multiplyAccumulates, of: layout)
    let groups = Dictionary(uniqueKeysWithValues: try network.unitGroups().map { ($0.name, $0) })
    let sets = layout.sets.filter { $0.kind != .block }
    let rankings = sets.map { set -> [Int] in
      let scores = groups[set.name].map(scores) ?? []
      let order = (0..<set.count).sorted { (scores[$0], $1) > (scores[$1], $0) }
      return order.map { $0 + set.range.lowerBound }
    }
    func kept(_ share: Double) -> [Bool] {
      var isKept = [Bool](repeating: false, count: layout.count)
      for ranking in rankings {
        for gate in ranking.prefix(max(1, Int((share * Double(ranking.count)).rounded()))) {
          isKept[gate] = true
        }
      }
      for set in layout.sets where set.kind == .block { isKept[set.range.lowerBound] = true }
      return isKept
    }
    func cost(_ share: Double) -> Double { macs.value(kept(share).map { $0 ? 1 : 0 }) }
    var (low, high) = (0.0, 1.0)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if cost(middle) < targetMacs { low = middle } else { high = middle }
    }
    let share = abs(cost(low) - targetMacs) < abs(cost(high) - targetMacs) ? low : high
    return layout.removal(keeping: kept(share))
  }

  /// The L1 norms of the weights that make each unit, summed over a group's layers.
  ///
  /// - Parameter parameters: by name, `[outputs, …]`.
  public static func norms(of group: UnitGroup, parameters: [String: [Float]]) -> [Double] {
    var norms = [Double](repeating: 0, count: group.count)
    for layer in group.layers {
      guard let weights = parameters["\(layer).weight"] else { continue }
      let fanIn = weights.count / group.count
      for unit in 0..<group.count {
        norms[unit] += weights[(unit * fanIn)..<((unit + 1) * fanIn)].reduce(0) { $0 + Double(abs($1)) }
      }
    }
    return norms
  }
}
