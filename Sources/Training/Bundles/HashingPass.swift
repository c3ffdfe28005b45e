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
  private let place: Hashing.Place
  private let needsWholeBatches: Bool
  private let executable: Executable
  private let keys: Buffer
  private let offsets: [(keys: Int, scales: Int)]

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
      place = .device(resolution)
    } else {
      place = .host
    }
    let plan = try Plan.hashingPass(
      session.network, batchSize: session.batchSize,
      normalisation: batchStatistics ? .batch(updatesRunning: false) : .running,
      hashing: Hashing(nodes: nodes, place: place))
    offsets = try plan.hashOffsets()
    keys = try session.device.makeBuffer(
      count: max(1, offsets[nodes.count].keys), name: BufferName.hashKeys.description)
    let scales = try session.device.makeBuffer(
      count: max(1, offsets[nodes.count].scales), name: BufferName.hashScales.description)
    for (node, model) in models.enumerated() where place != .host {
      let count = offsets[node + 1].scales - offsets[node].scales
      let values = model.scales(count: count)
      guard values.count == count else {
        throw BundleError.wrongCount(
          of: "cell widths of '\(nodes[node])'", expected: count, found: values.count)
      }
      try scales.write(values, at: offsets[node].scales)
    }
    executable = try session.compile(
      plan.schedule, buffers: session.buffers.merging([.hashKeys: keys, .hashScales: scales]) { $1 })
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
    guard !needsWholeBatches || labels.count == session.batchSize else {
      throw DeviceError.sizeMismatch(
        name: "a batch for batch statistics", expectedWords: session.batchSize, foundWords: labels.count)
    }
    try session.run(writing: images, labels, executable)
    return try models.indices.map { node in
      let (first, count) = (offsets[node].keys, offsets[node + 1].keys - offsets[node].keys)
      if place == .host {
        let values = try keys.read(as: Float.self, at: first, count: count)
        let features = count / session.batchSize
        let matrix = try ActivationMatrix(
          samples: labels.count, features: features, values: Array(values.prefix(labels.count * features)))
        return try models[node].keys(of: matrix)
      }
      let words = try keys.read(as: UInt32.self, at: first, count: count)
      return (0..<labels.count).map { BundleKey(words: words, image: $0) }
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
