import Datasets
import Devices
import Networks
import Randomness

/// A trained network without some of its residual blocks: a block that is left out passes on what its shortcut does, a
/// projection where it has one.
public final class LesionStudy {
  /// Blocks by name, from input to output.
  public let blocks: [String]
  private let session: TrainingSession
  private let state: ModelState
  private let gates: [GatedNetwork.Site]
  private let probe: ImageDataset
  private let normalization: Normalization
  private let calibration: ImageDataset?
  private let augmentation: Augmentation

  /// - Parameters:
  ///   - probe: The images that accuracy is measured on.
  ///   - calibration: Images, at least a batch, on which running statistics follow what is left of the network before each
  ///     measurement; nil to leave them as they were trained.
  ///   - augmentation: Of the images to calibrate with: that of the training, or the whole network no longer has the
  ///     statistics that its weights were trained with.
  /// - Throws: `TrainingError.dataMismatch` where images do not fit, `ConfigurationError.conflict` for a network without
  ///   residual blocks and for less than a batch to calibrate with, `NetworkError`, `DeviceError`.
  public init(
    _ checkpoint: Checkpoint, probe: ImageDataset, calibration: ImageDataset? = nil,
    augmentation: Augmentation = .none, on device: any Device,
    batchSize: Int
  ) throws {
    let network = checkpoint.network
    for part in [probe, calibration] {
      try part?.check(fits: network)
      try part?.check(hasClasses: checkpoint.classes, of: network)
    }
    let gated = try GatedNetwork(network, groupsWhere: { _ in false }, blocks: true)
    gates = gated.sites.filter { $0.block != nil }
    blocks = network.residualBlocks().map(\.name)
    guard !blocks.isEmpty else {
      throw ConfigurationError.conflict(
        "\(network.name) has no residual blocks that could be left out; choose a network with shortcuts")
    }
    session = try TrainingSession(
      evaluating: gated.network, device: device,
      batchSize: min(batchSize, probe.count))
    if let calibration, calibration.count < session.batchSize {
      throw ConfigurationError.conflict(
        "expected at least a batch of \(session.batchSize) images to recalibrate with, found \(calibration.count); take "
          + "more, or smaller batches")
    }
    state = checkpoint.state
    normalization = checkpoint.normalization
    self.probe = probe
    self.calibration = calibration
    self.augmentation = augmentation
    try session.load(state)
  }

  /// How the network does without some blocks.
  ///
  /// - Throws: `RemovalError.unknownBlock`, `DatasetError` if images cannot be had, `DeviceError`.
  public func evaluate(without removed: Set<String>) throws -> Evaluation {
    if let unknown = removed.subtracting(blocks).min() {
      throw RemovalError.unknownBlock(unknown, known: blocks)
    }
    var values: [String: [Float]] = [:]
    for site in gates where site.block.map(removed.contains) ?? false {
      values[site.gate] = [Float](repeating: 0, count: site.channels)
    }
    try session.setGates(values)
    if let calibration {
      try session.load(state)
      try recalibrate(calibration)
    }
    return try session.evaluate(probe, normalization: normalization)
  }

  /// Enough steps for running statistics, which follow by a tenth, to forget what they were: mixed batches, again and again
  /// if need be.
  private func recalibrate(_ images: ImageDataset) throws {
    let sampler = try BatchSampler(count: images.count, batchSize: session.batchSize, purpose: .training)
    var (steps, epoch) = (0, 0)
    while steps < Self.calibrationSteps {
      let loader = try BatchLoader(
        dataset: images, normalization: normalization, augmentation: augmentation, sampler: sampler,
        epoch: epoch,
        workers: nil)
      defer { loader.stop() }
      while steps < Self.calibrationSteps, let batch = try loader.next() {
        try session.batchPass(images: batch.images, labels: batch.labels, updatesStatistics: true)
        steps += 1
      }
      epoch += 1
    }
  }

  private static let calibrationSteps = 64
}

/// Which blocks are left out together, and how often.
public struct LesionPlan: Hashable, Sendable {
  /// A set of blocks from which some are left out.
  public struct Candidates: Hashable, Sendable {
    public var name: String
    public var blocks: [String]

    public init(_ name: String, _ blocks: [String]) {
      self.name = name
      self.blocks = blocks
    }
  }

  /// One network to measure.
  public struct Lesion: Hashable, Sendable {
    public var candidates: String
    public var draw: Int
    /// In the order of the network.
    public var removed: [String]

    public init(candidates: String, draw: Int, removed: [String]) {
      self.candidates = candidates
      self.draw = draw
      self.removed = removed
    }
  }

  public var lesions: [Lesion]

  /// - Parameters:
  ///   - sizes: How many blocks to leave out; those above the number of candidates are passed over. nil for up to ten numbers
  ///     from 1 to all of them, evenly.
  ///   - draws: Random subsets of each size; each one alone, or all, is measured once.
  public init(_ candidates: [Candidates], sizes: [Int]?, draws: Int, seed: UInt64) {
    lesions = candidates.enumerated().flatMap { number, set in
      let evenly = Set([1] + (1...9).map { max(1, set.blocks.count * $0 / 9) }).sorted()
      return (sizes ?? evenly).filter { $0 >= 1 && $0 <= set.blocks.count }.flatMap { size -> [Lesion] in
        let count = set.blocks.count
        if size == 1 || size == count {
          let subsets = size == 1 ? set.blocks.map { [$0] } : [set.blocks]
          return subsets.enumerated().map { Lesion(candidates: set.name, draw: $0, removed: $1) }
        }
        return (0..<draws).map { draw in
          var random = RandomStream(
            seed: seed, stream: .lesions, epoch: UInt32(number), index: UInt64(size) << 20 | UInt64(draw))
          let chosen = random.shuffledIndices(count: count).prefix(size).sorted()
          return Lesion(candidates: set.name, draw: draw, removed: chosen.map { set.blocks[$0] })
        }
      }
    }
  }
}
