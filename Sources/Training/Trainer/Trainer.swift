import Datasets
import Devices
import Interchange
import Networks

/// Trains a network on a device, epoch by epoch, and measures it after each.
///
/// What it computes follows from network, data, configuration and kind of device alone: not from interruptions, the
/// number of threads, or what watches it. Use it from one thread.
///
/// ```swift
/// let trainer = try Trainer(network: network, data: data, configuration: configuration, device: device)
/// let result = try trainer.train()
/// ```
public final class Trainer {
  /// As it is: a pruning makes it smaller.
  public internal(set) var network: Network
  public let data: TrainingData
  public let configuration: TrainingConfiguration
  /// Receives the files of the run; nil to write nothing.
  public let folder: RunFolder?
  /// Stops the training when requested, from any thread.
  public let cancellation = Cancellation()
  /// Watches; called from the thread that trains.
  public var observer: (any TrainingObserver)?

  /// How far the training has come, as far as the device has told.
  public internal(set) var progress: TrainingProgress
  /// The metrics of the epochs so far.
  public internal(set) var epochs: [EpochMetrics] = []
  /// What was found of bundles; empty where nobody looked.
  public internal(set) var bundleEpochs: [BundleEpoch] = []

  /// Seconds from the creation of this process to the end of its first training step; nil before, and where the system
  /// does not tell.
  public internal(set) var secondsToFirstStep: Double?
  /// Whether this process has waited for its first step.
  var hasFinishedAStep = false

  let device: any Device
  private let isResumed: Bool
  /// Nothing between two networks, so that they need not be in memory at once.
  private var currentSession: TrainingSession?
  /// nil where nothing is pruned.
  let pruner: Pruner?
  /// nil where conflicting blocks stay.
  var conflictRemover: ConflictRemover?
  /// How many epochs there are: those of the configuration, or as many as a given cost allows.
  public let totalEpochs: Int
  let sampler: BatchSampler
  let schedule: LearningRateSchedule
  /// Of the last complete epoch, if it was in this process.
  var lastEvaluation: Evaluation?

  /// - Throws: `ConfigurationError.conflict`, `TrainingError.dataMismatch` or `DatasetError` if the data do not fit the
  ///   network or the batch size,
  ///   `CheckpointError` if the start does not fit, `NetworkError`, `OperatorError` or `DeviceError` if the device
  ///   cannot run the network.
  public init(
    network: Network, data: TrainingData, configuration: TrainingConfiguration, device: any Device,
    start: TrainingStart = .seed, folder: RunFolder? = nil
  ) throws {
    try configuration.checkConsistency()
    for part in [data.training, data.validation, data.test] { try part?.check(fits: network) }
    if case .resume(let checkpoint, _) = start {
      try data.training.check(hasClasses: checkpoint.classes, of: network)
    }
    sampler = try BatchSampler(
      count: data.training.count, batchSize: configuration.batchSize, purpose: .training,
      seed: configuration.seed)
    let setup = try configuration.pruningSetup(network, start: start, stepsPerEpoch: sampler.stepsPerEpoch)
    pruner = setup.pruner
    totalEpochs = setup.epochs
    conflictRemover = try configuration.conflictRemover(setup.network, start: start)
    schedule = LearningRateSchedule(
      highest: configuration.learningRate, curve: configuration.curve,
      warmupEpochs: configuration.warmupEpochs,
      stepsPerEpoch: sampler.stepsPerEpoch, epochs: setup.epochs)
    self.network = setup.network
    self.data = data
    self.configuration = configuration
    self.device = device
    self.folder = folder
    isResumed = start.isResumed
    let session = try Self.makeSession(setup.network, setup.pruner, configuration, device)
    currentSession = session
    progress = try start.apply(
      to: session, network: setup.network, images: data.training, seed: configuration.seed,
      initialisation: configuration.initialisation, stepsPerEpoch: sampler.stepsPerEpoch)
    try pruner?.setEvaluationGates(session)
  }

  private static func makeSession(
    _ network: Network, _ pruner: Pruner?, _ configuration: TrainingConfiguration, _ device: any Device
  ) throws -> TrainingSession {
    try TrainingSession(
      network: pruner?.executedNetwork(network) ?? network, device: device,
      batchSize: configuration.batchSize, optimizer: configuration.optimizer,
      labelSmoothing: configuration.labelSmoothing, stochasticGates: pruner?.stochasticGates)
  }

  /// Runs the network as it is.
  var session: TrainingSession {
    guard let currentSession else { preconditionFailure("a network was lost while it was made smaller") }
    return currentSession
  }

  /// Runs another network from now on; the session of the present one goes first, so that not both are in memory.
  private func openSession(_ network: Network) throws -> TrainingSession {
    currentSession = nil
    self.network = network
    let session = try Self.makeSession(network, pruner, configuration, device)
    currentSession = session
    return session
  }

  /// Goes on with a smaller network: weights, statistics and the optimiser's moments are cut out of the
  /// present ones.
  func replaceNetwork(_ surgery: Surgery) throws {
    let state = try surgery.apply(to: session.state())
    try pruner?.follow(surgery.network)
    let session = try openSession(surgery.network)
    try session.load(state)
    try pruner?.setEvaluationGates(session)
  }

