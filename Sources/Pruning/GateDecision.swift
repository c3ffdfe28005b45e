/// What every gate becomes when the gates are frozen.
public enum GateDecision {
  /// The likelier value of each gate. With a budget, units are ranked by probability, then by benefit over price, and as
  /// many stay as come closest to it. Blocks take their likelier value, unless so few are likely that the budget cannot be
  /// spent.
  ///
  /// - Parameters:
  ///   - targetMacs: multiply-accumulates; nil for no budget.
  ///   - lanes: Under a budget, units of a set stay and go in blocks of so many, which a device computes at once.
  public static func kept(
    _ state: GateState, in layout: GateLayout, prices: PriceModel, targetMacs: Double?, lanes: Int = 1
  ) -> GateClosure {
    let likely = PruningRule.close(state.isLikely, in: layout, theta: state.theta)
    guard let targetMacs else { return likely }
    let blocks = layout.sets.filter { $0.kind == .block }.map(\.range.lowerBound)
    let order = ranking(state, in: layout, lanes: lanes)
    var keepsBlock = state.isLikely
    /// The network in which what comes first in the ranking stays.
    func closure(_ count: Int) -> GateClosure {
      // What has no price stays.
      var isKept = state.isFixed
      for gate in order.prefix(count).joined() { isKept[gate] = true }
      for block in blocks { isKept[block] = keepsBlock[block] }
      return PruningRule.close(isKept, in: layout, theta: state.theta)
    }
    func macs(_ closure: GateClosure) -> Double {
      prices.expected(closure.isKept.map { $0 ? 1 : 0 }).multiplyAccumulates
    }
    for block in blocks.sorted(by: { state.theta[$0] > state.theta[$1] })
    where macs(closure(order.count)) < targetMacs { keepsBlock[block] = true }
    // Nor more than it can buy, where only blocks have a price.
    for block in blocks.sorted(by: { state.theta[$0] < state.theta[$1] })
    where order.isEmpty && keepsBlock[block] {
      let excess = macs(closure(0)) - targetMacs
      guard excess > 0 else { break }
      keepsBlock[block] = false
      if targetMacs - macs(closure(0)) > excess { keepsBlock[block] = true }
    }
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      if macs(closure(middle)) < targetMacs { low = middle + 1 } else { high = middle }
    }
    return [max(0, low - 1), low].map(closure).min { abs(macs($0) - targetMacs) < abs(macs($1) - targetMacs) }
      ?? likely
  }

  /// Units from those to keep first to those to drop first, in blocks of each set's most probable ones.
  private static func ranking(_ state: GateState, in layout: GateLayout, lanes: Int) -> [[Int]] {
    func benefit(_ gate: Int) -> Double { -state.gradient[gate] / state.scale[gate] }
    func mean(_ block: [Int], _ value: (Int) -> Double) -> Double {
      block.reduce(0) { $0 + value($1) } / Double(block.count)
    }
    func isBefore(_ first: [Int], _ second: [Int]) -> Bool {
      let (theta, other) = (mean(first) { state.theta[$0] }, mean(second) { state.theta[$0] })
      if theta != other { return theta > other }
      let (worth, less) = (mean(first, benefit), mean(second, benefit))
      return worth != less ? worth > less : first[0] < second[0]
    }
    return layout.sets.filter { $0.kind != .block }.flatMap { set in
      let units = set.range.filter { state.scale[$0] > 0 }.sorted { isBefore([$0], [$1]) }
      // What does not fill a block would cost as much as one: it stays only where there is no other.
      let filled = units.count < lanes ? units.count : units.count / lanes * lanes
      return stride(from: 0, to: filled, by: lanes).map { Array(units[$0..<min($0 + lanes, filled)]) }
    }.sorted(by: isBefore)
  }

  /// Rounds the number of units that stay in each set to a multiple of `lanes`, which the device computes at once: down
  /// where the block of lanes that this saves costs more than the units in it are worth, else up where there are units.
  public static func rounded(
    _ isKept: [Bool], to lanes: Int, state: GateState, in layout: GateLayout, prices: [Double], nu: Double
  ) -> [Bool] {
    var result = isKept
    for set in layout.sets where set.kind != .block {
      let ranked = set.range.sorted {
        (state.theta[$0], -state.gradient[$0]) > (state.theta[$1], -state.gradient[$1])
      }
      let kept = ranked.filter { isKept[$0] }
      let surplus = kept.count % lanes
      guard surplus > 0 else { continue }
      let missing = ranked.filter { !isKept[$0] }.prefix(lanes - surplus)
      let benefit = kept.suffix(surplus).reduce(0) { $0 - state.gradient[$1] }
      let saved = nu * Double(lanes) * (kept.last.map { prices[$0] } ?? 0)
      if kept.count > lanes, benefit < saved || missing.count < lanes - surplus {
        for gate in kept.suffix(surplus) { result[gate] = false }
      } else {
        for gate in missing { result[gate] = true }
      }
    }
    return result
  }
}
