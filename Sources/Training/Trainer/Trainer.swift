import Datasets
import Devices
import Networks

/// Trains a network on a device, epoch by epoch, and measures it after each.
///
/// What it computes follows from network, data, configuration and kind of device alone: not from interruptions, the
/// number of threads, or what watches it.
///
/// ```swift
/// let trainer = try Trainer(network: network, data: data, configuration: configuration, device: device)
/// let result = try trainer.train()
/// ```
public final class Trainer {
  public let network: Network
  public let data: TrainingData
  public let configuration: TrainingConfiguration
  /// How far the training has come, as far as the device has told.
  public private(set) var progress: TrainingProgress

  private let session: TrainingSession
  private let sampler: BatchSampler
  private let schedule: LearningRateSchedule

  private var folder: RunFolder?
  private var log: MetricsLog?
  private weak var observer: (any TrainingObserver)?
  private var cancellation = Cancellation()
  private var lastEvaluation: Evaluation?

  /// - Throws: `TrainingError.dataMismatch` or `DatasetError` if the data do not fit the network or the batch size,
  ///   `CheckpointError` if the start does not fit, `NetworkError`, `OperatorError` or `DeviceError` if the device
  ///   cannot run the network.
  public init(
    network: Network, data: TrainingData, configuration: TrainingConfiguration, device: any Device,
    start: TrainingStart = .seed
  ) throws {
    for part in [data.training, data.validation, data.test] { try part?.check(fits: network) }
    sampler = try BatchSampler(
      count: data.training.count, batchSize: configuration.batchSize, purpose: .training,
      seed: configuration.seed)
    schedule = LearningRateSchedule(
      highest: configuration.learningRate, curve: configuration.curve, warmupEpochs: configuration.warmupEpochs,
      stepsPerEpoch: sampler.stepsPerEpoch, epochs: configuration.epochs)
    session = try TrainingSession(
      network: network, device: device, batchSize: configuration.batchSize, optimizer: configuration.optimizer,
      labelSmoothing: configuration.labelSmoothing)
    progress = try start.apply(
      to: session, seed: configuration.seed, stepsPerEpoch: sampler.stepsPerEpoch)
    self.network = network
    self.data = data
    self.configuration = configuration
  }

  /// Trains from where it is to the last epoch.
  ///
  /// - Parameters:
  ///   - folder: Receives the files of the run; nil to write nothing.
  ///   - observer: Watches; called from this thread.
  ///   - cancellation: Stops the training when requested.
  /// - Throws: `TrainingError.interrupted` on request, with a checkpoint saved; `TrainingError.diverged` if the loss is
  ///   no longer a number; `FileError`, `DeviceError`.
  public func train(
    in folder: RunFolder? = nil, observer: (any TrainingObserver)? = nil,
    cancellation: Cancellation = Cancellation()
  ) throws -> TrainingResult {
    self.observer = observer
    self.cancellation = cancellation
    try open(folder)
    while progress.epoch < configuration.epochs { try runEpoch() }
    let test = try data.validation == nil ? lastEvaluation ?? evaluate(data.test) : evaluate(data.test)
    let result = TrainingResult(
      model: network.name, epochs: progress.epoch, seed: configuration.seed, test: test,
      complexity: try Complexity(network), seconds: epochs.reduce(0) { $0 + $1.seconds })
    if let folder { try folder.write(result.json.prettyText, to: folder.result) }
    return result
  }

  /// The metrics of the epochs so far.
  public private(set) var epochs: [EpochMetrics] = []

  /// Measures the network as it is.
  public func evaluate(_ dataset: ImageDataset) throws -> Evaluation {
    try session.evaluate(dataset, normalization: data.normalization)
  }

  /// The training as it is; waits for the device.
  public func checkpoint() throws -> Checkpoint {
    try collectMetrics()
    return Checkpoint(
      network: network, normalization: data.normalization, classes: data.training.classes,
      state: try session.state(), progress: progress)
  }
}
