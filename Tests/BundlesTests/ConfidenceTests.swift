import Bundles
import Randomness
import XCTest

final class ConfidenceTests: BundlesTestCase {
  private func layer(_ entropy: Double?, above: Double? = nil, samples: Int = 64) throws -> LayerBundles {
    var layer = LayerBundles(
      name: "x", try partition((0..<samples).map { Float($0) }, (0..<samples).map { $0 % 2 }),
      inputEntropy: nil)
    layer.entropy = entropy
    layer.entropyAboveInput = above
    return layer
  }

  func testOnePairIsNotEnough() throws {
    let pair = 2 * ln2 / 64
    let rule = try ConflictRule()
    XCTAssertEqual(try rule.verdict([layer(pair)]), .notConflicting)
    XCTAssertEqual(try rule.verdict([layer(1.5 * pair)]), .conflicting)
    XCTAssertEqual(try rule.verdict([layer(2 * pair, above: pair)]), .notConflicting)
    XCTAssertEqual(try rule.verdict([layer(0)]), .notConflicting)
    XCTAssertEqual(try rule.verdict([layer(1, above: -0.1)]), .notConflicting)
    XCTAssertEqual(try ConflictRule.published.verdict([layer(pair)]), .conflicting)
    XCTAssertEqual(try ConflictRule.published.verdict([layer(0)]), .notConflicting)
    XCTAssertEqual(try ConflictRule(threshold: 0.5).verdict([layer(0.4)]), .notConflicting)
    XCTAssertEqual(try ConflictRule(threshold: 0.5).verdict([layer(0.6)]), .conflicting)
  }

  func testSeveralDraws() throws {
    let rule = try ConflictRule(required: 2, draws: 3)
    let (yes, no, unknown) = (try layer(0.5), try layer(0), try layer(nil))
    XCTAssertEqual(try rule.verdict([yes, no, no]), .notConflicting)
    XCTAssertEqual(try rule.verdict([yes, no, yes]), .conflicting)
    XCTAssertEqual(try rule.verdict([yes, unknown, yes]), .conflicting)
    XCTAssertEqual(try rule.verdict([yes, unknown, no]), .unknown)
    XCTAssertEqual(try rule.verdict([no, unknown, no]), .notConflicting)
    XCTAssertThrowsError(try rule.verdict([yes]))
    for (required, draws) in [(0, 1), (2, 1), (1, 0), (-1, -1)] {
      XCTAssertThrowsError(try ConflictRule(required: required, draws: draws))
    }
    for threshold in [-1, .nan, .infinity] { XCTAssertThrowsError(try ConflictRule(threshold: threshold)) }
  }

  /// The mean and shares of all permutations, of a case small enough to count them: a pair in one bundle and two single
  /// samples, two labels each. A pair of the same label has a chance of 1/3.
  func testPermutationsOfASmallCase() throws {
    var random = random()
    let mixed = try XCTUnwrap(
      PermutationNull.estimate(partition([0, 0, 1, 2], [0, 1, 0, 1]), draws: 4000, random: &random))
    let pair = 2 * ln2 / 4
    let deviation = pair * (2.0 / 9).squareRoot()
    XCTAssertEqual(mixed.mean, pair * 2 / 3, accuracy: 5 * deviation / 4000.0.squareRoot())
    XCTAssertEqual(mixed.standardDeviation, deviation, accuracy: 0.01)
    XCTAssertEqual(mixed.shareUpTo, 1)
    XCTAssertEqual(mixed.shareFrom, 2.0 / 3, accuracy: 0.04)
    let pure = try XCTUnwrap(
      PermutationNull.estimate(partition([0, 0, 1, 2], [0, 0, 1, 1]), draws: 4000, random: &random))
    XCTAssertEqual(pure.shareUpTo, 1.0 / 3, accuracy: 0.04)
    XCTAssertEqual(pure.shareFrom, 1)
  }

  /// Bundles that keep to classes are told from bundles that have nothing to do with them.
  func testPermutationsTellWhetherBundlesKnowClasses() throws {
    var random = random()
    let labels = (0..<300).map { $0 % 3 }
    let classes = try XCTUnwrap(
      PermutationNull.estimate(partition(labels.map { Float($0) }, labels), random: &random))
    XCTAssertEqual(classes.shareUpTo, 1.0 / 201)
    let blind = try partition(labels.map { _ in Float(random.integer(below: 40)) }, labels)
    let null = try XCTUnwrap(PermutationNull.estimate(blind, draws: 500, random: &random))
    XCTAssertEqual(
      null.mean, try XCTUnwrap(blind.entropy), accuracy: 4 * null.standardDeviation)
    XCTAssertGreaterThan(null.standardDeviation, 0)
    let singles = try partition(labels.indices.map { Float($0) }, labels)
    let none = try XCTUnwrap(PermutationNull.estimate(singles, random: &random))
    XCTAssertEqual([none.mean, none.standardDeviation], [0, 0])
    XCTAssertEqual([none.shareUpTo, none.shareFrom], [1, 1])
  }

