import Bundles
import Networks

/// Decides on blocks to remove from a network while a trainer trains it.
package struct ConflictRemover {
  package let configuration: ConflictRemovalConfiguration
  package private(set) var progress: ConflictRemovalProgress
  /// Of the measurement before which epochs the last check is.
  private let lastCheck: Int

  /// - Parameters:
  ///   - network: What there is at first.
  ///   - saved: Where a resumed removal was.
  ///   - measuresEvery: Epochs from one measurement to the next.
  /// - Throws: `ConfigurationError.conflict` for a network without blocks, `BundleError`, `NetworkError`.
  package init(
    _ configuration: ConflictRemovalConfiguration, network: Network, saved: ConflictRemovalProgress?,
    epochs: Int, measuresEvery interval: Int
  ) throws {
    self.configuration = configuration
    progress =
      try saved
      ?? ConflictRemovalProgress(original: network, maximumRestarts: configuration.maximumRestarts)
    let checks = min(configuration.checkEpochs, epochs)
    lastCheck = (checks - 1) / interval * interval
    guard try !progress.original.removableBlocks().isEmpty else {
      throw ConfigurationError.conflict(
        "\(network.name) has no blocks that could be removed; choose a network with several layers of one width, or with "
          + "residual blocks")
    }
  }

  /// Takes in a measurement after so many complete epochs; the network to restart with, if there is to be another.
  ///
  /// - Throws: `ConfigurationError.conflict` where the blocks were not measured, `BundleError`, `NetworkError`.
  package mutating func decide(_ report: BundleReport, network: Network, epoch: Int) throws -> Network? {
    guard progress.ending == nil, epoch <= lastCheck, !hasDecided(epoch) else { return nil }
    var check = ConflictCheck(
      attempt: progress.attempt, epoch: epoch, samples: report.samples,
      blocks: try verdicts(report, network))
    let step: RemovalStep?
    let before = progress.restarts.missing
    if let names = try proposal(check, network: network) {
      step = progress.restarts.next(
        without: names, of: try progress.original.removableBlocks().count)
    } else {
      step = epoch == lastCheck ? .finished : nil
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
    let isConflicting = check.blocks.map { $0.verdict != .notConflicting }
    let conflicts = isConflicting.contains(true)
    let missing = progress.restarts.missing
    if var bisection = progress.bisection, !bisection.search.isFinished {
      guard conflicts || check.epoch == lastCheck else { return nil }
      bisection.search.observe(isConflicting: conflicts)
      progress.bisection = bisection
      let names = inOrder(bisection.base + bisection.search.removed)
      return Set(names) == Set(missing) && !conflicts ? nil : names
    }
    guard conflicts else { return nil }
    let rule = configuration.rule == .bisect ? .all : configuration.rule.rule
    let removal = try rule.removal(
      from: BlockSequence(check.blocks.map(\.block)), BlockVerdicts(isConflicting),
      protection: configuration.protection)
    let names = try guarded(removal.removed, network)
    guard configuration.rule == .bisect, !names.isEmpty else { return inOrder(missing + names) }
    let bisection = ConflictRemovalProgress.Bisection(
      base: missing, search: BlockBisection(candidates: names))
    progress.bisection = bisection
    return inOrder(missing + bisection.search.removed)
  }

  private func inOrder(_ names: [String]) -> [String] {
    let names = Set(names)
    return ((try? progress.original.removableBlocks()) ?? []).map(\.name).filter(names.contains)
  }

  /// Those of some blocks that can go, from the last to the first, without making the network cost more.
  private func guarded(_ names: [String], _ network: Network) throws -> [String] {
    guard configuration.guardsMacs else { return names }
    var accepted: Set<String> = []
    var cost = try Complexity(network).multiplyAccumulates
    for name in names.reversed() {
      let smaller = try Complexity(network.withoutBlocks(accepted.union([name]))).multiplyAccumulates
      if smaller > cost { continue }
      cost = smaller
      accepted.insert(name)
    }
    return names.filter(accepted.contains)
  }

  private func verdicts(_ report: BundleReport, _ network: Network) throws -> [ConflictCheck.Block] {
    let rule = try configuration.threshold.map { try ConflictRule(threshold: $0) } ?? .usual
    let found = Dictionary(report.layers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    return try network.removableBlocks().map { block in
      guard let layer = found[block.branchEnd] else {
        throw ConfigurationError.conflict(
          "bundles: the values measured leave out '\(block.branchEnd)', the end of block '\(block.name)'; leave values out, "
            + "or choose branches for a network with shortcuts and layers for one without")
      }
      return ConflictCheck.Block(
        block: Block(block.name, type: "\(block.output)", isProtected: block.input != block.output),
        found: layer, verdict: try rule.verdict([layer]))
    }
  }
}
