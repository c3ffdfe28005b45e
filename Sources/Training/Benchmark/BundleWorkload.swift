import Bundles
import Devices
import Networks
import Randomness

/// Random images and weights in which bundles are looked for in several ways.
struct BundleWorkload {
  /// The images, and the value behind every ReLU.
  let nodes: [String]
  private let session: TrainingSession
  private let models: [ResolutionModel]
  private let samples: Int
  private let pixels: Int
  /// Image i of batch b begins at element i · pixels + b, so that no two are equal and batches take no memory.
  private let pool: [Float]
  private let labels: [Int32]

  init(network: Network, device: any Device, batchSize: Int, samples: Int) throws {
    nodes = [Network.inputName] + MeasuredValues.layers.nodes(of: network)
    guard nodes.count > 1, samples > 0 else {
      throw BundleError.outOfRange(
        parameter: "values and samples", expected: "a network with ReLU and at least 1 sample",
        found: "\(nodes.count - 1) ReLU and \(samples)")
    }
    session = try TrainingSession(evaluating: network, device: device, batchSize: batchSize)
    try session.initialise(seed: 1)
    models = try BundleMeasurement().models(
      of: network, nodes: nodes, state: session.state())
    self.samples = samples
    pixels = network.input.channels * network.input.height * network.input.width
    let batches = (samples + batchSize - 1) / batchSize
    var random = RandomStream(seed: 1, stream: .test)
    pool = (0..<(batchSize * pixels + batches)).map { _ in random.uniform(in: Float(-1)..<1) }
    labels = (0..<samples).map { _ in Int32(random.integer(below: network.classes)) }
  }

  /// Classifies all images, and waits.
  func infer() throws {
    var sums = MetricSums.zero
    try forEachBatch(samples) { try session.evaluationStep(images: $0, labels: $1) }
    try session.drainMetrics(into: &sums)
  }

  struct Hashed {
    /// `[node][sample]`.
    var bundles: [[Int]]
    var isOnDevice: Bool
    /// Seconds before the first image.
    var preparation: Double
  }

  /// Bundles of the first images at some of the nodes, by hashes.
  func hash(_ range: Range<Int>, samples: Int) throws -> Hashed {
    let clock = Stopwatch()
    let pass = try HashingPass(
      session, nodes: Array(nodes[range]), models: Array(models[range]), batchStatistics: false)
    let preparation = clock.seconds
    var collectors = [BundleCollector](repeating: BundleCollector(), count: range.count)
    try forEachBatch(samples) { images, labels in
      let labelValues = labels.map(Int.init)
      for (node, keys) in try pass.keys(images: images, labels: labels).enumerated() {
        try collectors[node].add(keys, labels: labelValues)
      }
    }
    return Hashed(
      bundles: collectors.map(\.partition.bundleOfSample), isOnDevice: pass.isOnDevice,
      preparation: preparation)
  }

  /// The same by the leader loop, which keeps all activations: `[node][sample]`.
  func lead(_ range: Range<Int>, samples: Int) throws -> [[Int]] {
    let pass = try ActivationPass(session, nodes: Array(nodes[range]), batchStatistics: false)
    var values = [[Float]](repeating: [], count: range.count)
    try forEachBatch(samples) { images, labels in
      try pass.forEachNode(images: images, labels: labels) { values[$0] += $1.values }
    }
    return try values.indices.map { node in
      let matrix = try ActivationMatrix(
        samples: samples, features: values[node].count / samples, values: values[node])
      return try LeaderClustering.bundles(of: matrix, resolution: models[range.lowerBound + node])
    }
  }

  /// What the activations of so many images take.
  func activationBytes(_ range: Range<Int>, samples: Int) throws -> Int {
    let shapes = try session.network.shapes()
    return nodes[range].reduce(0) { $0 + (shapes[$1]?.count ?? 0) } * samples * MemoryLayout<Float>.size
  }

  private func forEachBatch(
    _ samples: Int, _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Int32>) throws -> Void
  ) throws {
    try pool.withUnsafeBufferPointer { pool in
      try labels.withUnsafeBufferPointer { labels in
        for (batch, first) in stride(from: 0, to: samples, by: session.batchSize).enumerated() {
          let count = min(session.batchSize, samples - first)
          try body(
            UnsafeBufferPointer(rebasing: pool[batch..<(batch + count * pixels)]),
            UnsafeBufferPointer(rebasing: labels[first..<(first + count)]))
        }
      }
    }
  }
}
