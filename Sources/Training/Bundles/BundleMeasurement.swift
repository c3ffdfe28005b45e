import Bundles
import Datasets
import Devices
import Networks

/// How bundles are measured.
public struct BundleMeasurement: Hashable, Sendable {
  /// How activations are compared.
  public enum Resolution: Hashable, Sendable {
    /// Bit by bit.
    case exact
    /// As a version of the authors' public code does, in a format of its own.
    case reference(ReferenceVersion, FloatFormat)
    /// By the weights that read them.
    case perWeight(WeightResolution.Reader)
    /// In cells of a width.
    case tolerance(Float)
  }

  /// Images to measure on.
  public var samples = 512
  public var resolution = Resolution.reference(.networkMaximum, .float32)
  public var values = MeasuredValues.auto
  /// Whether batch norm takes the statistics of each batch, as training does, or the running ones.
  public var usesBatchStatistics = false
  /// Of the training whose updates are to tell activations apart.
  public var learningRate = 0.1
  public var trainingBatchSize = 128

  public init() {}
}

extension TrainingSession {
  /// Looks for bundles in the values of the network as it is. Images go through it as in an evaluation, without
  /// augmentation; 16 bytes of each stay per layer.
  ///
  /// - Parameters:
  ///   - probe: The images to measure on, all of them.
  ///   - usesHost: Whether the host hashes, whatever the device can do.
  ///   - moments: What Adam has left of the gradients, where the session evaluates only and has nothing of its own.
  /// - Throws: `BundleError` for a resolution that the weights do not allow, `DatasetError`, `DeviceError`.
  public func bundles(
    of probe: ImageDataset, normalization: Normalization, measurement: BundleMeasurement,
    usesHost: Bool = false, moments: AdaptiveMoments? = nil
  ) throws -> BundleReport {
    try probe.check(fits: network)
    let measured = measurement.values.nodes(of: network)
    guard !measured.isEmpty else {
      throw BundleError.outOfRange(
        parameter: "values", expected: "some that \(network.name) has",
        found: "'\(measurement.values.rawValue)'")
    }
    let nodes = [Network.inputName] + measured
    var state = try state()
    if let moments { state.adaptive = moments }
    let models = try measurement.models(of: network, nodes: nodes, state: state)
    let pass = try HashingPass(
      self, nodes: nodes, models: models, batchStatistics: measurement.usesBatchStatistics, usesHost: usesHost
    )
    var collectors = [BundleCollector](repeating: BundleCollector(), count: nodes.count)
    let loader = try BatchLoader(
      dataset: probe, normalization: normalization,
      sampler: probeSampler(probe, hasWholeBatches: measurement.usesBatchStatistics), epoch: 0, workers: nil)
    defer { loader.stop() }
    while let batch = try loader.next() {
      let labels = batch.labels.map(Int.init)
      for (position, keys) in try pass.keys(images: batch.images, labels: batch.labels).enumerated() {
        try collectors[position].add(keys, labels: labels)
      }
    }
    let partitions = collectors.map(\.partition)
    let layers = zip(nodes, partitions).map {
      LayerBundles(name: $0, $1, inputEntropy: partitions[0].entropy)
    }
    return BundleReport(samples: partitions[0].samples, input: layers[0], layers: Array(layers.dropFirst()))
  }

  /// In order; or, where a batch's images have statistics in common, mixed and in whole batches only.
  private func probeSampler(_ probe: ImageDataset, hasWholeBatches: Bool) throws -> BatchSampler {
    guard hasWholeBatches else {
      return try BatchSampler(count: probe.count, batchSize: batchSize, purpose: .evaluation)
    }
    guard probe.count >= batchSize else {
      throw BundleError.outOfRange(
        parameter: "samples", expected: "at least a batch of \(batchSize) for batch statistics",
        found: "\(probe.count)")
    }
    return try BatchSampler(count: probe.count, batchSize: batchSize, purpose: .training, seed: 0)
  }
}

extension Checkpoint {
  /// Looks for bundles of some of a data set's images; fewer where it has not as many.
  ///
  /// - Throws: As `TrainingSession.bundles(of:normalization:measurement:)`, and `TrainingError.dataMismatch` where the
  ///   images do not fit.
  public func bundles(
    of dataset: ImageDataset, _ measurement: BundleMeasurement, on device: any Device, batchSize: Int
  ) throws -> BundleReport {
    try dataset.check(fits: network)
    try dataset.check(hasClasses: classes, of: network)
    let probe = try dataset.limited(to: min(measurement.samples, dataset.count))
    let session = try TrainingSession(
      evaluating: network, device: device, batchSize: min(batchSize, probe.count))
    try session.load(state)
    return try session.bundles(
      of: probe, normalization: normalization, measurement: measurement, moments: state.adaptive)
  }
}
