import Probes
import XCTest

/// The probe by gradient descent.
final class SoftmaxRegressionTests: ProbesTestCase {
  /// Each derivative against the difference of two losses.
  func testGradient() throws {
    let (features, classes, count) = (11, 4, 9)
    var batch = SoftmaxBatch(features: features, classes: classes, capacity: count)
    batch.load(rows: normals(count * features), labels: (0..<count).map { $0 % classes })
    var parameters = SoftmaxParameters(features: features, classes: classes)
    parameters.weights = normals(classes * features, 1)
    parameters.bias = normals(classes, 2)
    let (decay, step) = (0.3, 1e-5)
    _ = batch.differentiate(parameters, weightDecay: decay)
    let gradient = batch.gradient
    for index in parameters.weights.indices {
      var (up, down) = (parameters, parameters)
      up.weights[index] += step
      down.weights[index] -= step
      let slope =
        (batch.differentiate(up, weightDecay: decay) - batch.differentiate(down, weightDecay: decay))
        / (2 * step)
      XCTAssertEqual(gradient.weights[index], slope, accuracy: 1e-8)
    }
    for index in parameters.bias.indices {
      var (up, down) = (parameters, parameters)
      up.bias[index] += step
      down.bias[index] -= step
      let slope =
        (batch.differentiate(up, weightDecay: decay) - batch.differentiate(down, weightDecay: decay))
        / (2 * step)
      XCTAssertEqual(gradient.bias[index], slope, accuracy: 1e-8)
    }
  }

  func testTheFirstLossIsThatOfChance() {
    var batch = SoftmaxBatch(features: 2, classes: 5, capacity: 3)
    batch.load(rows: normals(6), labels: [0, 4, 2])
    let loss = batch.differentiate(SoftmaxParameters(features: 2, classes: 5), weightDecay: 1)
    XCTAssertEqual(loss, 1.6094379124341003, accuracy: 1e-12, "ln 5")
  }

  func testSeparableClasses() throws {
    for features in [3, 6, 40] {
      let training = try separable(samples: 100, features: features)
      let test = try separable(samples: 60, features: features, 1)
      let probe = try XCTUnwrap(
        try SoftmaxRegression().fit(training.table, labels: training.labels, classes: 3))
      XCTAssertEqual(try probe.correct(test.table, labels: test.labels), 60, "\(features) features")
    }
  }

  /// Equal to the last bit with the same seed; another with another.
  func testSeeds() throws {
    let data = try separable(samples: 50)
    func fit(_ seed: UInt64) throws -> LinearClassifier? {
      try SoftmaxRegression(epochs: 2, batchSize: 8, seed: seed).fit(
        data.table, labels: data.labels, classes: 3)
    }
    XCTAssertEqual(try fit(1), try fit(1))
    XCTAssertNotEqual(try fit(1), try fit(2))
    let softmax = try SoftmaxRegression(seed: 3)
    XCTAssertEqual(softmax.order(epoch: 1, count: 20).sorted(), Array(0..<20))
    XCTAssertNotEqual(softmax.order(epoch: 1, count: 20), softmax.order(epoch: 0, count: 20))
  }

  /// The scale and mean of a feature make no difference but by rounding.
  func testStandardisation() throws {
    let data = try separable(samples: 60)
    let other = try FeatureTable(
      features: 6, values: data.table.values.enumerated().map { $1 * ($0 % 6 == 2 ? 1024 : 0.5) - 64 })
    let softmax = try SoftmaxRegression()
    let probe = try XCTUnwrap(try softmax.fit(data.table, labels: data.labels, classes: 3))
    let otherProbe = try XCTUnwrap(try softmax.fit(other, labels: data.labels, classes: 3))
    XCTAssertEqual(try otherProbe.predictions(other), try probe.predictions(data.table))
    for label in 0..<3 {
      XCTAssertEqual(
        otherProbe.weights[label * 6 + 2] * 1024, probe.weights[label * 6 + 2], accuracy: 1e-3)
    }
  }

  func testTheRateFallsToNothing() throws {
    let softmax = try SoftmaxRegression(learningRate: 0.8)
    XCTAssertEqual(softmax.learningRate(step: 0, of: 10), 0.8)
    XCTAssertEqual(softmax.learningRate(step: 5, of: 10), 0.4, accuracy: 1e-12)
    XCTAssertLessThan(softmax.learningRate(step: 9, of: 10), 0.03)
  }

  func testBadInput() throws {
    XCTAssertThrowsError(try SoftmaxRegression(epochs: 0))
    XCTAssertThrowsError(try SoftmaxRegression(batchSize: 0))
    XCTAssertThrowsError(try SoftmaxRegression(learningRate: 0))
    XCTAssertThrowsError(try SoftmaxRegression(learningRate: .nan))
    XCTAssertThrowsError(try SoftmaxRegression(momentum: 1))
    XCTAssertThrowsError(try SoftmaxRegression(weightDecay: -1))
    let softmax = try SoftmaxRegression()
    XCTAssertNil(
      try softmax.fit(FeatureTable(features: 2, values: [1, .nan, 3, 4]), labels: [0, 1], classes: 2))
    XCTAssertThrowsError(
      try softmax.fit(FeatureTable(features: 2, values: [1, 2]), labels: [2], classes: 2))
    let data = try separable(samples: 50)
    XCTAssertNil(
      try SoftmaxRegression(epochs: 200, learningRate: 1e200, weightDecay: 1).fit(
        data.table, labels: data.labels, classes: 3), "diverges")
    // Dead features leave the most frequent class.
    let dead = try FeatureTable(features: 2, values: [Float](repeating: 0, count: 10))
    let prior = try XCTUnwrap(try softmax.fit(dead, labels: [1, 0, 1, 2, 1], classes: 3))
    XCTAssertEqual(try prior.predictions(dead), [1, 1, 1, 1, 1])
  }
}

/// Which layers improve on those before.
final class ProductiveLayersTests: XCTestCase {
  func testFlags() {
    XCTAssertEqual(
      ProductiveLayers.flags([0.3, 0.5, 0.5, 0.4, 0.51, nil, 0.6], tolerance: 0),
      [true, true, false, false, true, false, true])
    XCTAssertEqual(
      ProductiveLayers.flags([nil, 0.3, 0.31, 0.33], tolerance: 0.02), [false, true, false, false])
    XCTAssertEqual(ProductiveLayers.flags([0.3, 0.31, 0.335], tolerance: 0.02), [true, false, true])
    XCTAssertEqual(ProductiveLayers.flags([], tolerance: 0), [])
  }
}
