import Bundles
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
