import Bundles
import Networks

/// Decides on blocks to remove from a network while a trainer trains it.
package struct ConflictRemover {
  package let configuration: ConflictRemovalConfiguration
  package private(set) var progress: ConflictRemovalProgress
  /// The blocks of the first network, in order.
  let blocks: [String]

  /// - Parameters:
  ///   - network: What there is at first.
  ///   - saved: Where a resumed removal was.
  ///   - interval: Epochs from one measurement to the next.
  /// - Throws: `ConfigurationError.conflict` for a network without blocks, and where a resumed removal would look at blocks
  ///   for a longer or shorter time; `BundleError.duplicateBlock`, `NetworkError`.
  package init(
    _ configuration: ConflictRemovalConfiguration, network: Network, saved: ConflictRemovalProgress?,
    epochs: Int, measuresEvery interval: Int
  ) throws {
    self.configuration = configuration
    let lastCheck = (min(configuration.checkEpochs, epochs) - 1) / interval * interval
    progress = saved ?? ConflictRemovalProgress(original: network, lastCheck: lastCheck)
    guard progress.lastCheck == lastCheck else {
      throw ConfigurationError.conflict(
        "epochs: blocks were to be judged up to epoch \(progress.lastCheck), and with \(epochs) epochs would be up to epoch "
          + "\(lastCheck); keep the epochs, or begin another run with check-epochs \(progress.lastCheck + 1)")
    }
    blocks = try BlockSequence(progress.original.removableBlocks().map(Block.init)).blocks.map(\.name)
    guard !blocks.isEmpty else {
      throw ConfigurationError.conflict(
        "\(network.name) has no blocks that could be removed; choose a network with several layers of one width, or with "
          + "residual blocks")
    }
  }

  /// Takes in a measurement after so many complete epochs; the network to restart with, if there is to be another.
  ///
  /// - Throws: `ConfigurationError.conflict` where the blocks were not measured, `BundleError`, `NetworkError`.
  package mutating func decide(_ report: BundleReport, network: Network, epoch: Int) throws -> Network? {
    guard progress.ending == nil, epoch <= progress.lastCheck, !hasDecided(epoch) else { return nil }
    var check = ConflictCheck(
      attempt: progress.attempt, epoch: epoch, samples: report.samples,
      blocks: try verdicts(report, network))
    var step: RemovalStep?
    let before = progress.restarts.missing
    if let names = try proposal(check, network: network) {
      step = progress.restarts.next(
        without: names, of: blocks.count, maximumRestarts: configuration.maximumRestarts)
      // A search that may not go on ends with a network that is as it should be.
      if step != .restart, !check.hasConflict { step = .finished }
    } else if epoch == progress.lastCheck {
      step = .finished
    }
    check.step = step
    if step == .restart {
      let after = progress.restarts.missing
      check.removed = after.filter { !before.contains($0) }
      check.restored = before.filter { !after.contains($0) }
    } else {
      progress.ending = step
    }
    progress.checks.append(check)
    guard step == .restart else { return nil }
    progress.lostCost += try Double(epoch) * cost(of: network)
    return try progress.original.withoutBlocks(Set(progress.restarts.missing))
  }

  /// Multiply-accumulates over those of the first network.
  func cost(of network: Network) throws -> Double {
    Double(try Complexity(network).multiplyAccumulates)
      / Double(max(1, try Complexity(progress.original).multiplyAccumulates))
  }

  /// A training may have been saved between this and its next step.
  private func hasDecided(_ epoch: Int) -> Bool {
    progress.checks.last.map { ($0.attempt, $0.epoch) == (progress.attempt, epoch) } ?? false
  }

  /// What the next network is to go without; nil where the present one may stay.
  private mutating func proposal(_ check: ConflictCheck, network: Network) throws -> [String]? {
    let conflicts = check.hasConflict
    let missing = progress.restarts.missing
    if var bisection = progress.bisection, !bisection.search.isFinished {
      guard conflicts || check.epoch == progress.lastCheck else { return nil }
      bisection.search.observe(isConflicting: conflicts)
      progress.bisection = bisection
      let names = inOrder(bisection.base + bisection.search.removed)
      return Set(names) == Set(missing) && !conflicts ? nil : names
    }
    guard conflicts else { return nil }
    let names = try removal(check, network)
    guard configuration.rule == .bisect, !names.isEmpty else { return inOrder(missing + names) }
    let bisection = ConflictRemovalProgress.Bisection(
      base: missing, search: BlockBisection(candidates: names))
    progress.bisection = bisection
    return inOrder(missing + bisection.search.removed)
  }

  private func inOrder(_ names: [String]) -> [String] {
    let names = Set(names)
    return blocks.filter(names.contains)
  }

  /// What the rule removes; blocks that cannot go count as if they did not conflict.
  private func removal(_ check: ConflictCheck, _ network: Network) throws -> [String] {
    let sequence = try BlockSequence(check.blocks.map(\.block))
    let rule = configuration.rule == .bisect ? .all : configuration.rule.rule
    var isConflicting = check.blocks.map(\.conflicts)
    while true {
      let names = try rule.removal(
        from: sequence, BlockVerdicts(isConflicting), protection: configuration.protection
      ).removed
      let possible = try network.removable(names, guardingMacs: configuration.guardsMacs)
      if !possible.isEmpty || names.isEmpty { return possible }
      for (index, block) in check.blocks.enumerated() where names.contains(block.block.name) {
        isConflicting[index] = false
      }
    }
  }

  private func verdicts(_ report: BundleReport, _ network: Network) throws -> [ConflictCheck.Block] {
    let rule = try configuration.threshold.map { try ConflictRule(threshold: $0) } ?? .usual
    let found = Dictionary(report.layers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    return try network.removableBlocks().map { block in
      guard let layer = found[block.branchEnd] else {
        throw ConfigurationError.unmeasured(block)
      }
      return ConflictCheck.Block(
        block: Block(block), entropy: layer.entropy, entropyAboveInput: layer.entropyAboveInput,
        bundles: layer.bundles, status: layer.status, verdict: try rule.verdict([layer]))
    }
  }
}

extension Block {
  /// Blocks of one type have outputs of one shape.
  fileprivate init(_ block: RemovableBlock) {
    self.init(block.name, type: "\(block.output)", isProtected: block.input != block.output)
  }
}

extension ConfigurationError {
  static func unmeasured(_ block: RemovableBlock) -> ConfigurationError {
    .conflict(
      "bundles: the values measured leave out '\(block.branchEnd)', the end of block '\(block.name)'; leave values out, or "
        + "choose branches for a network with shortcuts and layers for one without")
  }
}
