import AllocationMeter
import Training
import XCTest

/// A step works in memory that was there before.
final class StepAllocationTests: TrainingTestCase {
  /// The bytes that 10 steps of the fallback take from the heap at one time.
  private func peakBytes(
    channels: Int, batchSize: Int, readingMetrics: Bool, method: OptimizerMethod = .sgd
  ) throws -> Int {
    let session = try TrainingSession(
      network: tinyNetwork(channels: channels), device: openFallback(), batchSize: batchSize,
      optimizer: OptimizerConfiguration(method: method), labelSmoothing: 0)
    try session.initialise(seed: 1)
    let images = [Float](repeating: 0.5, count: batchSize * 28 * 28)
    let labels = (0..<batchSize).map { Int32($0 % 10) }
    var sums = MetricSums.zero
    func step() throws {
      try images.withUnsafeBufferPointer { images in
        try labels.withUnsafeBufferPointer { labels in
          try session.trainingStep(images: images, labels: labels, learningRate: 0.01)
        }
      }
      if readingMetrics { try session.drainMetrics(into: &sums) }
    }
    for _ in 0..<2 { try step() }
    allocation_meter_reset()
    for _ in 0..<10 { try step() }
    let peak = allocation_meter_peak()
    try session.drainMetrics(into: &sums)
    XCTAssertEqual(sums.examples, 12 * batchSize)
    return peak
  }

  func testTrainingStepsAllocateNothing() throws {
    XCTAssertEqual(try peakBytes(channels: 4, batchSize: 3, readingMetrics: false), 0)
    XCTAssertEqual(try peakBytes(channels: 40, batchSize: 32, readingMetrics: false), 0)
  }

  func testStepsOfAdamAllocateNothing() throws {
    XCTAssertEqual(try peakBytes(channels: 40, batchSize: 32, readingMetrics: true, method: .adamw), 0)
  }

  func testReadingMetricsAllocatesNothing() throws {
    XCTAssertEqual(try peakBytes(channels: 40, batchSize: 32, readingMetrics: true), 0)
  }

  /// The tests above would say nothing if the meter saw nothing.
  func testTheMeterSeesAnAllocation() {
    allocation_meter_reset()
    let values = [Float](repeating: 1, count: 1 << 16)
    XCTAssertGreaterThanOrEqual(allocation_meter_peak(), values.count * 4)
  }
}