  func testEqualStreamsGiveEqualResults() throws {
    var draw = random()
    let partition = try partition(
      (0..<100).map { _ in Float(draw.integer(below: 20)) }, (0..<100).map { $0 % 4 })
    var (one, other, third) = (random(3), random(3), random(4))
    XCTAssertEqual(
      try PermutationNull.estimate(partition, random: &one),
      try PermutationNull.estimate(partition, random: &other))
    let interval = try BootstrapInterval.estimate(partition, random: &one)
    XCTAssertEqual(interval, try BootstrapInterval.estimate(partition, random: &other))
    XCTAssertNotEqual(interval, try BootstrapInterval.estimate(partition, random: &third))
  }

  /// Half of the samples in one bundle of two even classes: H is ln 2 times the share of samples drawn from it, nearly,
  /// which has a standard deviation of ½ / √N.
  func testTheBootstrapSpreadsAsTheBinomialDistribution() throws {
    var random = random()
    let samples = 400
    let partition = try partition(
      (0..<samples).map { $0 < samples / 2 ? 0 : Float($0) }, (0..<samples).map { $0 % 2 })
    let interval = try XCTUnwrap(BootstrapInterval.estimate(partition, draws: 2000, random: &random))
    let half = 1.96 * 0.5 / Double(samples).squareRoot()
    XCTAssertEqual(interval.lower, (0.5 - half) * ln2, accuracy: 0.008)
    XCTAssertEqual(interval.upper, (0.5 + half) * ln2, accuracy: 0.008)
    XCTAssertTrue((interval.lower...interval.upper).contains(try XCTUnwrap(partition.entropy)))
    let narrow = try XCTUnwrap(
      BootstrapInterval.estimate(partition, draws: 2000, level: 0.5, random: &random))
    XCTAssertEqual(
      (narrow.upper - narrow.lower) / (interval.upper - interval.lower), 0.6745 / 1.96, accuracy: 0.05)
  }

  /// What an image is at the input and at a layer, and its label.
  private typealias Image = (input: Float, layer: Float, label: Int)

  private func difference(
    _ images: [Image]
  ) throws -> (layer: BundlePartition, input: BundlePartition, value: Double) {
    let labels = images.map(\.label)
    let (layer, input) = (
      try partition(images.map(\.layer), labels), try partition(images.map(\.input), labels)
    )
    return (layer, input, try XCTUnwrap(layer.entropy) - XCTUnwrap(input.entropy))
  }

  /// Samples are drawn from a known population again and again: 95 % of the intervals, or somewhat more, hold the mean of
  /// H − H⁰ over such samples, and they are not much wider than its spread asks for.
  func testPairedIntervalsHoldTheMean() throws {
    let populations: [(String, (inout RandomStream) -> Image)] = [
      (
        "large bundles of images that have several labels themselves",
        { random in
          let image = random.integer(below: 30)
          let label = random.integer(below: 5) == 0 ? random.integer(below: 3) : image % 3
          return (Float(image), Float(image % 4), label)
        }
      ),
      (
        "few pairs of images of one label each",
        { random in
          let image = random.integer(below: 2000)
          return (Float(image), Float(image / 2), image % 7)
        }
      ),
    ]
    for (name, draw) in populations {
      var random = random(7)
      func sample() -> [Image] { (0..<200).map { _ in draw(&random) } }
      let values = try (0..<1500).map { _ in try difference(sample()).value }
      let mean = values.reduce(0, +) / Double(values.count)
      let spread = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
      var (covered, width) = (0, 0.0)
      for index in 0..<200 {
        let (layer, input, value) = try difference(sample())
        var stream = self.random(UInt64(1000 + index))
        let interval = try XCTUnwrap(
          BootstrapInterval.estimate(layer, above: input, draws: 200, random: &stream))
        XCTAssertTrue((interval.lower...interval.upper).contains(value), name)
        covered += interval.lower <= mean && mean <= interval.upper ? 1 : 0
        width += (interval.upper - interval.lower) / 200
      }
      XCTAssertGreaterThanOrEqual(covered, 180, name)
      XCTAssertLessThan(width, 1.7 * 2 * 1.96 * spread, name)
    }
  }

