import Bundles
import Datasets
import Devices
import Networks

/// How bundles are measured.
@dynamicMemberLookup
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
    /// In cells as wide as this share of the root mean square of a layer's activations.
    case relativeTolerance(Float)
  }

  /// What is looked at and how it is compared, whatever the training.
  public struct Probe: Hashable, Sendable {
    /// Images to measure on.
    public var samples: Int
    public var resolution: Resolution
    public var values: MeasuredValues
    /// Whether batch norm takes the statistics of each batch, as training does, or the running ones.
    public var usesBatchStatistics: Bool

    public init(
      samples: Int = 512, resolution: Resolution = .reference(.networkMaximum, .float32),
      values: MeasuredValues = .auto, usesBatchStatistics: Bool = false
    ) {
      self.samples = samples
      self.resolution = resolution
      self.values = values
      self.usesBatchStatistics = usesBatchStatistics
    }
  }

  public var probe: Probe
  /// Of the training whose updates are to tell activations apart.
  public var learningRate: Double
  public var trainingBatchSize: Int
  /// Whether to say what other samples, and permuted labels, may show.
  public var estimatesConfidence = false
  /// Whether to measure layerwise batch entropy, by a pass that reads every layer's values.
  public var measuresBatchEntropy = false

  public init(_ probe: Probe = Probe(), learningRate: Double = 0.1, trainingBatchSize: Int = 128) {
    self.probe = probe
    self.learningRate = learningRate
    self.trainingBatchSize = trainingBatchSize
  }

  public subscript<Value>(dynamicMember member: WritableKeyPath<Probe, Value>) -> Value {
    get { probe[keyPath: member] }
    set { probe[keyPath: member] = newValue }
  }
}

extension TrainingSession {
  /// Looks for bundles in the values of the network as it is. Images go through it as in an evaluation, without
  /// augmentation; 16 bytes of each stay per layer.
  ///
  /// - Parameters:
  ///   - probe: The images to measure on, all of them.
  ///   - usesHost: Whether the host hashes, whatever the device can do.
  ///   - adaptive: What Adam has left of the gradients, where the session evaluates only and has nothing of its own.
  /// - Throws: `BundleError` for a resolution that the weights do not allow, `DatasetError`, `DeviceError`.
  public func bundles(
    of probe: ImageDataset, normalization: Normalization, measurement: BundleMeasurement,
    usesHost: Bool = false, adaptive: AdaptiveMoments? = nil
  ) throws -> BundleReport {
    try probe.check(fits: network)
    let measured = measurement.values.nodes(of: network)
    guard !measured.isEmpty else {
      throw BundleError.outOfRange(
        parameter: "values", expected: "some that \(network.name) has",
        found: "'\(measurement.values.rawValue)'")
    }
    let nodes = [Network.inputName] + measured
    let batchStatistics = measurement.usesBatchStatistics
    var moments: [ActivationMoments] = []
    if measurement.needsMoments {
      moments = try self.moments(
        of: probe, normalization: normalization, nodes: nodes, batchStatistics: batchStatistics)
    }
    var state = try state()
    if let adaptive { state.adaptive = adaptive }
    let models = try measurement.models(of: network, nodes: nodes, state: state, moments: moments)
    let keys: (Batch) throws -> [[BundleKey]]
    if measurement.values == .scaledBranches {
      guard probe.count <= batchSize else {
        throw BundleError.outOfRange(
          parameter: "samples", expected: "at most a batch of \(batchSize), whose scale the branches have",
          found: "\(probe.count); take fewer, or a larger batch-size")
      }
      let branches = try ScaledBranches(self, models: models, batchStatistics: batchStatistics)
      keys = { try branches.keys(images: $0.images, labels: $0.labels) }
    } else {
      let pass = try HashingPass(
        self, nodes: nodes, models: models, batchStatistics: batchStatistics, usesHost: usesHost)
      keys = { try pass.keys(images: $0.images, labels: $0.labels) }
    }
    var collectors = [BundleCollector](repeating: BundleCollector(), count: nodes.count)
    try forEachBatch(of: probe, normalization: normalization, wholeBatches: batchStatistics) { batch in
      let labels = batch.labels.map(Int.init)
      for (position, keys) in try keys(batch).enumerated() {
        try collectors[position].add(keys, labels: labels)
      }
    }
    let partitions = collectors.map(\.partition)
    let layers = try nodes.indices.map { position in
      var layer = LayerBundles(
        name: nodes[position], partitions[position], inputEntropy: partitions[0].entropy)
      guard position > 0 else { return layer }
      if measurement.estimatesConfidence {
        try layer.estimateConfidence(partitions[position], above: partitions[0])
      }
      if measurement.measuresBatchEntropy {
        layer.batchEntropy = LayerwiseBatchEntropy.value(variances: moments[position].variances)
      }
      return layer
    }
    return BundleReport(samples: partitions[0].samples, input: layers[0], layers: Array(layers.dropFirst()))
  }

  /// Calls `body` with every batch of the images, unaugmented.
  func forEachBatch(
    of probe: ImageDataset, normalization: Normalization, wholeBatches: Bool,
    _ body: (Batch) throws -> Void
  ) throws {
    let loader = try BatchLoader(
      dataset: probe, normalization: normalization,
      sampler: probeSampler(probe, hasWholeBatches: wholeBatches), epoch: 0, workers: nil)
    defer { loader.stop() }
    while let batch = try loader.next() { try body(batch) }
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

extension BundleMeasurement {
  fileprivate var needsMoments: Bool {
    if case .relativeTolerance = self.resolution { true } else { measuresBatchEntropy }
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
    try bundles(of: dataset, measurement, judgedBy: .usual, on: device, batchSize: batchSize).reports[0]
  }

  /// Looks for bundles of several draws of images, each of as many. Only the first has confidence and batch entropy, if
  /// they are wanted.
  ///
  /// - Throws: As ``bundles(of:_:on:batchSize:)``, and `DatasetError.invalidRequest` where all images are in each draw.
  public func bundles(
    of dataset: ImageDataset, _ measurement: BundleMeasurement, judgedBy rule: ConflictRule,
    on device: any Device, batchSize: Int
  ) throws -> BundleDraws {
    try dataset.check(fits: network)
    try dataset.check(hasClasses: classes, of: network)
    let samples = min(measurement.samples, dataset.count)
    let session = try TrainingSession(
      evaluating: network, device: device, batchSize: min(batchSize, samples))
    try session.load(state)
    var measurement = measurement
    let reports = try (0..<rule.draws).map { draw in
      if draw > 0 { (measurement.estimatesConfidence, measurement.measuresBatchEntropy) = (false, false) }
      return try session.bundles(
        of: dataset.draw(draw, of: samples), normalization: normalization, measurement: measurement,
        adaptive: state.adaptive)
    }
    return try BundleDraws(reports, judgedBy: rule)
  }
}
