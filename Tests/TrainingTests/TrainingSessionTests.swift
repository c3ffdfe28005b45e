import Devices
import Networks
import Training
import XCTest

final class TrainingSessionTests: TrainingTestCase {
  func testASessionForEvaluationRefusesToTrain() throws {
    let session = try TrainingSession(evaluating: tinyNetwork(), device: openFallback(), batchSize: 2)
    try session.initialise(seed: 1)
    let images = [Float](repeating: 0.5, count: 2 * 28 * 28)
    let labels: [Int32] = [0, 1]
    try images.withUnsafeBufferPointer { images in
      try labels.withUnsafeBufferPointer { labels in
        try session.evaluationStep(images: images, labels: labels)
        XCTAssertThrowsError(
          try session.trainingStep(images: images, labels: labels, learningRate: 0.1)
        ) { XCTAssertTrue($0 is OperatorError, "\($0)") }
      }
    }
    var sums = MetricSums.zero
    try session.drainMetrics(into: &sums)
    XCTAssertEqual(sums.examples, 2)
  }

  func testEvaluationNeedsLessMemoryThanTraining() throws {
    let network = tinyNetwork(channels: 64)
    let limit = 8 << 20
    XCTAssertNoThrow(
      try TrainingSession(evaluating: network, device: openFallback(memoryLimitBytes: limit), batchSize: 48))
    XCTAssertThrowsError(
      try TrainingSession(
        network: network, device: openFallback(memoryLimitBytes: limit), batchSize: 48,
        optimizer: OptimizerConfiguration(), labelSmoothing: 0)
    ) { error in
      guard case .batchTooLarge = error as? DeviceError else { return XCTFail("\(error)") }
    }
  }

  func testAbsurdBatchSizesAreErrors() {
    for batchSize in [0, -1, Int.max] {
      XCTAssertThrowsError(
        try TrainingSession(evaluating: tinyNetwork(), device: openFallback(), batchSize: batchSize))
    }
  }

  /// A network may end in global average pooling: its means are the logits.
  func testLogitsOfANetworkWithoutALinearLayer() throws {
    let network = Network(
      name: "pooled", input: ImageShape(channels: 2, height: 3, width: 3), classes: 2,
      nodes: [Node("pool", .globalAveragePool, Network.inputName)])
    let session = try TrainingSession(evaluating: network, device: openFallback(), batchSize: 1)
    let images = (0..<18).map { Float($0) }
    try images.withUnsafeBufferPointer { images in
      try [Int32(0)].withUnsafeBufferPointer { try session.evaluationStep(images: images, labels: $0) }
    }
    XCTAssertEqual(try session.logits(), [4, 13])
  }

  func testEveryKernelOfAStepIsTimedOnRequest() throws {
    let session = try TrainingSession(
      network: tinyNetwork(), device: openFallback(), batchSize: 4, optimizer: OptimizerConfiguration(),
      labelSmoothing: 0)
    try session.initialise(seed: 1)
    let kernels = try session.profileTrainingStep()
    XCTAssertTrue(kernels.contains { $0.kernel == "stochastic_gradient_descent" })
    XCTAssertTrue(kernels.allSatisfy { $0.seconds >= 0 && $0.seconds.isFinite })
    XCTAssertGreaterThan(kernels.reduce(0) { $0 + $1.seconds }, 0)
  }
}
