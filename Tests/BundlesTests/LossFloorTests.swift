import Bundles
import Randomness
import XCTest

/// Whatever reads only the bundle of a sample has a cross-entropy of at least H, and an accuracy of at most the ceiling.
final class LossFloorTests: BundlesTestCase {
  private let classes = 4

  private struct Score {
    var loss: Double
    var accuracy: Double
  }

  /// Mean cross-entropy and accuracy of one row of logits per bundle.
  private func score(_ logits: [[Double]], _ partition: BundlePartition) -> Score {
    var score = Score(loss: 0, accuracy: 0)
    for (bundle, label) in zip(partition.bundleOfSample, partition.labels) {
      let row = logits[bundle]
      let total = row.reduce(0) { $0 + exp($1) }
      score.loss += (log(total) - row[label]) / Double(partition.samples)
      let best = row.indices.max { row[$0] < row[$1] }
      score.accuracy += best == label ? 1 / Double(partition.samples) : 0
    }
    return score
  }

  /// Gradient descent on the mean cross-entropy.
  private func train(_ logits: inout [[Double]], _ partition: BundlePartition, steps: Int) {
    for _ in 0..<steps {
      var gradient = logits.map { $0.map { _ in 0.0 } }
      for (bundle, label) in zip(partition.bundleOfSample, partition.labels) {
        let total = logits[bundle].reduce(0) { $0 + exp($1) }
        for c in 0..<classes {
          gradient[bundle][c] += exp(logits[bundle][c]) / total - (c == label ? 1 : 0)
        }
      }
      for bundle in logits.indices {
        for c in 0..<classes {
          logits[bundle][c] -= 2 * gradient[bundle][c] / Double(partition.sizes[bundle])
        }
      }
    }
  }

  func testTheLossIsAtLeastTheEntropyAndReachesIt() throws {
    var random = random()
    for _ in 0..<20 {
      let samples = 20 + random.integer(below: 100)
      let partition = try partition(
        (0..<samples).map { _ in Float(random.integer(below: 12)) },
        (0..<samples).map { _ in random.integer(below: classes) })
      let entropy = try XCTUnwrap(partition.entropy)
      let ceiling = try XCTUnwrap(partition.accuracyCeiling)
      var logits = try (0..<XCTUnwrap(partition.bundles)).map { _ in
        (0..<classes).map { _ in 2 * random.standardNormal() }
      }
      for steps in [0, 1, 10, 400] {
        train(&logits, partition, steps: steps)
        let score = score(logits, partition)
        XCTAssertGreaterThanOrEqual(score.loss, entropy - 1e-12)
        XCTAssertLessThanOrEqual(score.accuracy, ceiling + 1e-12)
      }
      let trained = score(logits, partition)
      XCTAssertEqual(trained.loss, entropy, accuracy: 0.02)
    }
  }
}
