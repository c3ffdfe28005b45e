import Devices
import Interchange
import Networks

/// How long a step over a batch of images takes.
public struct StepFigures: Hashable, Sendable {
  /// The network's name.
  public let model: String
  public let batchSize: Int
  /// As `--device` takes it.
  public let device: String
  /// That of the feature maps.
  public let precision: Precision
  /// Of the timed steps, in milliseconds.
  public let medianMilliseconds: Double
  public let imagesPerSecond: Double
  /// 2 · multiply-accumulates · passes · images/s / 1e9.
  public let gflops: Double
  public let steps: Int
  /// How many kernels a step launches.
  public let launches: Int
  /// The largest resident set of this process so far.
  public let peakMemoryBytes: Int

  public var json: JSONValue {
    [
      "model": .string(model), "batchSize": .integer(batchSize), "device": .string(device),
      "precision": .string(precision.rawValue),
      "medianMilliseconds": .number(medianMilliseconds), "imagesPerSecond": .number(imagesPerSecond),
      "gflops": .number(gflops), "steps": .integer(steps), "launches": .integer(launches),
      "peakMemoryBytes": .integer(peakMemoryBytes),
    ]
  }

  /// Times `step`, which is to wait for the device.
  ///
  /// - Parameters:
  ///   - passes: How many forward passes the step's arithmetic makes up.
  ///   - warmUp: Steps before the clock starts.
  ///   - steps: Timed steps, at least 1.
  ///   - launches: The kernels that a step launches.
  init(
    timing network: Network, on device: DeviceInformation, batchSize: Int, passes: Int, warmUp: Int,
    steps: Int, launches: Int, step: () throws -> Void
  ) throws {
    for _ in 0..<warmUp { try step() }
    let seconds = try (0..<max(1, steps)).map { _ in
      let clock = Stopwatch()
      try step()
      return clock.seconds
    }
    model = network.name
    self.batchSize = batchSize
    self.device = device.identifier
    precision = device.precision
    medianMilliseconds = seconds.median * 1000
    imagesPerSecond = Double(batchSize) / seconds.median
    gflops =
      2 * Double(try Complexity(network).multiplyAccumulates) * Double(passes) * imagesPerSecond / 1e9
    self.steps = seconds.count
    self.launches = launches
    peakMemoryBytes = PeakMemory.bytes
  }
}
