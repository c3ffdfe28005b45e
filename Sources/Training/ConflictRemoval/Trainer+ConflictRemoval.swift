import Bundles
import Networks

extension TrainingConfiguration {
  /// What removes conflicting blocks; nil where they stay.
  ///
  /// - Parameter network: As the training begins or goes on with it.
  /// - Throws: `ConfigurationError.conflict`, `CheckpointError`, `NetworkError`.
  func conflictRemover(_ network: Network, start: TrainingStart) throws -> ConflictRemover? {
    guard let conflictRemoval, let bundles else { return nil }
    var saved: ConflictRemovalProgress?
    if case .resume(let checkpoint, let file) = start {
      guard let progress = checkpoint.conflicts else {
        throw CheckpointError(.noConflictRemoval, file: file)
      }
      try progress.check(fits: checkpoint.network, file: file)
      saved = progress
    }
    let values = removalValues(bundles.probe.values, network)
    let measured = Set(values.nodes(of: network))
    if let block = try network.removableBlocks().first(where: { !measured.contains($0.branchEnd) }) {
      throw ConfigurationError.unmeasured(block)
    }
    return try ConflictRemover(
      conflictRemoval, network: network, saved: saved, epochs: epochs, measuresEvery: bundles.every)
  }
}

/// What is measured to judge blocks: of a residual block its branch, as the shortcut tells images apart without it.
func removalValues(_ values: MeasuredValues, _ network: Network) -> MeasuredValues {
  values == .auto && !network.residualBlocks().isEmpty ? .branches : values
}

extension Trainer {
  /// Decides on a measurement; where blocks go, the training begins anew without them.
  ///
  /// - Returns: Whether it does.
  func removeConflicts(_ report: BundleReport) throws -> Bool {
    guard var remover = conflictRemover else { return false }
    let checks = remover.progress.checks.count
    let smaller = try remover.decide(report, network: network, epoch: progress.epoch)
    conflictRemover = remover
    if remover.progress.checks.count > checks, let check = remover.progress.checks.last {
      observer?.trainingJudgesConflicts(check)
    }
    guard let smaller else { return false }
    try restart(
      with: smaller, keeping: remover.configuration.restart == .warm ? try session.state() : nil)
    return true
  }

  /// Writes what was found, what went and what is left.
  func writeConflicts() throws {
    guard let folder, let conflictRemover else { return }
    try folder.write(conflictRemover.report(network).prettyText, to: \.conflictsReport)
    try folder.write(conflictRemover.csv, to: \.conflictsTable)
    try folder.write(conflictRemover.picture, to: \.conflictsPicture)
    var model = try checkpoint()
    (model.progress, model.conflicts) = (nil, nil)
    try model.write(to: folder.model)
  }
}

extension ModelState {
  /// With the tensors of another state that have one of the same name and size here; no momentum is kept.
  func taking(_ other: ModelState) -> ModelState {
    func merged(_ own: [String: [Float]], _ others: [String: [Float]]) -> [String: [Float]] {
      own.reduce(into: [:]) { result, entry in
        let found = others[entry.key]
        result[entry.key] = found?.count == entry.value.count ? found : entry.value
      }
    }
    return ModelState(
      parameters: merged(parameters, other.parameters), statistics: merged(statistics, other.statistics))
  }
}
