import Bundles
import Datasets
import Devices
import Networks

/// A forward pass that leaves the values at some nodes where the host can read them: batch size · elements of each.
///
/// It shares the session's parameters, statistics and working memory: it shows the network as it is at that moment.
final class ActivationPass {
  private let session: TrainingSession
  private let needsWholeBatches: Bool
  private let executable: Executable
  private let values: Buffer
  private let places: [Range<Int>]

  /// - Parameters:
  ///   - nodes: Of the session's network, or the name of its input; each once.
  ///   - batchStatistics: Whether batch norm takes the statistics of each batch, as training does, or the running ones.
  /// - Throws: `NetworkError.unknownInput` for a node that the network does not have, `DeviceError`.
  init(_ session: TrainingSession, nodes: [String], batchStatistics: Bool) throws {
    self.session = session
    needsWholeBatches = batchStatistics
    let plan = try Plan.hashingPass(
      session.network, batchSize: session.batchSize,
      normalisation: batchStatistics ? .batch(updatesRunning: false) : .running,
      hashing: Hashing(nodes: nodes, place: .host))
    places = plan.hashPlaces.map(\.keys)
    values = try session.device.makeBuffer(
      count: max(1, places.last?.upperBound ?? 0), name: BufferName.hashKeys.description)
    executable = try session.compile(
      plan.schedule, buffers: session.buffers.merging([.hashKeys: values]) { $1 })
  }

  /// Calls `body` with each node's place in the list and the values of up to ``TrainingSession/batchSize`` images, one
  /// node after the other; waits for the device.
  func forEachNode(
    images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>,
    _ body: (Int, ActivationMatrix) throws -> Void
  ) throws {
    try session.check(labels, areWhole: needsWholeBatches)
    try session.run(writing: images, labels, executable)
    for (node, place) in places.enumerated() {
      let features = place.count / session.batchSize
      let words = try values.read(as: Float.self, at: place.lowerBound, count: labels.count * features)
      try body(node, ActivationMatrix(samples: labels.count, features: features, values: words))
    }
  }
}

extension TrainingSession {
  /// Throws where images that only count in whole batches are fewer.
  func check(_ labels: UnsafeBufferPointer<Int32>, areWhole isNeeded: Bool) throws {
    guard !isNeeded || labels.count == batchSize else {
      throw DeviceError.sizeMismatch(
        name: "a batch for batch statistics", expectedWords: batchSize, foundWords: labels.count)
    }
  }

  /// Mean squares and variances at some nodes, over all images of `probe`.
  ///
  /// Nodes go through the network together as far as their values fit into ``valueBytes``; more take another pass.
  ///
  /// - Throws: As ``bundles(of:normalization:measurement:usesHost:)``.
  func moments(
    of probe: ImageDataset, normalization: Normalization, nodes: [String], batchStatistics: Bool
  ) throws -> [ActivationMoments] {
    let shapes = try network.shapes()
    let features = try nodes.map { name in
      guard let shape = shapes[name] else {
        throw NetworkError.unknownInput(node: network.name, input: name)
      }
      return shape.count
    }
    var moments = features.map(ActivationMoments.init)
    var first = 0
    while first < nodes.count {
      var (end, bytes) = (first, 0)
      repeat {
        bytes += features[end] * batchSize * MemoryLayout<Float>.size
        end += 1
      } while end < nodes.count
        && bytes + features[end] * batchSize * MemoryLayout<Float>.size <= Self.valueBytes
      let pass = try ActivationPass(
        self, nodes: Array(nodes[first..<end]), batchStatistics: batchStatistics)
      try forEachBatch(of: probe, normalization: normalization, wholeBatches: batchStatistics) { batch in
        try pass.forEachNode(images: batch.images, labels: batch.labels) {
          try moments[first + $0].add($1)
        }
      }
      first = end
    }
    return moments
  }

  private static let valueBytes = 256 << 20
}
