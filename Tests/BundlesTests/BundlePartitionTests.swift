import Bundles
import Randomness
import XCTest

final class BundlePartitionTests: BundlesTestCase {
  /// The hashes find what a walk over samples that compares all elements finds, and H and the ceiling are what their
  /// definitions say.
  func testHashesFindWhatTheLeaderLoopFinds() throws {
    var random = random()
    var mixed = 0
    for index in 0..<400 {
      let (samples, features) = (1 + random.integer(below: 40), 1 + random.integer(below: 9))
      let scale = Float([0.01, 1, 30][index % 3])
      let activations = try activations(samples: samples, features: features, scale: scale, random: &random)
      let labels = (0..<samples).map { _ in random.integer(below: 4) }
      for model in try models(scale: scale, features: features) {
        let leaders = try LeaderClustering.bundles(of: activations, resolution: model)
        let partition = try BundlePartition(keys: model.keys(of: activations), labels: labels)
        XCTAssertEqual(partition.bundleOfSample, leaders)
        XCTAssertEqual(partition.bundles, Set(leaders).count)
        let entropy = try XCTUnwrap(partition.entropy)
        XCTAssertEqual(entropy, self.entropy(bundles: leaders, labels: labels), accuracy: 1e-12)
        XCTAssertEqual(partition.isConflicting, entropy > 0)
        XCTAssertEqual(
          try XCTUnwrap(partition.accuracyCeiling), ceiling(leaders, labels), accuracy: 1e-12)
        mixed += entropy > 0 && Set(leaders).count > 1 ? 1 : 0
      }
    }
    // Most cases are neither all one nor all singletons.
    XCTAssertGreaterThan(mixed, 500)
  }

  private func ceiling(_ bundles: [Int], _ labels: [Int]) -> Double {
    let right = Set(bundles).reduce(0) { sum, bundle in
      let members = labels.indices.filter { bundles[$0] == bundle }.map { labels[$0] }
      return sum + (Set(members).map { label in members.count { $0 == label } }.max() ?? 0)
    }
    return Double(right) / Double(labels.count)
  }

  func testConstantsOfASingleBundle() throws {
    let pair = try partition([1, 1], [0, 1])
    XCTAssertEqual(try XCTUnwrap(pair.entropy), ln2, accuracy: 1e-14)
    // Four classes of seven and six of six.
    let labels = (0..<10).flatMap { [Int](repeating: $0, count: $0 < 4 ? 7 : 6) }
    let ten = try partition(.init(repeating: 3, count: 64), labels)
    XCTAssertEqual(try XCTUnwrap(ten.entropy), 2.299683, accuracy: 0.5e-6)
    XCTAssertEqual(ten.labelEntropy, try XCTUnwrap(ten.entropy))
    XCTAssertEqual(ten.accuracyCeiling, 7.0 / 64)
  }

  func testTheSmallestConflict() throws {
    for (samples, expected) in [(64, 0.02166), (512, 0.002708), (2048, 0.000677)] {
      var groups = (0..<samples).map { Float($0) }
      groups[1] = groups[0]
      let partition = try partition(groups, (0..<samples).map { $0 % 10 })
      let entropy = try XCTUnwrap(partition.entropy)
      XCTAssertEqual(entropy, expected, accuracy: 1e-5 * (samples == 64 ? 1 : 0.1))
      XCTAssertEqual(entropy, 2 * ln2 / Double(samples), accuracy: 1e-13)
      XCTAssertEqual(ConflictRule.smallestEntropy(samples: samples), entropy, accuracy: 1e-13)
      XCTAssertEqual(partition.mixedClasses, [MixedClasses(first: 0, second: 1, bundles: 1, samples: 2)])
    }
  }

  func testSingletonsAreExactly0() throws {
    for samples in [2, 7, 100, 1001] {
      let partition = try partition((0..<samples).map { Float($0) }, (0..<samples).map { $0 % 3 })
      XCTAssertEqual(partition.entropy, 0)
      XCTAssertEqual(partition.accuracyCeiling, 1)
      XCTAssertEqual(partition.bundles, samples)
      XCTAssertEqual(partition.status, .healthy)
      XCTAssertEqual(partition.conflictingBundles, [])
      XCTAssertEqual(partition.mixedClasses, [])
    }
  }

  func testPureBundlesAreExactly0() throws {
    let labels = (0..<999).map { $0 * $0 % 7 }
    XCTAssertEqual(try partition(labels.map { Float($0) }, labels).entropy, 0)
  }

