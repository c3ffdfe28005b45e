import Devices
import Foundation
import Networks
import Randomness

/// How long a training step takes on random images.
public struct TrainingStepBenchmark: Hashable, Sendable {
  /// Of the timed steps, in milliseconds.
  public let medianMilliseconds: Double
  public let imagesPerSecond: Double
  /// 2 · multiply-accumulates · 3 · images/s / 1e9: backward counts as two forward passes.
  public let gflops: Double
  public let steps: Int
  /// The largest resident set of this process so far.
  public let peakMemoryBytes: Int

  /// - Parameters:
  ///   - warmUp: steps before the clock starts.
  ///   - steps: timed steps; their median counts.
  public static func run(
    network: Network, device: any Device, batchSize: Int, warmUp: Int = 2, steps: Int = 8
  ) throws -> TrainingStepBenchmark {
    let session = try TrainingSession(
      network: network, device: device, batchSize: batchSize, optimizer: OptimizerConfiguration(),
      labelSmoothing: 0)
    try session.initialise(seed: 1)
    let input = network.input
    var random = RandomStream(seed: 1, stream: .test)
    let images = (0..<(batchSize * input.channels * input.height * input.width)).map { _ in
      random.uniform(in: -1..<1)
    }
    let labels = (0..<batchSize).map { _ in Int32(random.integer(below: network.classes)) }
    var sums = MetricSums.zero
    func step() throws -> Double {
      let begin = DispatchTime.now().uptimeNanoseconds
      try images.withUnsafeBufferPointer { images in
        try labels.withUnsafeBufferPointer { labels in
          try session.trainingStep(images: images, labels: labels, learningRate: 0.001)
        }
      }
      try session.drainMetrics(into: &sums)
      return Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e6
    }
    for _ in 0..<warmUp { _ = try step() }
    let milliseconds = try (0..<max(1, steps)).map { _ in try step() }.sorted()
    let median = (milliseconds[(milliseconds.count - 1) / 2] + milliseconds[milliseconds.count / 2]) / 2
    let rate = Double(batchSize) / median * 1000
    let macs = Double(try Complexity(network).multiplyAccumulates)
    return TrainingStepBenchmark(
      medianMilliseconds: median, imagesPerSecond: rate, gflops: 2 * macs * 3 * rate / 1e9,
      steps: milliseconds.count, peakMemoryBytes: peakMemory())
  }

  private static func peakMemory() -> Int {
    var usage = rusage()
    #if os(Linux)
      getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #else
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #endif
  }
}
