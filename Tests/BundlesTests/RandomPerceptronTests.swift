import Bundles
import Randomness
import XCTest

/// Where untrained fully connected networks begin to mix classes, beside what an implementation of its own in another
/// language gave, with other data and weights of the same distributions.
final class RandomPerceptronTests: BundlesTestCase {
  /// Of 20 networks: the share with H > 0 in the last layer, the mean of that H, the median of the first conflicting layer.
  private struct Row {
    var depth: Int
    var share: Double
    var mean: Double
    var firstLayer: Double?
  }

  private let networks = 20
  private let samples = 64
  private let depths = [10, 25, 50, 100]

  func testWidth5() throws {
    try compare(
      width: 5,
      [
        Row(depth: 10, share: 1, mean: 0.75, firstLayer: 2),
        Row(depth: 25, share: 1, mean: 1.69, firstLayer: 2),
        Row(depth: 50, share: 1, mean: 2.23, firstLayer: 2),
        Row(depth: 100, share: 1, mean: 2.24, firstLayer: 2),
      ])
  }

  func testWidth10() throws {
    try compare(
      width: 10,
      [
        Row(depth: 10, share: 0.25, mean: 0.04), Row(depth: 25, share: 0.9, mean: 0.75, firstLayer: 13.5),
        Row(depth: 50, share: 1, mean: 1.72, firstLayer: 11),
        Row(depth: 100, share: 1, mean: 2.18, firstLayer: 13),
      ])
  }

  func testWidth25() throws {
    try compare(
      width: 25,
      [
        Row(depth: 10, share: 0, mean: 0), Row(depth: 25, share: 0, mean: 0),
        Row(depth: 50, share: 0.35, mean: 0.03),
        Row(depth: 100, share: 0.95, mean: 0.72, firstLayer: 49.5),
      ])
  }

  func testWidth50() throws {
    try compare(
      width: 50,
      [
        Row(depth: 10, share: 0, mean: 0), Row(depth: 25, share: 0, mean: 0),
        Row(depth: 50, share: 0, mean: 0), Row(depth: 100, share: 0.35, mean: 0.02),
      ])
  }

  private func compare(width: Int, _ rows: [Row]) throws {
    let measured = try (0..<networks).map { try entropies(width: width, seed: $0) }
    for row in rows {
      let profiles = try measured.map { try XCTUnwrap($0[row.depth]) }
      let last = profiles.map { $0[row.depth - 1] }
      let name = "\(width)×\(row.depth)"
      // Both sides are estimates from 20 networks: the variance of their difference is twice that of one.
      let variation = (2 / Double(networks)).squareRoot()

      let share = Double(last.count { $0 > 0 }) / Double(networks)
      let pooled = (share + row.share) / 2
      XCTAssertEqual(
        share, row.share, accuracy: 3 * variation * (pooled * (1 - pooled)).squareRoot() + 1e-9, name)

      let mean = last.reduce(0, +) / Double(networks)
      let variance = last.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(networks - 1)
      // The printed digits, and the entropy of the labels, which are other ones there.
      let rounding = row.mean > 0 ? 0.005 + 0.02 * row.mean : 0
      XCTAssertEqual(mean, row.mean, accuracy: 3 * variation * variance.squareRoot() + rounding, name)

      guard let firstLayer = row.firstLayer else { continue }
      let first = profiles.map { profile in profile.firstIndex { $0 > 0 }.map { $0 + 1 } ?? .max }.sorted()
      let median = Double(first[networks / 2 - 1] + first[networks / 2]) / 2
      XCTAssertEqual(median, firstLayer, accuracy: max(1, 0.25 * firstLayer), name)
    }
  }

  /// H of every layer, for each depth: a deeper network has larger weights to be seen against.
  private func entropies(width: Int, seed: Int) throws -> [Int: [Double]] {
    var random = RandomStream(seed: UInt64(seed), stream: .test)
    let (inputs, labels) = RandomPerceptron.blobs(
      samples: samples, features: 784, classes: 10, spread: 0.25, random: &random)
    var network = RandomPerceptron(width: width, inputs: inputs, samples: samples, random: random)
    var layers: [ActivationMatrix] = []
    var amplitude: Float = 0
    var result: [Int: [Double]] = [:]
    for depth in 1...(depths.max() ?? 0) {
      amplitude = max(amplitude, network.advance())
      layers.append(
        try ActivationMatrix(samples: samples, features: width, values: network.activations))
      guard depths.contains(depth) else { continue }
      let resolution = ResolutionModel.reference(
        try ReferenceResolution(amplitude: Double(amplitude), learningRate: 1e-3, batchSize: 64))
      result[depth] = try layers.map { layer in
        try XCTUnwrap(BundlePartition(keys: resolution.keys(of: layer), labels: labels).entropy)
      }
    }
    return result
  }
}
