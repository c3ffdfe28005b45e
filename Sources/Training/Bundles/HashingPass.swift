import Bundles
import Devices
import Networks

/// A forward pass that leaves 16 bytes of every image at each of some nodes, and no feature maps.
///
/// It shares the session's parameters, statistics and working memory: it shows the network as it is at that moment. Where
/// the device cannot hash as wanted, it leaves the values, and the host hashes them.
public final class HashingPass {
  private let session: TrainingSession
  private let models: [ResolutionModel]
  private let needsWholeBatches: Bool
  private let work: Work

  /// Who hashes.
  private enum Work {
    case device(Executable, keys: Buffer, places: [Range<Int>])
    case host(ActivationPass)
  }

  /// - Parameters:
  ///   - nodes: Of the session's network, or the name of its input; each once.
  ///   - models: How each node's activations are compared, all in the same manner.
  ///   - batchStatistics: Whether batch norm takes the statistics of each batch, as training does, or the running ones.
  ///   - usesHost: Whether the host hashes whatever the device can do.
  /// - Throws: `NetworkError.unknownInput` for a node that the network does not have, `DeviceError`.
  public init(
    _ session: TrainingSession, nodes: [String], models: [ResolutionModel], batchStatistics: Bool,
    usesHost: Bool = false
  ) throws {
    guard models.count == nodes.count else {
      throw BundleError.wrongCount(of: "resolutions of nodes", expected: nodes.count, found: models.count)
    }
    guard Set(nodes).count == nodes.count else {
      throw BundleError.outOfRange(parameter: "nodes", expected: "each once", found: "one twice")
    }
    self.session = session
    self.models = models
    needsWholeBatches = batchStatistics
    if !usesHost, let resolution = Self.resolution(of: models), try HashingProbe.passes(on: session.device) {
      work = try Self.deviceWork(session, nodes, models, resolution, batchStatistics: batchStatistics)
    } else {
      work = .host(try ActivationPass(session, nodes: nodes, batchStatistics: batchStatistics))
    }
  }

  /// Whether the device hashes, so that 16 bytes of an image are all it leaves of a node.
  var isOnDevice: Bool { if case .device = work { true } else { false } }

  private static func deviceWork(
    _ session: TrainingSession, _ nodes: [String], _ models: [ResolutionModel],
    _ resolution: ActivationHashProblem.Resolution, batchStatistics: Bool
  ) throws -> Work {
    let plan = try Plan.hashingPass(
      session.network, batchSize: session.batchSize,
      normalisation: batchStatistics ? .batch(updatesRunning: false) : .running,
      hashing: Hashing(nodes: nodes, place: .device(resolution)))
    let places = plan.hashPlaces
    let keys = try session.device.makeBuffer(
      count: max(1, places.last?.keys.upperBound ?? 0), name: BufferName.hashKeys.description)
    let scales = try session.device.makeBuffer(
      count: max(1, places.last?.scales.upperBound ?? 0), name: BufferName.hashScales.description)
    for (node, model) in models.enumerated() {
      let place = places[node].scales
      let values = model.scales(count: place.count)
      guard values.count == place.count else {
        throw BundleError.wrongCount(
          of: "cell widths of '\(nodes[node])'", expected: place.count, found: values.count)
      }
      try scales.write(values, at: place.lowerBound)
    }
    let executable = try session.compile(
      plan.schedule, buffers: session.buffers.merging([.hashKeys: keys, .hashScales: scales]) { $1 })
    return .device(executable, keys: keys, places: places.map(\.keys))
  }

  /// What a device can do of it; nil for nothing.
  private static func resolution(of models: [ResolutionModel]) -> ActivationHashProblem.Resolution? {
    let kinds = Set(models.map(\.deviceResolution))
    return kinds.count == 1 ? kinds.first.flatMap { $0 } : nil
  }

  /// The keys of up to ``TrainingSession/batchSize`` images at every node, `[node][image]`; waits for the device.
  public func keys(
    images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>
  ) throws -> [[BundleKey]] {
    switch work {
    case .host(let pass):
      var keys: [[BundleKey]] = []
      try pass.forEachNode(images: images, labels: labels) { keys.append(try models[$0].keys(of: $1)) }
      return keys
    case .device(let executable, let buffer, let places):
      try session.check(labels, areWhole: needsWholeBatches)
      try session.run(writing: images, labels, executable)
      return try places.map { place in
        let words = try buffer.read(as: UInt32.self, at: place.lowerBound, count: place.count)
        return (0..<labels.count).map { BundleKey(words: words, image: $0) }
      }
    }
  }
}

extension BundleKey {
  /// One image's of a device's words.
  init(words: [UInt32], image: Int) {
    let first = image * ActivationHashProblem.words
    self.init(words[first], words[first + 1], words[first + 2], words[first + 3])
  }
}

extension ResolutionModel {
  /// How a device does this; nil where none can.
  fileprivate var deviceResolution: ActivationHashProblem.Resolution? {
    switch self {
    case .exact: .exact
    case .reference(let reference): reference.format == .float32 ? .update : nil
    case .perWeight, .tolerance: .cells
    }
  }

  /// What a device is told of it, in so many words.
  func scales(count: Int) -> [Float] {
    switch self {
    case .exact: []
    case .reference(let reference):
      [Float(reference.amplitude), Float(reference.learningRate), Float(1 / Double(reference.batchSize))]
    case .perWeight(let cells), .tolerance(let cells):
      cells.scales.count == 1 ? Array(repeating: cells.scales[0], count: count) : cells.scales
    }
  }
}
