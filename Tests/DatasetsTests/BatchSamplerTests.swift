import Datasets
import XCTest

final class BatchSamplerTests: DatasetTestCase {
  func testTrainingOrdersArePurePermutations() throws {
    let sampler = try BatchSampler(count: 103, batchSize: 10, purpose: .training, seed: 5)
    let order = sampler.order(epoch: 3)
    XCTAssertEqual(order.sorted(), Array(0..<103))
    XCTAssertEqual(order, sampler.order(epoch: 3))
    XCTAssertNotEqual(order, sampler.order(epoch: 4))
    XCTAssertNotEqual(
      order, try BatchSampler(count: 103, batchSize: 10, purpose: .training, seed: 6).order(epoch: 3))
    XCTAssertEqual(
      order, try BatchSampler(count: 103, batchSize: 7, purpose: .training, seed: 5).order(epoch: 3))
  }

  func testTrainingDropsThePartialBatch() throws {
    let sampler = try BatchSampler(count: 103, batchSize: 10, purpose: .training)
    XCTAssertEqual(sampler.stepsPerEpoch, 10)
    XCTAssertEqual(sampler.places(step: 9), 90..<100)
  }

  func testEvaluationSeesEveryImageInOrder() throws {
    let sampler = try BatchSampler(count: 103, batchSize: 10, purpose: .evaluation, seed: 5)
    XCTAssertEqual(sampler.order(epoch: 3), Array(0..<103))
    XCTAssertEqual(sampler.stepsPerEpoch, 11)
    XCTAssertEqual(sampler.places(step: 10), 100..<103)
    XCTAssertEqual(try BatchSampler(count: 100, batchSize: 10, purpose: .evaluation).stepsPerEpoch, 10)
    XCTAssertEqual(try BatchSampler(count: 3, batchSize: .max, purpose: .evaluation).places(step: 0), 0..<3)
  }

  func testImpossibleBatches() {
    for (count, batchSize, purpose) in [
      (10, 0, BatchSampler.Purpose.training), (10, 11, .training), (10, -1, .evaluation), (0, 1, .evaluation),
    ] {
      XCTAssertThrowsError(try BatchSampler(count: count, batchSize: batchSize, purpose: purpose))
    }
  }
}
