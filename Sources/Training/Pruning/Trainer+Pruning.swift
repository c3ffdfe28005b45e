import Datasets
import Networks
import Pruning

extension Trainer {
  /// Steps whose batches renew the running statistics of a network that has just been frozen, at most.
  private static let refreshSteps = 64

  /// Removes what has to go at the end of the running epoch, and notes what the epoch has cost.
  func prune() throws {
    // A training may have been saved between this and the end of the epoch.
    guard let pruner, pruner.progress.decidedEpochs <= progress.epoch else { return }
    try pruner.addCost(of: network, epoch: progress.epoch)
    let wasSampling = pruner.isSampling
    let surgery = try pruner.decide(
      network, parameters: { try session.state().parameters }, completeEpochs: progress.epoch + 1,
      deviceLanes: device.information.channelLanes, audit: measureLossChanges)
    if let surgery { try replaceNetwork(surgery) } else { try pruner.setEvaluationGates(session) }
    // A network without masks, or units, that it has had until now.
    if pruner.progress.isFrozen, wasSampling || surgery != nil { try refreshStatistics() }
    pruner.progress.decidedEpochs = progress.epoch + 1
  }

  /// Lets the running statistics of batch norm follow the network as it now is, with batches of the epoch that is over.
  private func refreshStatistics() throws {
    let loader = try BatchLoader(
      dataset: data.training, normalization: data.normalization, augmentation: configuration.augmentation,
      sampler: sampler, epoch: progress.epoch, workers: configuration.workers)
    defer { loader.stop() }
    for _ in 0..<min(Self.refreshSteps, sampler.stepsPerEpoch) {
      guard let batch = try loader.next() else { break }
      try session.batchPass(images: batch.images, labels: batch.labels, updatesStatistics: true)
    }
  }

  /// The rise of the loss without each of some gates, on the first training images of the epoch.
  private func measureLossChanges(_ gates: [Int]) throws -> [Int: LossChange] {
    guard let pruner, pruner.configuration.auditImages > 0, !gates.isEmpty else { return [:] }
    var audit = RemovalAudit(pruner, gates: gates, epoch: progress.epoch)
    let loader = try BatchLoader(
      dataset: data.training, normalization: data.normalization, augmentation: configuration.augmentation,
      sampler: sampler, epoch: progress.epoch, workers: configuration.workers)
    defer { loader.stop() }
    let steps = max(1, pruner.configuration.auditImages / configuration.batchSize)
    for _ in 0..<min(steps, sampler.stepsPerEpoch) {
      guard let batch = try loader.next() else { break }
      try audit.add(batch, session)
    }
    return audit.changes
  }

  func openPruningLog() throws -> EpochLog<PruningEpoch>? {
    guard let folder, pruner != nil else { return nil }
    return try EpochLog(
      table: folder.pruningTable, lines: folder.pruningLines, keepingEpochs: progress.epoch)
  }

  func recordPruning(_ evaluation: Evaluation, in log: inout EpochLog<PruningEpoch>?) throws {
    guard let pruner else { return }
    let row = try pruner.epochRow(network, epoch: progress.epoch + 1, top1: evaluation.top1)
    try log?.append(row)
    pruner.progress.audit = EstimatorAudit()
  }

  /// Writes what remains, what went and the pictures.
  func writePruning(_ result: TrainingResult) throws {
    guard let folder, let pruner else { return }
    try folder.write(pruner.structureReport.prettyText, to: \.structure)
    let pictures = PruningPictures(
      structure: pruner.progress.structure, rows: try openPruningLog()?.rows ?? [],
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
