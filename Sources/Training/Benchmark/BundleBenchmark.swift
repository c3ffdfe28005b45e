import Bundles
import Devices
import Interchange
import Networks

/// How long the search for bundles in all layers takes, beside inference and beside the published leader loop.
public struct BundleBenchmark: Hashable, Sendable {
  /// Hashing and the leader loop on the same images, from the compilation of the forward pass to the bundles.
  public struct Comparison: Hashable, Sendable {
    public var samples: Int
    /// Milliseconds, medians of rounds.
    public var hashing: Double
    public var leader: Double
    /// Activations that the leader loop keeps.
    public var activationBytes: Int
    /// Whether both found the same bundles.
    public var agrees: Bool

    /// Of the leader loop's time to hashing's.
    public var ratio: Double { leader / hashing }
  }

  public let model: String
  public let batchSize: Int
  /// As `--device` takes it.
  public let device: String
  public let precision: Precision
  public let samples: Int
  /// Without the images, which are hashed too.
  public let layers: Int
  public let rounds: Int
  /// Whether the device itself hashes, not the host.
  public let hashesOnDevice: Bool
  public let inferenceMilliseconds: Double
  public let hashingMilliseconds: Double
  /// Of hashing: the part that compiles the pass, before the first image.
  public let preparationMilliseconds: Double
  /// 16 for every image at every layer, and for the image itself.
  public let keyBytes: Int
  /// All layers, some of the images.
  public let allLayers: Comparison
  /// One layer, all images.
  public let oneLayer: Comparison
  public let leaderLayer: String
  /// The largest resident set of this process so far.
  public let peakMemoryBytes: Int

  /// Of hashing's time to inference's.
  public var ratio: Double { hashingMilliseconds / inferenceMilliseconds }

  public var json: JSONValue {
    [
      "model": .string(model), "batchSize": .integer(batchSize), "device": .string(device),
      "precision": .string(precision.rawValue), "samples": .integer(samples), "layers": .integer(layers),
      "rounds": .integer(rounds), "hashesOnDevice": .bool(hashesOnDevice),
      "inferenceMilliseconds": .number(inferenceMilliseconds),
      "hashingMilliseconds": .number(hashingMilliseconds), "ratio": .number(ratio),
      "preparationMilliseconds": .number(preparationMilliseconds), "keyBytes": .integer(keyBytes),
      "leaderSamples": .integer(allLayers.samples), "leaderMilliseconds": .number(allLayers.leader),
      "hashingMillisecondsAtLeaderSamples": .number(allLayers.hashing),
      "leaderRatio": .number(allLayers.ratio), "leaderBytes": .integer(allLayers.activationBytes),
      "oneLayer": [
        "name": .string(leaderLayer), "leaderMilliseconds": .number(oneLayer.leader),
        "hashingMilliseconds": .number(oneLayer.hashing), "leaderRatio": .number(oneLayer.ratio),
        "leaderBytes": .integer(oneLayer.activationBytes),
      ],
      "sameBundles": .bool(allLayers.agrees && oneLayer.agrees),
      "peakMemoryBytes": .integer(peakMemoryBytes),
    ]
  }
}

extension BundleBenchmark {
  /// Random images and weights; activations are compared as by default, at every ReLU.
  ///
  /// - Parameters:
  ///   - leaderSamples: Images of the leader loop over all layers; at most `samples` are taken.
  ///   - leaderLayer: Where the leader loop takes all images; nil for the last layer.
  ///   - rounds: Each of every measurement in turn, after one that does not count.
  /// - Throws: `NetworkError`, `OperatorError`, `DeviceError`; `BundleError.outOfRange` for a network without ReLU, a layer that
  ///   is none of those measured, and numbers below 1.
  public static func run(
    network: Network, device: any Device, batchSize: Int, samples: Int = 2048, leaderSamples: Int = 256,
    leaderLayer: String? = nil, rounds: Int = 3
  ) throws -> BundleBenchmark {
    let workload = try BundleWorkload(
      network: network, device: device, batchSize: batchSize, samples: samples)
    guard rounds > 0, leaderSamples > 0 else {
      throw BundleError.outOfRange(
        parameter: "rounds and leader samples", expected: "at least 1",
        found: "\(rounds) and \(leaderSamples)")
    }
    let layers = workload.nodes.dropFirst()
    guard let layer = leaderLayer ?? layers.last, let position = workload.nodes.lastIndex(of: layer),
      position > 0
    else {
      throw BundleError.outOfRange(
        parameter: "layer of the leader loop", expected: "one of \(layers.joined(separator: ", "))",
        found: "'\(leaderLayer ?? "")'")
    }
    let all = 0..<workload.nodes.count
    let some = min(leaderSamples, samples)
    var times = [[Double]](repeating: [], count: 7)
    var (agreesAll, agreesOne, onDevice) = (true, true, true)
    try workload.infer()
    for _ in 0..<rounds {
      let inference = try timed { try workload.infer() }
      let hashing = try timed { try workload.hash(all, samples: samples) }
      let (hashedSome, leaderSome) = (
        try timed { try workload.hash(all, samples: some) },
        try timed { try workload.lead(all, samples: some) }
      )
      let one = position..<(position + 1)
      let (hashedOne, leaderOne) = (
        try timed { try workload.hash(one, samples: samples) },
        try timed { try workload.lead(one, samples: samples) }
      )
      agreesAll = agreesAll && hashedSome.result.bundles == leaderSome.result
      agreesOne = agreesOne && hashedOne.result.bundles == leaderOne.result
      onDevice = onDevice && hashing.result.isOnDevice
      for (index, time) in [
        inference.time, hashing.time, hashing.result.preparation, hashedSome.time, leaderSome.time,
        hashedOne.time, leaderOne.time,
      ].enumerated() { times[index].append(time) }
    }
    let medians = times.map { 1000 * $0.median }
    return BundleBenchmark(
      model: network.name, batchSize: batchSize, device: device.information.identifier,
      precision: device.information.precision, samples: samples, layers: layers.count, rounds: rounds,
      hashesOnDevice: onDevice, inferenceMilliseconds: medians[0], hashingMilliseconds: medians[1],
      preparationMilliseconds: medians[2],
      keyBytes: MemoryLayout<BundleKey>.size * samples * workload.nodes.count,
      allLayers: Comparison(
        samples: some, hashing: medians[3], leader: medians[4],
        activationBytes: try workload.activationBytes(all, samples: some), agrees: agreesAll),
      oneLayer: Comparison(
        samples: samples, hashing: medians[5], leader: medians[6],
        activationBytes: try workload.activationBytes(position..<(position + 1), samples: samples),
        agrees: agreesOne),
      leaderLayer: layer, peakMemoryBytes: PeakMemory.bytes)
  }

  private static func timed<Result>(_ work: () throws -> Result) rethrows -> (result: Result, time: Double) {
    let clock = Stopwatch()
    let result = try work()
    return (result, clock.seconds)
  }
}
