import Devices
import Networks
import Training
import XCTest

/// Steps that the host enqueues faster than the device works.
final class InputStagingTests: TrainingTestCase {
  /// The state and metrics after steps whose images and labels are overwritten as soon as each call returns.
  private func train(_ device: any Device) throws -> (state: ModelState, sums: MetricSums) {
    let batchSize = 5
    let session = try TrainingSession(
      network: tinyNetwork(channels: 20), device: device, batchSize: batchSize,
      optimizer: OptimizerConfiguration(), labelSmoothing: 0)
    try session.initialise(seed: 3)
    var images = [Float](repeating: 0, count: batchSize * 28 * 28)
    var labels = [Int32](repeating: 0, count: batchSize)
    func enqueue(_ step: Int, examples: Int, _ body: (TrainingInput) throws -> Void) throws {
      for index in images.indices { images[index] = Float((index * 7 + step * 31) % 61) / 30 - 1 }
      for index in labels.indices { labels[index] = Int32((index + step) % 10) }
      try images.withUnsafeBufferPointer { images in
        try labels.withUnsafeBufferPointer { labels in
          try body(
            (
              UnsafeBufferPointer(rebasing: images[..<(examples * 28 * 28)]),
              UnsafeBufferPointer(rebasing: labels[..<examples])
            ))
        }
      }
      for index in images.indices { images[index] = .nan }
      for index in labels.indices { labels[index] = 9 }
    }
    for step in 0..<9 {
      try enqueue(step, examples: batchSize) {
        try session.trainingStep(images: $0.images, labels: $0.labels, learningRate: 0.05)
      }
      // A batch that is not full must not see the labels of the one before.
      try enqueue(step + 100, examples: 1 + step % batchSize) {
        try session.evaluationStep(images: $0.images, labels: $0.labels)
      }
    }
    var sums = MetricSums.zero
    try session.drainMetrics(into: &sums)
    return (try session.state(), sums)
  }

  private typealias TrainingInput = (images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>)

  func testOpenCLSeesEveryBatchAsItWas() throws {
    try requireOpenCL()
    let expected = try train(openFallback())
    XCTAssertEqual(expected.sums.examples, 9 * 5 + (0..<9).reduce(0) { $0 + 1 + $1 % 5 })
    XCTAssertTrue(expected.sums.loss.isFinite)
    for parallel in [false, true] {
      let found = try train(
        OpenCLDevices.open(
          0, family: .cpu, configuration: OpenCLConfiguration(uploadsInParallel: parallel)))
      XCTAssertEqual(found.sums, expected.sums, "uploads in parallel: \(parallel)")
      XCTAssertEqual(found.state, expected.state, "uploads in parallel: \(parallel)")
    }
  }
}