  /// Begins anew with another network.
  ///
  /// - Parameter weights: What to keep where it fits; the rest is drawn.
  func restart(with network: Network, keeping weights: ModelState?) throws {
    let session = try openSession(network)
    try session.initialise(seed: configuration.seed, configuration.initialisation)
    if let weights { try session.load(try session.state().taking(weights)) }
    progress = TrainingProgress(seed: configuration.seed, dataset: progress.dataset)
    lastEvaluation = nil
    epochs = []
    try save()
  }

  /// Trains from where it is to the last epoch.
  ///
  /// - Throws: `TrainingError.interrupted` on request, with a checkpoint saved; `TrainingError.diverged` if the loss is
  ///   no longer a number; `FileError` or `DeviceError`.
  public func train() throws -> TrainingResult {
    var log = try openFolder()
    var pruningLog = try openPruningLog()
    var bundleLog = try openBundleLog()
    if try measureBundles(in: &bundleLog) { log = try openFolder() }
    while progress.epoch < totalEpochs {
      let drewGates = pruner?.isSampling ?? false
      let epoch = try savingBefore(badImages: runEpoch)
      epochs.append(epoch.metrics)
      try log?.append(epoch.metrics)
      try recordPruning(epoch.evaluation, in: &pruningLog)
      try complete(epoch.evaluation)
      observer?.trainingCompletesEpoch(epoch.metrics)
      if try measureBundles(in: &bundleLog) { log = try openFolder() }
      if drewGates, let pruner { observer?.trainingPrunes(pruner.status) }
    }
    let known = data.validation == nil ? lastEvaluation : nil
    let result = TrainingResult(
      model: network.name, epochs: progress.epoch, seed: configuration.seed,
      test: try known ?? evaluate(data.test), complexity: try Complexity(network),
      seconds: epochs.reduce(0) { $0 + $1.seconds }, secondsToFirstStep: secondsToFirstStep,
      dataWaitFraction: epochs.dataWaitFraction,
      skippedImages: data.skippedImages.count,
      pruning: pruner?.outcome(epochs: configuration.epochs), bundles: bundleEpochs,
      conflicts: try conflictRemover?.outcome(network, epochs: progress.epoch, of: totalEpochs))
    try writePruning(pruningLog?.rows ?? [])
    try writeConflicts()
    try folder?.write(result.json.prettyText, to: \.result)
    return result
  }

  /// Measures the network as it is.
  public func evaluate(_ dataset: ImageDataset) throws -> Evaluation {
    try session.evaluate(dataset, normalization: data.normalization, workers: configuration.workers)
  }

  /// The training as it is; waits for the device.
  ///
  /// - Throws: `TrainingError.diverged` if a tensor is no longer finite.
  public func checkpoint() throws -> Checkpoint {
    try collectMetrics()
    return try checkpoint(progress)
  }

  /// The network as it is, in a training that has come so far.
  private func checkpoint(_ progress: TrainingProgress) throws -> Checkpoint {
    let state = try session.state()
    if let tensor = state.firstTensorNotFinite { throw divergence(of: "tensor \(tensor)") }
    return Checkpoint(
      network: network, normalization: data.normalization, classes: data.training.classes, state: state,
      progress: progress, pruning: pruner?.progress, conflicts: conflictRemover?.progress)
  }

  private func openFolder() throws -> EpochLog<EpochMetrics>? {
    guard let folder else { return nil }
    let log = try EpochLog<EpochMetrics>(folder, keepingEpochs: progress.epoch)
    epochs = log.rows
    try folder.create()
    try folder.write(configuration.yamlText, to: \.configuration)
    // What a run began with it goes on with, whatever devices it is resumed on in between.
    if !isResumed || !RunFolder.exists(folder.tuning) {
      try TuningRecord(of: device).write(to: folder.tuning)
    }
    return log
  }

  /// Goes to the next epoch and saves it.
  private func complete(_ evaluation: Evaluation) throws {
    lastEvaluation = evaluation
    var next = progress
    next.epoch += 1
    next.step = 0
    next.sums = .zero
    // Before it is as small as it will be, a network that does better is no answer.
    let isFinal =
      pruner?.progress.isFrozen ?? conflictRemover.map { $0.progress.ending != nil } ?? true
    let isBest = isFinal && data.validation != nil && evaluation.top1 > progress.bestTop1 ?? -1
    if isBest { next.bestTop1 = evaluation.top1 }
    if let folder {
      let checkpoint = try checkpoint(next)
      if isBest { try checkpoint.write(to: folder.checkpoint(.best)) }
      try checkpoint.write(to: folder.checkpoint(.last))
    }
    progress = next
  }

  /// Saves the training before an image that cannot be had ends it: what was done until then must not be lost.
  private func savingBefore<Value>(badImages work: () throws -> Value) throws -> Value {
    do {
      return try work()
    } catch let error as DatasetError {
      try save()
      throw error
    }
  }

  /// Saves the training in the middle of an epoch.
  func save() throws {
    guard let folder else { return }
    try checkpoint().write(to: folder.checkpoint(.last))
  }

  func divergence(of quantity: String) -> TrainingError {
    let last = folder?.checkpoint(.last)
    return .diverged(
      quantity: quantity, epoch: progress.epoch + 1, step: progress.step,
      learningRate: schedule.rate(step: max(0, progress.epoch * sampler.stepsPerEpoch + progress.step - 1)),
      lastCheckpoint: last.flatMap { RunFolder.exists($0) ? $0 : nil })
  }
}
