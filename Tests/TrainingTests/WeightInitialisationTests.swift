import Networks
import Randomness
import Training
import XCTest

final class WeightInitialisationTests: TrainingTestCase {
  private func parameters(
    _ choice: WeightInitialisation?, seed: UInt64 = 1, channels: Int = 64
  ) throws -> [String: [Float]] {
    let session = try TrainingSession(
      evaluating: tinyNetwork(channels: channels, classes: 200), device: openFallback(), batchSize: 1)
    if let choice {
      try session.initialise(seed: seed, choice)
    } else {
      try session.initialise(seed: seed)
    }
    return try session.state().parameters
  }

  /// Of `conv.weight` `[64, 1, 3, 3]` and `linear.weight` `[200, 64]`.
  func testRangesAndVariances() throws {
    let fans = ["conv.weight": (9.0, 576.0), "linear.weight": (64, 200)]
    for choice in WeightInitialisation.allCases {
      let values = try parameters(choice)
      for (name, (fanIn, fanOut)) in fans {
        let weights = try XCTUnwrap(values[name]).map(Double.init)
        let limit: Double? =
          switch choice {
          case .heNormal: nil
          case .heUniform: (6 / fanIn).squareRoot()
          case .glorotUniform: (6 / (fanIn + fanOut)).squareRoot()
          }
        let variance = limit.map { $0 * $0 / 3 } ?? 2 / fanIn
        let count = Double(weights.count)
        let mean = weights.reduce(0, +) / count
        let found = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        let context = "\(choice) \(name)"
        // Five deviations of the mean, and of the variance of normal numbers; that of uniform ones varies less.
        XCTAssertEqual(mean, 0, accuracy: 5 * (variance / count).squareRoot(), context)
        XCTAssertEqual(found, variance, accuracy: 5 * variance * (2 / count).squareRoot(), context)
        guard let limit else { continue }
        XCTAssertLessThanOrEqual(weights.map(abs).max() ?? 0, Double(Float(limit)), context)
        XCTAssertGreaterThan(weights.map(abs).max() ?? 0, 0.98 * limit, context)
      }
      XCTAssertEqual(values["bn.weight"], [Float](repeating: 1, count: 64))
      for name in ["bn.bias", "linear.bias"] { XCTAssertEqual(Set(values[name] ?? []), [0], name) }
    }
  }

  func testFirstWeightsFollowFromTheSeed() throws {
    for choice in WeightInitialisation.allCases {
      let first = try parameters(choice, channels: 4)
      XCTAssertEqual(try parameters(choice, channels: 4), first)
      XCTAssertNotEqual(
        try parameters(choice, seed: 2, channels: 4)["conv.weight"], first["conv.weight"], "\(choice)")
    }
    XCTAssertEqual(try parameters(nil, channels: 4), try parameters(.heNormal, channels: 4))
  }

  /// The default is what it has always been: checkpoints of old seeds can be made again.
  func testTheDefaultIsHesNormalByTheStreamOfItsParameter() throws {
    let weights = try XCTUnwrap(parameters(nil, seed: 5)["linear.weight"])
    // conv.weight, bn.weight and bn.bias come before.
    var random = RandomStream(seed: 5, stream: .initialisation, index: 3)
    let deviation = (2 / 64.0).squareRoot()
    XCTAssertEqual(weights, weights.map { _ in Float(deviation * random.standardNormal()) })
  }

  func testATrainingTakesTheChoice() throws {
    var configuration = shortConfiguration()
    configuration.initialisation = .glorotUniform
    let weights = try makeTrainer(configuration).checkpoint().state.parameters["linear.weight"]
    XCTAssertLessThanOrEqual(try XCTUnwrap(weights).map(abs).max() ?? 1, (6 / Float(14)).squareRoot())
    XCTAssertNotEqual(try makeTrainer().checkpoint().state.parameters["linear.weight"], weights)
  }

  func testFanOutCountsOutputsAndTaps() throws {
    let table = try ParameterTable(tinyNetwork(channels: 5))
    XCTAssertEqual(table["conv.weight"]?.fanOut, 45)
    XCTAssertEqual(table["conv.weight"]?.fanIn, 9)
    XCTAssertEqual(table["linear.weight"]?.fanOut, 10)
    XCTAssertEqual(table["linear.weight"]?.fanIn, 5)
  }
}
