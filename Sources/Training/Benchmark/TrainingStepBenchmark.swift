import Devices
import Networks

/// How long a training step takes on random images.
public enum TrainingStepBenchmark {
  /// Backward counts as two forward passes.
  ///
  /// - Parameters:
  ///   - warmUp: Steps before the clock starts.
  ///   - steps: Timed steps; their median counts.
  /// - Throws: `NetworkError`, `OperatorError` or `DeviceError`.
  public static func run(
    network: Network, device: any Device, batchSize: Int, warmUp: Int = 2, steps: Int = 8
  ) throws -> StepFigures {
    let session = try TrainingSession(
      network: network, device: device, batchSize: batchSize, optimizer: OptimizerConfiguration(),
      labelSmoothing: 0)
    try session.initialise(seed: 1)
    let batch = RandomBatch(for: network, batchSize: batchSize)
    var sums = MetricSums.zero
    return try StepFigures(
      timing: network, on: device.information, batchSize: batchSize, passes: 3, warmUp: warmUp,
      steps: steps, launches: session.trainingLaunches ?? 0
    ) {
      try batch.withPointers {
        try session.trainingStep(images: $0, labels: $1, learningRate: 0.001)
      }
      try session.drainMetrics(into: &sums)
    }
  }
}
