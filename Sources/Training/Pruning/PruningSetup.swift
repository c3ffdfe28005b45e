import Networks
import Pruning

/// What a training begins with: the network, how many epochs, and what prunes it.
struct PruningSetup {
  var network: Network
  var epochs: Int
  var pruner: Pruner?
}

extension TrainingConfiguration {
  /// - Parameter network: The full network, or that of the checkpoint which is resumed.
  /// - Throws: `ConfigurationError.conflict`, `CheckpointError`, `NetworkError`.
  func pruningSetup(_ network: Network, start: TrainingStart, stepsPerEpoch: Int) throws -> PruningSetup {
    guard let pruning else { return PruningSetup(network: network, epochs: epochs, pruner: nil) }
    var current = network
    var saved: PruningProgress?
    if case .resume(let checkpoint, let file) = start {
      guard let progress = checkpoint.pruning else { throw CheckpointError(.notPruned, file: file) }
      try progress.check(fits: checkpoint.network, file: file)
      saved = progress
    } else if pruning.method == .uniform {
      current = try network.removing(PruningConfiguration.uniformRemoval(from: network, pruning)).network
    }
    let epochs = pruning.affordableEpochs(epochs, full: try saved?.full ?? ExpectedComplexity(network))
    if let saved, case .resume(let checkpoint, _) = start, saved.state != nil,
      let done = checkpoint.progress?.epoch, done >= epochs
    {
      throw ConfigurationError.conflict(
        "the run has done \(done) epochs and its gates are not frozen yet; give more than \(done) epochs")
    }
    let pruner = try Pruner(
      pruning, schedule: PruningSchedule(pruning, epochs: epochs, stepsPerEpoch: stepsPerEpoch),
      network: network, current: current, saved: saved, batchSize: batchSize, seed: seed)
    return PruningSetup(network: current, epochs: epochs, pruner: pruner)
  }
}

extension PruningConfiguration {
  /// As many epochs as ``trainingCost`` allows; those given where it does not say.
  func affordableEpochs(_ epochs: Int, full: ExpectedComplexity) -> Int {
    guard let trainingCost else { return epochs }
    let share = min(targetShare(of: full) ?? 1, 1)
    let perEpoch: Double =
      switch method {
      case .dense, .bernoulli: 1
      case .uniform: share
      case .l1, .random: freezeAt <= 1 ? freezeAt + (1 - freezeAt) * share : share
      }
    var budget = trainingCost * Double(epochs)
    if method == .l1 || method == .random, freezeAt > 1 { budget -= freezeAt * (1 - share) }
    return Int(min(max((budget / perEpoch).rounded(), 1), Double(TrainingConfiguration.maximumCount)))
  }
}

extension PruningProgress {
  /// Throws where this cannot be what was saved with that network.
  ///
  /// - Throws: `CheckpointError.malformedMetadata`, `NetworkError`.
  func check(fits network: Network, file: String) throws {
    func expect(_ condition: Bool, _ reason: String) throws {
      guard condition else {
        throw CheckpointError(.malformedMetadata(key: CheckpointKey.pruning, reason: reason), file: file)
      }
    }
    let total = structure.entries.reduce(0) { $0 + max(0, min($1.count, 1 << 30)) }
    try expect(
      structure.count == total && total <= 1 << 30 && structure.entries.allSatisfy { $0.count > 0 },
      "expected as many gates as its entries have, found \(structure.count)")
    let range = 0..<total
    try expect(
      survivors.allSatisfy(range.contains) && removed.allSatisfy { range.contains($0.gate) },
      "expected gates in 0..<\(total)")
    try expect(
      full.multiplyAccumulates > 0 && full.parameters > 0 && nu >= 0,
      "expected costs above 0 and a price from 0")
    let entries = try network.unitGroups().map { group in
      Set(
        group.layers.compactMap { layer in
          structure.entries.firstIndex { $0.nodes.contains(layer) && $0.kind != .block }
        })
    }
    try expect(entries.allSatisfy { $0.count <= 1 }, "expected the units of each group in one entry")
    guard let state else { return }
    let count = try GateLayout(network, matching: structure).count
    try expect(
      [
        state.theta.count, state.gradient.count, state.square.count, state.scale.count,
        state.wasNotWorthIt.count,
        state.original.count,
      ].allSatisfy { $0 == count }, "expected \(count) gates, found \(state.theta.count)")
    try expect(
      state.theta.allSatisfy { (0...1).contains($0) } && state.original.allSatisfy(range.contains),
      "expected probabilities in 0...1 of gates in 0..<\(total)")
  }
}
