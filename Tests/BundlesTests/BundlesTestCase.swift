import Bundles
import Randomness
import XCTest

/// Helpers of this module's tests.
class BundlesTestCase: XCTestCase {
  let ln2 = 0.693147180559945309
  let ln3 = 1.098612288668109691

  func random(_ index: UInt64 = 0) -> RandomStream { RandomStream(seed: 11, stream: .test, index: index) }

  /// Keys of one element each: equal groups, equal bundles.
  func keys(_ groups: [Float]) throws -> [BundleKey] {
    try ResolutionModel.exact.keys(
      of: ActivationMatrix(samples: groups.count, features: 1, values: groups))
  }

  func partition(_ groups: [Float], _ labels: [Int]) throws -> BundlePartition {
    try BundlePartition(keys: keys(groups), labels: labels)
  }

  /// H as it is defined, term by term.
  func entropy(bundles: [Int], labels: [Int]) -> Double {
    var total = 0.0
    for bundle in Set(bundles) {
      let members = labels.indices.filter { bundles[$0] == bundle }.map { labels[$0] }
      for label in Set(members) {
        let p = Double(members.count { $0 == label }) / Double(members.count)
        total -= Double(members.count) * p * log(p)
      }
    }
    return total / Double(labels.count)
  }

  /// The first fit of a few resolution models to activations of the order of `scale`.
  func models(scale: Float, features: Int) throws -> [ResolutionModel] {
    // γ is 2^-23 · B / η · ½ for an amplitude of 1.
    let rate = 64 * 0x1p-24 / Double(scale) * 4
    return [
      .exact,
      .reference(try ReferenceResolution(amplitude: 1, learningRate: rate, batchSize: 64)),
      .reference(
        try ReferenceResolution(amplitude: 0.7, learningRate: 0.01, batchSize: 128, format: .bfloat16)),
      .tolerance(try CellWidths(scale / 3)),
      .perWeight(try CellWidths((0..<features).map { scale / Float(2 + $0 % 3) })),
    ]
  }

  /// Activations from 0, a third of them exactly 0, with some samples twice.
  func activations(
    samples: Int, features: Int, scale: Float, random: inout RandomStream
  ) throws -> ActivationMatrix {
    var rows: [[Float]] = []
    for sample in 0..<samples {
      if sample > 0, random.integer(below: 4) == 0 {
        rows.append(rows[random.integer(below: sample)])
      } else {
        rows.append((0..<features).map { _ in max(0, scale * random.uniform(in: -0.5..<1)) })
      }
    }
    return try ActivationMatrix(rows)
  }
}
