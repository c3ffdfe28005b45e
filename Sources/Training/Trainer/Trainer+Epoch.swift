import Datasets

extension Trainer {
  /// Steps after which the loss is looked at, at the latest.
  private static let stepsBetweenLooks = 50
  /// Seconds after which the loss is looked at, to show it.
  private static let secondsBetweenLooks = 0.5

  /// Trains for the rest of the running epoch and evaluates.
  func runEpoch() throws -> (metrics: EpochMetrics, evaluation: Evaluation) {
    let clock = Stopwatch()
    let speed = try trainEpoch()
    try prune()
    let evaluation = try evaluate(data.validation ?? data.test)
    guard evaluation.loss.isFinite else { throw divergence(of: "the loss of the evaluation") }
    let metrics = EpochMetrics(
      epoch: progress.epoch + 1, learningRate: learningRate(step: progress.step - 1),
      trainLoss: progress.sums.meanLoss, trainTop1: progress.sums.top1Share, loss: evaluation.loss,
      top1: evaluation.top1, top5: evaluation.top5, seconds: clock.seconds,
      imagesPerSecond: speed.imagesPerSecond, dataWaitShare: speed.dataWaitShare)
    return (metrics, evaluation)
  }

  /// Does the steps of the running epoch that are left.
  private func trainEpoch() throws -> EpochSpeed {
    let loader = try BatchLoader(
      dataset: data.training, normalization: data.normalization, augmentation: configuration.augmentation,
      sampler: sampler, epoch: progress.epoch, startingAtStep: progress.step,
      workers: configuration.workers)
    defer { loader.stop() }
    var speed = EpochSpeed(batchSize: configuration.batchSize)
    var sinceLook = Stopwatch()
    while let batch = try loader.next() {
      if cancellation.isRequested { try interrupt() }
      let rate = learningRate(step: progress.step)
      try step(batch, learningRate: rate)
      progress.step += 1
      speed.steps += 1
      if !hasFinishedAStep {
        // Waits for the device, this once.
        hasFinishedAStep = true
        try collectMetrics()
        secondsToFirstStep = ProcessAge.seconds
      }
      speed.secondsWaited = loader.secondsWaited
      if progress.step % Self.stepsBetweenLooks == 0 || sinceLook.seconds > Self.secondsBetweenLooks {
        try collectMetrics()
        sinceLook = Stopwatch()
      }
      if let interval = configuration.checkpointSteps, progress.step % interval == 0 { try save() }
      observer?.trainingAdvances(status(speed, learningRate: rate))
    }
    try collectMetrics()
    speed.end()
    return speed
  }

  private func step(_ batch: Batch, learningRate: Float) throws {
    if let pruner, pruner.isSampling {
      try pruner.step(
        session, batch, learningRate: learningRate, epoch: progress.epoch, step: progress.step)
    } else {
      try session.trainingStep(images: batch.images, labels: batch.labels, learningRate: learningRate)
    }
  }

  /// Takes the metrics of the steps since the last call from the device.
  ///
  /// - Throws: `TrainingError.diverged` if they show that training has failed.
  func collectMetrics() throws {
    try session.drainMetrics(into: &progress.sums)
    guard progress.sums.loss.isFinite else { throw divergence(of: "the loss") }
  }

  func interrupt() throws -> Never {
    try save()
    throw TrainingError.interrupted(
      epoch: progress.epoch + 1, step: progress.step, checkpoint: folder?.checkpoint(.last))
  }

  /// - Parameter step: of the running epoch.
  private func learningRate(step: Int) -> Float {
    schedule.rate(step: progress.epoch * sampler.stepsPerEpoch + step)
  }

  private func status(_ speed: EpochSpeed, learningRate: Float) -> TrainingStatus {
    let done = progress.epoch * sampler.stepsPerEpoch + progress.step
    return TrainingStatus(
      epoch: progress.epoch + 1, epochs: totalEpochs, step: progress.step,
      stepsPerEpoch: sampler.stepsPerEpoch, learningRate: learningRate, sums: progress.sums,
      imagesPerSecond: speed.imagesPerSecond, dataWaitShare: speed.dataWaitShare,
      secondsRemaining: Double(totalEpochs * sampler.stepsPerEpoch - done) * speed.secondsPerStep,
      pruning: pruner?.status)
  }
}

/// How fast an epoch goes.
private struct EpochSpeed {
  let batchSize: Int
  var steps = 0
  var secondsWaited = 0.0
  private let clock = Stopwatch()
  private var total: Double?

  init(batchSize: Int) { self.batchSize = batchSize }

  /// Stops the clock.
  mutating func end() { total = clock.seconds }

  var seconds: Double { total ?? clock.seconds }
  var secondsPerStep: Double { seconds / Double(max(steps, 1)) }
  var imagesPerSecond: Double { Double(steps * batchSize) / seconds }
  var dataWaitShare: Double { min(1, secondsWaited / seconds) }
}
