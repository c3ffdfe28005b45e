import Foundation
import Probes
import XCTest

/// What NumPy finds, which `tools/check-probes --make-golden` has written down.
final class GoldenTests: ProbesTestCase {
  private struct Golden: Decodable {
    struct Probe: Decodable {
      var weights: [Double]
      var bias: [Double]
      var trainAccuracy: Double
      var testAccuracy: Double
    }

    struct Settings: Decodable {
      var epochs: Int
      var batchSize: Int
      var learningRate: Double
      var momentum: Double
      var weightDecay: Double
    }

    var maps: [Float]
    var mapsShape: [Int]
    var eigenvalues: [Double]
    var meanEigenvalues: [Double]
    var deltas: [Double]
    var dimensions: [Int]
    var delveDimensions: [Int]
    var pooled: [Double]
    var classes: Int
    var features: Int
    var train: [Float]
    var trainLabels: [Int32]
    var test: [Float]
    var testLabels: [Int32]
    var ridge: Double
    var order: [[Int]]
    var settings: Settings
    var probes: [String: Probe]
  }

  private func golden() throws -> Golden {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/golden.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
  }

  func testSaturation() throws {
    let golden = try golden()
    let (channels, positions) = (golden.mapsShape[1], golden.mapsShape[2] * golden.mapsShape[3])
    for (rows, expected) in [
      (CovarianceAccumulator.Rows.positions, golden.eigenvalues), (.mean, golden.meanEigenvalues),
    ] {
      var accumulator = try CovarianceAccumulator(channels: channels, positions: positions, rows: rows)
      try accumulator.add(golden.maps)
      let covariance = try XCTUnwrap(accumulator.covariance)
      let found = try XCTUnwrap(try SymmetricEigensystem(covariance.matrix, order: channels))
      assertEqual(found.values, expected, accuracy: 1e-12)
      XCTAssertEqual(covariance.trace, expected.reduce(0, +), accuracy: 1e-12)
      guard rows == .positions else { continue }
      for (index, delta) in golden.deltas.enumerated() {
        for isDelve in [false, true] {
          let rule = try Saturation.Rule(delta: delta, isDelveCompatible: isDelve)
          let saturation = try Saturation(covariance, channels: channels, rule: rule)
          let dimensions = isDelve ? golden.delveDimensions : golden.dimensions
          XCTAssertEqual(saturation.dimension, dimensions[index], "δ = \(delta), delve: \(isDelve)")
        }
      }
    }
  }

  func testPooling() throws {
    let golden = try golden()
    let pooling = try AdaptiveAveragePooling(
      channels: golden.mapsShape[1], height: golden.mapsShape[2], width: golden.mapsShape[3], size: 2)
    assertEqual(try pooling.pooled(golden.maps).map(Double.init), golden.pooled, accuracy: 1e-6)
  }

  func testProbes() throws {
    let golden = try golden()
    let train = try FeatureTable(features: golden.features, values: golden.train)
    let test = try FeatureTable(features: golden.features, values: golden.test)
    let settings = golden.settings
    let softmax = try SoftmaxRegression(
      epochs: settings.epochs, batchSize: settings.batchSize, learningRate: settings.learningRate,
      momentum: settings.momentum, weightDecay: settings.weightDecay)
    let found = [
      "ridge": try RidgeRegression(strength: golden.ridge).fit(
        train, labels: golden.trainLabels, classes: golden.classes),
      "softmax": try softmax.fit(train, labels: golden.trainLabels, classes: golden.classes) {
        golden.order[$0]
      },
    ]
    XCTAssertEqual(Set(found.keys), Set(golden.probes.keys))
    for (name, expected) in golden.probes {
      let probe = try XCTUnwrap(found[name] ?? nil)
      assertEqual(probe.weights, expected.weights, accuracy: 1e-9, name)
      assertEqual(probe.bias, expected.bias, accuracy: 1e-9, name)
      let right = (
        try probe.correct(train, labels: golden.trainLabels),
        try probe.correct(test, labels: golden.testLabels)
      )
      XCTAssertEqual(Double(right.0) / Double(train.samples), expected.trainAccuracy, accuracy: 1e-12)
      XCTAssertEqual(Double(right.1) / Double(test.samples), expected.testAccuracy, accuracy: 1e-12)
    }
  }
}
