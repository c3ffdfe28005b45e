import Bundles
import XCTest

final class ActivationMomentsTests: BundlesTestCase {
  private func moments(_ matrix: ActivationMatrix, batch: Int) throws -> ActivationMoments {
    var moments = ActivationMoments(features: matrix.features)
    for first in stride(from: 0, to: matrix.samples, by: batch) {
      let count = min(batch, matrix.samples - first)
      let range = (first * matrix.features)..<((first + count) * matrix.features)
      try moments.add(
        ActivationMatrix(samples: count, features: matrix.features, values: Array(matrix.values[range])))
    }
    return moments
  }

  func testPlainMoments() throws {
    var random = random()
    let matrix = try activations(samples: 50, features: 7, scale: 3, random: &random)
    let found = try moments(matrix, batch: 16)
    XCTAssertEqual(found.samples, 50)
    for (element, variance) in found.variances.enumerated() {
      let unit = (0..<50).map { Double(matrix.values[$0 * 7 + element]) }
      let mean = unit.reduce(0, +) / 50
      XCTAssertEqual(
        variance, unit.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 50, accuracy: 1e-12)
    }
    let square = matrix.values.reduce(0.0) { $0 + Double($1) * Double($1) } / 350
    XCTAssertEqual(found.rootMeanSquare, square.squareRoot(), accuracy: 1e-12)
    for batch in [1, 7, 50] { XCTAssertEqual(try moments(matrix, batch: batch), found) }
  }

  /// Nothing is lost where a unit hardly moves about a large value, and a constant one has exactly 0.
  func testUnitsFarFrom0() throws {
    let matrix = try ActivationMatrix((0..<64).map { [1e6 + Float($0 % 2), 1e7] })
    let found = try moments(matrix, batch: 10)
    XCTAssertEqual(found.variances, [0.25, 0])
  }

  func testScalesByPowersOf2AreExact() throws {
    var random = random()
    let matrix = try activations(samples: 20, features: 5, scale: 1, random: &random)
    let large = try ActivationMatrix(samples: 20, features: 5, values: matrix.values.map { $0 * 8 })
    let (one, other) = (try moments(matrix, batch: 20), try moments(large, batch: 20))
    XCTAssertEqual(other.rootMeanSquare, 8 * one.rootMeanSquare)
    XCTAssertEqual(try other.cells(share: 0.1).widths, try one.cells(share: 0.1).widths.map { $0 * 8 })
    let keys = try ResolutionModel.tolerance(one.cells(share: 0.1)).keys(of: matrix)
    XCTAssertEqual(try ResolutionModel.tolerance(other.cells(share: 0.1)).keys(of: large), keys)
  }

  func testDegenerateActivations() throws {
    let broken = try moments(ActivationMatrix([[1, .nan, 2], [3, 1, .infinity]]), batch: 2)
    XCTAssertEqual(broken.variances[0], 1)
    XCTAssertFalse(broken.variances[1].isFinite || broken.variances[2].isFinite)
    XCTAssertEqual(broken.rootMeanSquare, 5.0.squareRoot(), "of the unit that is finite")
    let dead = try moments(ActivationMatrix([[0, 0], [0, 0]]), batch: 2)
    XCTAssertEqual(dead.rootMeanSquare, 0)
    XCTAssertGreaterThan(try dead.cells(share: 0.1).widths[0], 0)
    let none = ActivationMoments(features: 3)
    XCTAssertEqual(none.variances, [])
    XCTAssertEqual(none.rootMeanSquare, 0)
    var wrong = none
    XCTAssertThrowsError(try wrong.add(ActivationMatrix([[1, 2]])))
    for share in [0, -1, .nan, .infinity] as [Float] { XCTAssertThrowsError(try dead.cells(share: share)) }
  }
}
