import Bundles
import ModelZoo
import Networks
import Training
import XCTest

/// Cells by weight take the steps that Adam makes.
final class AdaptiveBundleTests: TrainingTestCase {
  func testCellsGrowWithTheSecondMoments() throws {
    let data = try fewImages()
    let probe = try data.training.limited(to: 64)
    let network = try ModelZoo.network(
      "mlp:width=7,depth=4", input: ImageShape(channels: 1, height: 28, width: 28), classes: 10)
    let session = try TrainingSession(evaluating: network, device: openFallback(), batchSize: 32)
    try session.initialise(seed: 1)
    let weights = try session.state().parameters
    func bundles(rate: Double, _ moments: AdaptiveMoments?) throws -> BundleReport {
      var measurement = BundleMeasurement()
      measurement.resolution = .perWeight(.minimum)
      measurement.learningRate = rate
      return try session.bundles(
        of: probe, normalization: data.normalization, measurement: measurement, adaptive: moments)
    }
    func moments(_ value: Float, updates: Int) -> AdaptiveMoments {
      AdaptiveMoments(
        secondMoments: weights.mapValues { $0.map { _ in value } }, updates: updates, beta2: 0.5,
        epsilon: 1e-30)
    }
    let rate = 0x1p-8
    let plain = try bundles(rate: rate, nil)
    let wide = try bundles(rate: rate * 0x1p-14, nil)
    XCTAssertNotEqual(plain, wide, "or else the rest says nothing")
    // √v̂ = 2^14; after one update by β₂ = ½ the bias of v is ½.
    XCTAssertEqual(try bundles(rate: rate, moments(0x1p28, updates: 1_000_000)), wide)
    XCTAssertEqual(try bundles(rate: rate, moments(0x1p27, updates: 1)), wide)
    XCTAssertEqual(try bundles(rate: rate, moments(0, updates: 0)), plain, "as gradient descent")
  }

  /// A checkpoint says the same as the session that it was taken of.
  func testACheckpointBringsItsMoments() throws {
    var configuration = shortConfiguration()
    configuration.epochs = 1
    configuration.optimizer = OptimizerConfiguration(method: .adam)
    configuration.learningRate = 0.01
    let data = try fewImages()
    let trainer = try makeTrainer(configuration, data: data)
    _ = try trainer.train()
    let checkpoint = try trainer.checkpoint()
    var measurement = BundleMeasurement()
    (measurement.resolution, measurement.samples, measurement.learningRate) = (.perWeight(.median), 96, 3e-7)
    let session = try TrainingSession(
      network: tinyNetwork(), device: openFallback(), batchSize: 32, optimizer: configuration.optimizer,
      labelSmoothing: 0)
    try session.load(checkpoint.state)
    let expected = try session.bundles(
      of: data.test, normalization: data.normalization, measurement: measurement)
    let found = try checkpoint.bundles(of: data.test, measurement, on: openFallback(), batchSize: 32)
    XCTAssertEqual(found, expected)
    var without = checkpoint
    without.state.adaptive = nil
    let descent = try without.bundles(of: data.test, measurement, on: openFallback(), batchSize: 32)
    XCTAssertNotEqual(found, descent, "Adam's steps are others")
  }
}
