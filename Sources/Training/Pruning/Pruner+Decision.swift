import Datasets
import Networks
import Pruning
import Randomness

// What goes at the end of an epoch.

extension Pruner {
  /// What the network becomes after so many complete epochs; nil where it stays as it is.
  ///
  /// - Parameters:
  ///   - parameters: Gives the present weights.
  ///   - deviceLanes: The channels that the device computes at once.
  ///   - audit: Measures the rise of the loss without each of some gates.
  /// - Throws: `PruningError.networkDied`; `NetworkError`, `RemovalError`.
  func decide(
    _ network: Network, parameters: () throws -> [String: [Float]], completeEpochs: Int, deviceLanes: Int,
    audit: ([Int]) throws -> [Int: LossChange]
  ) throws -> Surgery? {
    switch configuration.method {
    case .dense, .uniform: return nil
    case .l1, .random:
      guard !progress.isFrozen, completeEpochs >= schedule.freeze else { return nil }
      return try removeAtOnce(network, parameters: parameters, completeEpochs: completeEpochs)
    case .bernoulli:
      guard progress.state != nil else {
        progress.isFrozen = true
        return nil
      }
      return try completeEpochs >= schedule.freeze
        ? freeze(network, completeEpochs: completeEpochs, deviceLanes: deviceLanes, audit: audit)
        : removeWorthless(network, completeEpochs: completeEpochs, audit: audit)
    }
  }

  /// Removes what has come to 0.
  private func removeWorthless(
    _ network: Network, completeEpochs: Int, audit: ([Int]) throws -> [Int: LossChange]
  ) throws -> Surgery? {
    guard completeEpochs > schedule.learningBegins, let layout, let prices, var state = progress.state else {
      return nil
    }
    let present = prices.unitPrices(state.theta)
    let worthless = PruningRule.check(&state, prices: present, nu: progress.nu)
    progress.state = state
    let closure = affordable(worthless, in: layout, state, prices)
    guard closure.isKept.contains(false) else { return nil }
    try checkAlive(closure, in: layout, completeEpochs: completeEpochs)
    let changes = try audit(decided(closure, in: layout))
    record(
      layout, closure, isKept: closure.isKept, reason: .notWorthItsPrice, prices: present, changes: changes,
      completeEpochs: completeEpochs)
    return try shrink(network, layout, isKept: closure.isKept)
  }

  /// The network without those gates, or without as many of them as a budget allows: what is below it cannot come back.
  private func affordable(
    _ gates: [Int], in layout: GateLayout, _ state: GateState, _ prices: PriceModel
  ) -> GateClosure {
    func closure(_ removed: ArraySlice<Int>) -> GateClosure {
      var isKept = [Bool](repeating: true, count: layout.count)
      for gate in removed { isKept[gate] = false }
      return PruningRule.close(isKept, in: layout, theta: state.theta)
    }
    guard let budget = configuration.budget(of: progress.full) else { return closure(gates[...]) }
    let ranked = gates.sorted { state.gradient[$0] / state.scale[$0] > state.gradient[$1] / state.scale[$1] }
    var (low, high) = (0, ranked.count)
    while low < high {
      let middle = (low + high + 1) / 2
      let kept = closure(ranked.prefix(middle)).isKept.map { $0 ? 1.0 : 0 }
      if prices.expected(kept).multiplyAccumulates >= budget { low = middle } else { high = middle - 1 }
    }
    return closure(ranked.prefix(low))
  }

  /// Makes every gate 0 or 1 for good.
  private func freeze(
    _ network: Network, completeEpochs: Int, deviceLanes: Int, audit: ([Int]) throws -> [Int: LossChange]
  ) throws -> Surgery? {
    guard let layout, let prices, let state = progress.state else { return nil }
    progress.undecidedShare =
      Double(state.theta.count { $0 > 0.02 && $0 < 0.98 }) / Double(max(1, progress.structure.count))
    let present = prices.unitPrices(state.theta)
    let budget = configuration.budget(of: progress.full)
    let lanes = configuration.rounding.lanes(device: deviceLanes)
    let decision = GateDecision.kept(
      state, in: layout, prices: prices, targetMacs: budget, lanes: lanes ?? 1)
    try checkAlive(decision, in: layout, completeEpochs: completeEpochs)
    var isKept = decision.isKept
    if budget == nil, let lanes {
      isKept = GateDecision.rounded(
        isKept, to: lanes, state: state, in: layout, prices: present, nu: progress.nu)
      isKept = PruningRule.close(isKept, in: layout, theta: state.theta).isKept
    }
    let changes = try audit(decided(decision, in: layout).filter { !isKept[$0] })
    record(
      layout, decision, isKept: isKept, reason: .frozen, prices: present, changes: changes,
      completeEpochs: completeEpochs)
    let surgery = try shrink(network, layout, isKept: isKept)
    progress.isFrozen = true
    progress.state = nil
    return surgery
  }

  /// Throws where the network is cut through, or nothing is left of what could be pruned.
  private func checkAlive(_ closure: GateClosure, in layout: GateLayout, completeEpochs: Int) throws {
    let blocks = layout.sets.filter { $0.kind == .block }
    let hasBlocks = progress.structure.entries.contains { $0.kind == .block }
    // Without a branch's units the skip path still leads to the logits.
    let branches = Set(layout.network.residualBlocks().flatMap(\.branch))
    let cut = closure.rescued.first { $0.kind == .stream || !branches.contains($0.nodes[0]) }
    if let cut, configuration.targetMacs == nil {
      throw PruningError.networkDied(
        what: "no unit of '\(cut.name)' is worth its price", nu: progress.nu, epoch: completeEpochs,
        hasBudget: false)
    }
    if hasBlocks, !blocks.contains(where: { closure.isKept[$0.range.lowerBound] }) {
      throw PruningError.networkDied(
        what: "no residual block is worth its price", nu: progress.nu, epoch: completeEpochs,
        hasBudget: configuration.targetMacs != nil)
    }
  }

