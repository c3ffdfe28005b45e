import Devices
import Networks

/// How long a network takes to classify random images.
public enum InferenceBenchmark {
  /// - Parameters:
  ///   - warmUp: Batches before the clock starts.
  ///   - steps: Timed batches; their median counts.
  /// - Throws: `NetworkError`, `OperatorError` or `DeviceError`.
  public static func run(
    network: Network, device: any Device, batchSize: Int, warmUp: Int = 2, steps: Int = 8
  ) throws -> StepFigures {
    let session = try TrainingSession(evaluating: network, device: device, batchSize: batchSize)
    try session.initialise(seed: 1)
    let batch = RandomBatch(for: network, batchSize: batchSize)
    var sums = MetricSums.zero
    return try StepFigures(
      timing: network, on: device.information, batchSize: batchSize, passes: 1, warmUp: warmUp,
      steps: steps, launches: session.evaluationLaunches
    ) {
      try batch.withPointers { try session.evaluationStep(images: $0, labels: $1) }
      try session.drainMetrics(into: &sums)
    }
  }
}
