import Probes
import XCTest

/// Ridge regression against its normal equations.
final class RidgeRegressionTests: ProbesTestCase {
  /// The gradient of ‖Z W − (Y − ȳ)‖² + λ‖W‖² by the standardised weights is 0.
  func testNormalEquations() throws {
    for (samples, features, classes) in [(40, 1, 2), (30, 5, 3), (25, 67, 4), (200, 130, 3)] {
      let table = try FeatureTable(
        features: features, values: floats(samples * features, 3).map { $0 * 3 + 2 })
      let labels = (0..<samples).map { Int32($0 * 3 / 2 % classes) }
      let ridge = try RidgeRegression(strength: 0.01)
      let probe = try XCTUnwrap(try ridge.fit(table, labels: labels, classes: classes))
      let count = Double(samples)
      func x(_ sample: Int, _ feature: Int) -> Double { Double(table.values[sample * features + feature]) }
      let means = (0..<features).map { f in (0..<samples).reduce(0) { $0 + x($1, f) } / count }
      let deviations = (0..<features).map { f in
        ((0..<samples).reduce(0) { $0 + (x($1, f) - means[f]) * (x($1, f) - means[f]) } / count).squareRoot()
      }
      let penalty = 0.01 * count
      for label in 0..<classes {
        let errors = (0..<samples).map { sample in
          probe.bias[label]
            + (0..<features).reduce(0) { $0 + probe.weights[label * features + $1] * x(sample, $1) }
            - (Int(labels[sample]) == label ? 1 : 0)
        }
        XCTAssertEqual(errors.reduce(0, +), 0, accuracy: 1e-8, "the bias has no penalty")
        for feature in 0..<features {
          let weight = probe.weights[label * features + feature] * deviations[feature]
          let slope = (0..<samples).reduce(0.0) {
            $0 + errors[$1] * (x($1, feature) - means[feature]) / deviations[feature]
          }
          XCTAssertEqual(slope + penalty * weight, 0, accuracy: 1e-8, "\(samples)x\(features)")
        }
      }
    }
  }

  func testSeparableClasses() throws {
    let (training, test) = (try separable(samples: 90), try separable(samples: 60, 1))
    let probe = try XCTUnwrap(
      try RidgeRegression().fit(training.table, labels: training.labels, classes: 3))
    XCTAssertEqual(try probe.correct(test.table, labels: test.labels), 60)
    XCTAssertEqual(try probe.predictions(test.table), test.labels.map(Int.init))
  }

  func testFeaturesThatDoNotVaryOrRepeat() throws {
    let plain = try separable(samples: 60, features: 3)
    let values = (0..<60).flatMap { sample -> [Float] in
      let row = Array(plain.table.values[(sample * 3)..<(sample * 3 + 3)])
      return row + row + [0.1, 0]
    }
    let table = try FeatureTable(features: 8, values: values)
    let probe = try XCTUnwrap(try RidgeRegression().fit(table, labels: plain.labels, classes: 3))
    XCTAssertEqual(try probe.correct(table, labels: plain.labels), 60)
    for label in 0..<3 { XCTAssertEqual(probe.weights[(label * 8 + 6)..<(label * 8 + 8)], [0, 0]) }
    // Nothing but the most frequent class is left to say.
    let dead = try FeatureTable(features: 2, values: [Float](repeating: 0, count: 10))
    let prior = try XCTUnwrap(try RidgeRegression().fit(dead, labels: [1, 0, 1, 2, 1], classes: 3))
    XCTAssertEqual(try prior.predictions(dead), [1, 1, 1, 1, 1])
  }

  func testBadInput() throws {
    for strength in [0, -1, .nan, .infinity] { XCTAssertThrowsError(try RidgeRegression(strength: strength)) }
    let ridge = try RidgeRegression()
    let table = try FeatureTable(features: 2, values: [1, 2, 3, 4])
    XCTAssertThrowsError(try ridge.fit(table, labels: [0], classes: 2))
    XCTAssertThrowsError(try ridge.fit(table, labels: [0, 2], classes: 2))
    XCTAssertThrowsError(try ridge.fit(table, labels: [0, -1], classes: 2))
    XCTAssertThrowsError(try ridge.fit(FeatureTable(features: 2), labels: [], classes: 2))
    XCTAssertNil(
      try ridge.fit(FeatureTable(features: 2, values: [1, .nan, 3, 4]), labels: [0, 1], classes: 2))
    XCTAssertNil(
      try ridge.fit(
        FeatureTable(features: 4097, values: [Float](repeating: 1, count: 4097)), labels: [0], classes: 2))
    XCTAssertThrowsError(try FeatureTable(features: 0))
    XCTAssertThrowsError(try FeatureTable(features: 2, values: [1]))
  }

  func testCholesky() throws {
    for n in [1, 2, 3, 4, 5, 16, 17, 33] {
      let matrix = positiveMatrix(n, UInt64(n))
      let factor = try XCTUnwrap(CholeskyFactor(matrix, order: n))
      let expected = normals(n, 9)
      let b = (0..<n).map { row in (0..<n).reduce(0) { $0 + matrix[row * n + $1] * expected[$1] } }
      assertEqual(factor.solve(b), expected, accuracy: 1e-7, "n = \(n)")
    }
    XCTAssertNil(CholeskyFactor([1, 2, 2, 1], order: 2))
    XCTAssertNil(CholeskyFactor([0], order: 1))
    XCTAssertNil(CholeskyFactor([.nan], order: 1))
    XCTAssertNil(CholeskyFactor([1, 2], order: 2))
  }
}
