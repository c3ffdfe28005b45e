/// Which gates are removed for good.
public enum PruningRule {
  /// Probabilities up to here count as 0.
  public static let tolerance = GateUpdate.lowestTheta

  /// The gates that have come to 0 and were not worth their price at this check and the one before; remembers this check.
  ///
  /// - Parameter prices: for ν = 1, at the present probabilities.
  public static func check(_ state: inout GateState, prices: [Double], nu: Double) -> [Int] {
    var removed: [Int] = []
    for gate in state.theta.indices where state.scale[gate] > 0 {
      let isNotWorthIt = state.gradient[gate] + nu * prices[gate] > 0
      if isNotWorthIt, state.wasNotWorthIt[gate], state.theta[gate] <= tolerance { removed.append(gate) }
      state.wasNotWorthIt[gate] = isNotWorthIt
    }
    return removed
  }

  /// What else must go, or stay, so that the network can be rebuilt: a block without live units goes whole, and takes
  /// its units with it; a group that is needed keeps its likeliest unit.
  ///
  /// - Parameter isKept: one per gate.
  /// - Returns: the gates that stay.
  public static func close(_ isKept: [Bool], in layout: GateLayout, theta: [Double]) -> GateClosure {
    var kept = isKept
    var rescued: [GateSet] = []
    let blocks = layout.sets.filter { $0.kind == .block }
    for set in layout.sets where set.kind != .block && !set.range.contains(where: { kept[$0] }) {
      if let block = blocks.first(where: { $0.nodes.contains(set.nodes[0]) }), set.kind == .units {
        kept[block.range.lowerBound] = false
      } else if let best = set.range.max(by: { theta[$0] < theta[$1] }) {
        kept[best] = true
        rescued.append(set)
      }
    }
    for block in blocks where !kept[block.range.lowerBound] {
      for set in layout.sets where set.kind == .units && block.nodes.contains(set.nodes[0]) {
        for gate in set.range { kept[gate] = false }
      }
    }
    return GateClosure(wanted: isKept, isKept: kept, rescued: rescued)
  }
}

/// Gates that stay, such that the network can be rebuilt without the others.
public struct GateClosure: Hashable, Sendable {
  /// What was to be kept before the structure of the network was looked at.
  public var wanted: [Bool]
  public var isKept: [Bool]
  /// Groups of which a unit had to stay, as the network would be cut through.
  public var rescued: [GateSet]
}