  /// Where a layer has the input's bundles, the difference is 0 in every draw, though H itself is not.
  func testEqualBundlesHaveNoDifference() throws {
    var random = random()
    let labels = (0..<60).map { $0 % 4 }
    let input = try partition((0..<60).map { Float($0 / 2) }, labels)
    let paired = try XCTUnwrap(BootstrapInterval.estimate(input, above: input, random: &random))
    XCTAssertEqual([paired.lower, paired.upper], [0, 0])
    XCTAssertGreaterThan(try XCTUnwrap(BootstrapInterval.estimate(input, random: &random)).upper, 0)
    // A layer that separates what the input joins.
    let apart = try partition((0..<60).map { Float($0) }, labels)
    let below = try XCTUnwrap(BootstrapInterval.estimate(apart, above: input, random: &random))
    XCTAssertLessThan(below.lower, 0)
    XCTAssertLessThanOrEqual(below.upper, 0)
    XCTAssertThrowsError(
      try BootstrapInterval.estimate(partition([1], [0]), above: input, random: &random))
    let broken = try partition([.nan] + (1..<60).map { Float($0) }, labels)
    XCTAssertNil(try BootstrapInterval.estimate(apart, above: broken, random: &random))
  }

  func testLayersGetConfidence() throws {
    let labels = (0..<40).map { $0 % 2 }
    let input = try partition(labels.indices.map { Float($0) }, labels)
    func layer(_ groups: [Float]) throws -> LayerBundles {
      let found = try partition(groups, labels)
      var layer = LayerBundles(name: "x", found, inputEntropy: 0)
      try layer.estimateConfidence(found, above: input)
      return layer
    }
    let single = try layer(labels.indices.map { Float($0) })
    XCTAssertEqual(single.confidence.map { [$0.lower, $0.upper] }, [0, 0])
    XCTAssertNil(single.permutation)
    let pure = try layer(labels.map { Float($0) })
    XCTAssertEqual(pure.permutation?.finding, .keepsToClasses)
    let mixed = try layer(labels.indices.map { Float($0 / 2) })
    XCTAssertEqual(mixed.permutation?.finding, .mixesClasses)
    XCTAssertEqual(try XCTUnwrap(mixed.confidence?.upper), ln2, accuracy: 1e-12, "the most of two classes")
    // Bundles of 8 with 3 to 5 of a label.
    let ends = [[4, 9, 12, 17, 20], [4, 7, 12, 15, 20]]
    let blind = try layer(
      labels.indices.map { image in Float(ends[labels[image]].count { $0 <= image / 2 }) })
    XCTAssertEqual(blind.permutation?.finding, .byChance)
    XCTAssertNil(try layer(labels.map { _ in 0 }).permutation?.finding, "one bundle")
    XCTAssertEqual(try layer(labels.indices.map { Float($0 / 2) }), mixed)
  }

  func testNoConflictsGiveAnIntervalOf0() throws {
    var random = random()
    let interval = try XCTUnwrap(
      BootstrapInterval.estimate(partition([1, 2, 3], [0, 1, 2]), random: &random))
    XCTAssertEqual([interval.lower, interval.upper], [0, 0])
  }

  func testWithoutNumbersThereIsNoConfidence() throws {
    var random = random()
    for partition in [try partition([.nan, 1], [0, 1]), try BundlePartition(keys: [], labels: [])] {
      XCTAssertNil(try PermutationNull.estimate(partition, random: &random))
      XCTAssertNil(try BootstrapInterval.estimate(partition, random: &random))
    }
    let partition = try partition([1], [0])
    XCTAssertThrowsError(try PermutationNull.estimate(partition, draws: 0, random: &random))
    XCTAssertThrowsError(try BootstrapInterval.estimate(partition, draws: 0, random: &random))
    for level in [0, 1, .nan] {
      XCTAssertThrowsError(try BootstrapInterval.estimate(partition, level: level, random: &random))
    }
  }

  func testTheTimeIntegralIsAMean() {
    XCTAssertEqual(TimeIntegral.mean([0.5, 0.25, 0]), 0.25)
    XCTAssertEqual(TimeIntegral.mean([1.5]), 1.5)
    XCTAssertNil(TimeIntegral.mean([]))
    XCTAssertNil(TimeIntegral.mean([0.5, nil, 0.25]))
  }

  func testResultsSurviveJSON() throws {
    let layer = LayerBundles(
      name: "block", try partition([0, 0, 1, 1, 2], [0, 1, 2, 2, 1]), inputEntropy: 0)
    let broken = LayerBundles(name: "nan", try partition([.nan], [0]), inputEntropy: 0)
    let copy = try JSONDecoder().decode(
      [LayerBundles].self, from: JSONEncoder().encode([layer, broken]))
    XCTAssertEqual(copy, [layer, broken])
  }
}
