import Datasets
import Networks
import Pruning

extension Trainer {
  /// Steps whose batches renew the running statistics of a network that has just been frozen.
  private static let refreshSteps = 64

  /// Removes what has to go at the end of the running epoch, and notes what the epoch has cost.
  func prune() throws {
    guard let pruner else { return }
    do {
      // A training may have been saved between this and the end of the epoch.
      if pruner.progress.decidedEpochs <= progress.epoch { try decide(pruner) }
      if pruner.progress.needsRefresh {
        try refreshStatistics()
        pruner.progress.needsRefresh = false
      }
    } catch is InterruptedDecision {
      try interrupt()
    }
  }

  /// All of it or, where an image cannot be had, nothing: a resumed training decides again.
  private func decide(_ pruner: Pruner) throws {
    let before = pruner.progress
    do {
      pruner.addCost(epoch: progress.epoch)
      let surgery = try pruner.decide(
        network, parameters: { try session.state().parameters }, completeEpochs: progress.epoch + 1,
        deviceLanes: device.information.channelLanes, audit: measureLossChanges)
      pruner.progress.decidedEpochs = progress.epoch + 1
      // A network without masks, or units, that it has had until now.
      pruner.progress.needsRefresh =
        pruner.progress.isFrozen && (before.state != nil || surgery != nil)
      if let surgery { try replaceNetwork(surgery) } else { try pruner.setEvaluationGates(session) }
    } catch {
      if pruner.progress.decidedEpochs <= progress.epoch { pruner.progress = before }
      throw error
    }
  }

  /// Lets the running statistics of batch norm follow the network as it now is, with batches of the epoch that is over.
  private func refreshStatistics() throws {
    var left = Self.refreshSteps
    while left > 0 {
      left -= try forEachBatch(atMost: left) {
        try session.batchPass(images: $0.images, labels: $0.labels, updatesStatistics: true)
      }
    }
  }

  /// Gives the first batches of the epoch that is over, and returns how many.
  private func forEachBatch(atMost count: Int, _ use: (Batch) throws -> Void) throws -> Int {
    let loader = try BatchLoader(
      dataset: data.training, normalization: data.normalization, augmentation: configuration.augmentation,
      sampler: sampler, epoch: progress.epoch, workers: configuration.workers)
    defer { loader.stop() }
    var used = 0
    while used < count, let batch = try loader.next() {
      if cancellation.isRequested { throw InterruptedDecision() }
      try use(batch)
      used += 1
    }
    return used
  }

  /// The rise of the loss without each of some gates, on the first training images of the epoch.
  private func measureLossChanges(_ gates: [Int]) throws -> [Int: LossChange] {
    guard let pruner, pruner.configuration.auditImages > 0, !gates.isEmpty else { return [:] }
    var audit = RemovalAudit(pruner, gates: gates, epoch: progress.epoch)
    let batches = max(1, pruner.configuration.auditImages / configuration.batchSize)
    _ = try forEachBatch(atMost: batches) { try audit.add($0, session) }
    return audit.changes
  }

  func openPruningLog() throws -> EpochLog<PruningEpoch>? {
    guard let folder, pruner != nil else { return nil }
    return try EpochLog(
      table: folder.pruningTable, lines: folder.pruningLines, keepingEpochs: progress.epoch)
  }

  func recordPruning(_ evaluation: Evaluation, in log: inout EpochLog<PruningEpoch>?) throws {
    guard let pruner else { return }
    let row = pruner.epochRow(epoch: progress.epoch + 1, top1: evaluation.top1)
    try log?.append(row)
    pruner.progress.audit = EstimatorAudit()
  }

  /// Writes what remains, what went and the pictures.
  func writePruning(_ rows: [PruningEpoch]) throws {
    guard let folder, let pruner else { return }
    try folder.write(pruner.structureReport.prettyText, to: \.structure)
    let pictures = PruningPictures(
      structure: pruner.progress.structure, rows: rows,
      survivors: pruner.progress.survivors, freeze: pruner.schedule.freeze,
      fullMacs: pruner.progress.full.multiplyAccumulates)
    try folder.write(pictures.theta, to: \.thetaPicture)
    try folder.write(pictures.widths, to: \.widthsPicture)
    try folder.write(pictures.accuracy, to: \.accuracyPicture)
    var model = try checkpoint()
    model.progress = nil
    model.pruning = nil
    try model.write(to: folder.model)
  }
}

/// Someone asked to stop while it was being decided what goes.
private struct InterruptedDecision: Error {}
