import Pruning
import XCTest

final class GateSamplingTests: XCTestCase {
  private func masks(
    _ probabilities: [Double], rows: Int, seed: UInt64 = 3, epoch: Int = 2, step: Int = 5
  ) -> [Float] {
    var masks: [Float] = []
    GateSampling.masks(probabilities, rows: rows, seed: seed, epoch: epoch, step: step, into: &masks)
    return masks
  }

  func testProbabilitiesKeepAwayFromTheEndsUnlessFixed() {
    XCTAssertEqual(
      GateSampling.probabilities(
        [0, 0.01, 0.02, 0.5, 0.99, 1, 0, 1], isFixed: [false, false, false, false, false, false, true, true],
        exploration: 0.02),
      [0.02, 0.02, 0.02, 0.5, 0.98, 0.98, 0, 1])
    XCTAssertEqual(
      GateSampling.probabilities([0, 0.3, 1], isFixed: [false, false, false], exploration: 0), [0, 0.3, 1])
  }

  func testFrequenciesAreTheProbabilities() {
    let probabilities = [0.02, 0.1, 0.5, 0.77, 0.98, 0.999]
    let rows = 40_000
    let masks = masks(probabilities, rows: rows)
    XCTAssertEqual(masks.count, rows * probabilities.count)
    XCTAssertTrue(masks.allSatisfy { $0 == 0 || $0 == 1 })
    for (gate, probability) in probabilities.enumerated() {
      let ones = (0..<rows).count { masks[$0 * probabilities.count + gate] == 1 }
      let error = (probability * (1 - probability) / Double(rows)).squareRoot()
      XCTAssertEqual(Double(ones) / Double(rows), probability, accuracy: 5 * error)
    }
  }

  /// Pairs of gates in a row, of a gate in neighbouring rows, and in neighbouring steps, agree half of the time.
  func testGatesRowsAndStepsAreIndependent() {
    let count = 200
    let rows = 100
    let probabilities = [Double](repeating: 0.5, count: count)
    let (here, next) = (masks(probabilities, rows: rows), masks(probabilities, rows: rows, step: 6))
    func assertHalf(_ agreements: Int, of pairs: Int, line: UInt = #line) {
      let accuracy = 5 * (0.25 / Double(pairs)).squareRoot()
      XCTAssertEqual(Double(agreements) / Double(pairs), 0.5, accuracy: accuracy, line: line)
    }
    let pairs = count * rows
    assertHalf((1..<pairs).count { here[$0] == here[$0 - 1] }, of: pairs - 1)
    assertHalf((count..<pairs).count { here[$0] == here[$0 - count] }, of: pairs - count)
    assertHalf((0..<pairs).count { here[$0] == next[$0] }, of: pairs)
  }

  func testFixedGatesAreExactlyWhatTheyAre() {
    let masks = masks([0, 1, 0.5], rows: 10_000)
    for row in 0..<10_000 {
      XCTAssertEqual(masks[3 * row], 0)
      XCTAssertEqual(masks[3 * row + 1], 1)
    }
  }

  func testMasksAreAFunctionOfSeedEpochAndStep() {
    let probabilities = (1...64).map { Double($0) / 65 }
    let first = masks(probabilities, rows: 16)
    XCTAssertEqual(masks(probabilities, rows: 16), first)
    for (seed, epoch, step) in [(4, 2, 5), (3, 1, 5), (3, 2, 4), (3, 5, 2), (2, 3, 5)] {
      XCTAssertNotEqual(masks(probabilities, rows: 16, seed: UInt64(seed), epoch: epoch, step: step), first)
    }
    // The room that masks are written to, and what was in it, does not matter.
    var used = [Float](repeating: 7, count: 16 * 64)
    GateSampling.masks(probabilities, rows: 16, seed: 3, epoch: 2, step: 5, into: &used)
    XCTAssertEqual(used, first)
    used = [1, 2, 3]
    GateSampling.masks(probabilities, rows: 16, seed: 3, epoch: 2, step: 5, into: &used)
    XCTAssertEqual(used, first)
  }

  /// A gate that becomes likelier is 1 wherever it was: its word is compared with its probability.
  func testMasksGrowWithTheProbabilities() {
    let low = masks([0.1, 0.4, 0.6], rows: 500)
    let high = masks([0.2, 0.4, 0.9], rows: 500)
    XCTAssertTrue(zip(low, high).allSatisfy { $0 <= $1 })
    XCTAssertNotEqual(low, high)
  }
}