  /// The network without the gates that are not kept; what is known of the others stays with them.
  private func shrink(_ network: Network, _ layout: GateLayout, isKept: [Bool]) throws -> Surgery {
    let surgery = try network.removing(layout.removal(keeping: isKept))
    guard let state = progress.state else { return surgery }
    let gone = Set(isKept.indices.filter { !isKept[$0] }.map { state.original[$0] })
    progress.survivors.removeAll(where: gone.contains)
    let smaller = try GateLayout(surgery.network, matching: progress.structure)
    progress.state = state.keeping(layout.origins(of: smaller, keeping: isKept))
    return surgery
  }

  /// The gates that go for what they are, and not because a block takes them along.
  private func decided(_ closure: GateClosure, in layout: GateLayout) -> [Int] {
    let blocksGone = Set(
      layout.sets.filter { $0.kind == .block && !closure.isKept[$0.range.lowerBound] }.flatMap(\.nodes))
    return layout.sets.flatMap { set in
      set.kind == .units && blocksGone.contains(set.nodes[0])
        ? [] : set.range.filter { !closure.wanted[$0] && !closure.isKept[$0] }
    }
  }

  /// Notes every gate that goes. The closure says what was wanted and what followed; `isKept`, what rounding made of it.
  private func record(
    _ layout: GateLayout, _ closure: GateClosure, isKept: [Bool], reason: RemovedGate.Reason,
    prices: [Double], changes: [Int: LossChange], completeEpochs: Int
  ) {
    guard let state = progress.state else { return }
    for set in layout.sets {
      for gate in set.range where !isKept[gate] {
        let why: RemovedGate.Reason =
          if !closure.wanted[gate] { reason } else if closure.isKept[gate] {
            .rounding
          } else if set.kind == .block {
            .blockEmpty
          } else { .blockRemoved }
        progress.removed.append(
          RemovedGate(
            gate: state.original[gate], epoch: completeEpochs, reason: why, theta: state.theta[gate],
            benefit: -state.gradient[gate], price: progress.nu * prices[gate],
            lossChange: changes[gate]?.mean, lossChangeError: changes[gate]?.standardError))
      }
    }
  }
}

// The baselines.

extension Pruner {
  /// Removes units by their norms, or at random, down to the budget.
  private func removeAtOnce(
    _ network: Network, parameters: () throws -> [String: [Float]], completeEpochs: Int
  ) throws -> Surgery {
    let weights = try configuration.method == .l1 ? parameters() : [:]
    let groups = try network.unitGroups()
    let removal = try UniformRemoval.removal(
      from: network, scope: configuration.gates, targetMacs: try budget()
    ) { group in
      if configuration.method == .l1 { return UniformRemoval.norms(of: group, parameters: weights) }
      let index = groups.firstIndex(of: group) ?? 0
      var random = RandomStream(seed: seed, stream: .gates, index: UInt64(index))
      return random.shuffledIndices(count: group.count).map(Double.init)
    }
    try recordRemoval(removal, from: network, completeEpochs: completeEpochs)
    progress.isFrozen = true
    return try network.removing(removal)
  }

  func recordUniform(from network: Network, to current: Network) throws {
    guard network != current else { return }
    try recordRemoval(
      PruningConfiguration.uniformRemoval(from: network, configuration), from: network, completeEpochs: 0)
  }

  private func recordRemoval(_ removal: Removal, from network: Network, completeEpochs: Int) throws {
    for set in try GateLayout(network, scope: configuration.gates).sets where set.kind != .block {
      for unit in (removal.units[set.name] ?? []).sorted() {
        progress.removed.append(
          RemovedGate(gate: set.range.lowerBound + unit, epoch: completeEpochs, reason: .method))
      }
    }
    let gone = Set(progress.removed.map(\.gate))
    progress.survivors.removeAll(where: gone.contains)
  }

  private func budget() throws -> Double {
    guard let budget = configuration.budget(of: progress.full) else {
      throw ConfigurationError.conflict(
        "method \(configuration.method.rawValue) removes down to a budget; give it with target-macs")
    }
    return budget
  }
}

extension PruningConfiguration {
  /// What a uniformly narrower network leaves out of a network: the last units of every group.
  static func uniformRemoval(from network: Network, _ configuration: PruningConfiguration) throws -> Removal {
    guard let budget = configuration.budget(of: try ExpectedComplexity(network)) else {
      throw ConfigurationError.conflict("method uniform needs a budget; give it with target-macs")
    }
    return try UniformRemoval.removal(
      from: network, scope: configuration.gates, targetMacs: budget
    ) { group in (0..<group.count).map { -Double($0) } }
  }
}

extension WidthRounding {
  func lanes(device: Int) -> Int? {
    switch self {
    case .none: nil
    case .automatic: device
    case .multiples(let lanes): lanes
    }
  }
}

/// The rise of the loss without a gate, in nats per example.
struct LossChange: Hashable {
  var mean: Double
  var standardError: Double
}