  /// The order of samples, the names of classes and of bundles change no bit; duplicating all samples changes nothing.
  func testInvariances() throws {
    var random = random()
    for _ in 0..<50 {
      let samples = 1 + random.integer(below: 200)
      let groups = (0..<samples).map { _ in Float(random.integer(below: 30)) }
      let labels = (0..<samples).map { _ in random.integer(below: 5) }
      let partition = try partition(groups, labels)
      let order = random.shuffledIndices(count: samples)
      let permuted = try self.partition(order.map { 1000 - groups[$0] }, order.map { 17 - labels[$0] })
      XCTAssertEqual(permuted.entropy, partition.entropy)
      XCTAssertEqual(permuted.accuracyCeiling, partition.accuracyCeiling)
      XCTAssertEqual(permuted.bundles, partition.bundles)
      XCTAssertEqual(permuted.labelEntropy, partition.labelEntropy)
      let doubled = try self.partition(groups + groups, labels + labels)
      XCTAssertEqual(
        try XCTUnwrap(doubled.entropy), try XCTUnwrap(partition.entropy), accuracy: 1e-12)
      XCTAssertEqual(doubled.bundles, partition.bundles)
      XCTAssertLessThanOrEqual(try XCTUnwrap(partition.entropy), partition.labelEntropy + 1e-12)
    }
  }

  /// A layer is a function of the one before: what is equal stays equal.
  func testExactBundlesOnlyGrow() throws {
    for seed in 0..<10 {
      var random = RandomStream(seed: UInt64(seed), stream: .test)
      var (inputs, labels) = RandomPerceptron.blobs(
        samples: 60, features: 6, classes: 4, spread: 0.1, random: &random)
      // A third of the samples are images that are there already, most of them with another label.
      for sample in 40..<60 {
        inputs.replaceSubrange((sample * 6)..<(sample * 6 + 6), with: inputs[(sample * 3)..<(sample * 3 + 6)])
      }
      inputs = inputs.map { ($0 * 8).rounded() / 8 }
      labels[40] = (labels[20] + 1) % 4
      var network = RandomPerceptron(width: 3, inputs: inputs, samples: 60, random: random)
      var last = try measure(network.activations, labels, features: 6)
      for _ in 0..<30 {
        _ = network.advance()
        let next = try measure(network.activations, labels, features: 3)
        XCTAssertGreaterThanOrEqual(next.entropy, last.entropy - 1e-12)
        XCTAssertLessThanOrEqual(next.bundles, last.bundles)
        last = next
      }
      XCTAssertLessThan(last.bundles, 60)
    }
  }

  private func measure(
    _ activations: [Float], _ labels: [Int], features: Int
  ) throws -> (entropy: Double, bundles: Int) {
    let matrix = try ActivationMatrix(samples: labels.count, features: features, values: activations)
    let partition = try BundlePartition(keys: ResolutionModel.exact.keys(of: matrix), labels: labels)
    return (try XCTUnwrap(partition.entropy), try XCTUnwrap(partition.bundles))
  }

  /// In batches of any size, and from two devices.
  func testStreamedSamplesAreTheSame() throws {
    var random = random()
    let groups = (0..<500).map { _ in Float(random.integer(below: 60)) }
    let labels = (0..<500).map { _ in random.integer(below: 10) }
    let whole = try partition(groups, labels)
    let keys = try keys(groups)
    for batch in [1, 7, 64, 500] {
      var devices = [BundleCollector(), BundleCollector()]
      for start in stride(from: 0, to: 500, by: batch) {
        let range = start..<min(500, start + batch)
        // The first half is one device's.
        let device = start < 250 ? 0 : 1
        try devices[device].add(Array(keys[range]), labels: Array(labels[range]))
      }
      var all = devices[0]
      all.merge(devices[1])
      XCTAssertEqual(all.partition, whole)
    }
    var collector = BundleCollector()
    XCTAssertThrowsError(try collector.add(keys, labels: [1]))
    XCTAssertEqual(collector.partition.samples, 0)
    XCTAssertThrowsError(try BundlePartition(keys: keys, labels: [1]))
    XCTAssertThrowsError(try BundlePartition(grouping: [1], keys: keys, labels: [1]))
  }

  func testWhatIsMixed() throws {
    // Bundle 0: 3 of class 4, 2 of class 2, 1 of class 9. Bundle 1: pure. Bundle 2: one each of 2 and 4.
    let partition = try partition(
      [0, 0, 0, 0, 0, 0, 1, 1, 2, 2], [4, 4, 4, 2, 2, 9, 2, 2, 4, 2])
    XCTAssertEqual(
      partition.conflictingBundles,
      [
        ConflictingBundle(size: 6, labels: [4: 3, 2: 2, 9: 1]),
        ConflictingBundle(size: 2, labels: [4: 1, 2: 1]),
      ])
    XCTAssertEqual(
      partition.mixedClasses,
      [
        MixedClasses(first: 2, second: 4, bundles: 2, samples: 7),
        MixedClasses(first: 4, second: 9, bundles: 1, samples: 4),
        MixedClasses(first: 2, second: 9, bundles: 1, samples: 3),
      ])
    XCTAssertEqual(partition.accuracyCeiling, 0.6)
    let layer = LayerBundles(name: "a", partition, inputEntropy: 0.25, maximumPairs: 2)
    XCTAssertEqual(layer.conflictingClasses.count, 2)
    XCTAssertEqual(layer.conflictingBundles, 2)
    XCTAssertEqual(
      try XCTUnwrap(layer.entropyAboveInput), try XCTUnwrap(layer.entropy) - 0.25, accuracy: 1e-12)
  }
}
