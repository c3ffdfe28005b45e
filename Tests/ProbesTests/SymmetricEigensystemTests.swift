import Foundation
import Probes
import XCTest

/// Eigenvalues and eigenvectors against what is known, and what they must satisfy.
final class SymmetricEigensystemTests: ProbesTestCase {
  /// 2 on the diagonal and −1 beside it: λ_k = 2 − 2 cos(kπ/(n+1)).
  func testAnalyticEigenvalues() throws {
    for n in [1, 2, 3, 15, 16, 17, 64] {
      var matrix = [Double](repeating: 0, count: n * n)
      for row in 0..<n {
        matrix[row * n + row] = 2
        if row > 0 { (matrix[row * n + row - 1], matrix[(row - 1) * n + row]) = (-1, -1) }
      }
      let found = try XCTUnwrap(try SymmetricEigensystem(matrix, order: n))
      let expected = (1...n).map { 2 - 2 * cos(Double(n + 1 - $0) * .pi / Double(n + 1)) }
      assertEqual(found.values, expected, accuracy: 1e-13, "n = \(n)")
      XCTAssertTrue(found.vectors.isEmpty)
    }
  }

  func testEqualEigenvalues() throws {
    // I + 11ᵀ: n + 1 once, 1 else.
    let n = 9
    let matrix = (0..<(n * n)).map { $0 / n == $0 % n ? 2.0 : 1.0 }
    let found = try XCTUnwrap(try SymmetricEigensystem(matrix, order: n))
    assertEqual(found.values, [10] + [Double](repeating: 1, count: n - 1), accuracy: 1e-13)
    let identity = (0..<(n * n)).map { $0 / n == $0 % n ? 3.0 : 0.0 }
    assertEqual(
      try XCTUnwrap(try SymmetricEigensystem(identity, order: n)).values,
      [Double](repeating: 3, count: n), accuracy: 0)
  }

  func testVectorsAreOrthogonalAndRebuildTheMatrix() throws {
    for n in [1, 2, 15, 16, 17, 64] {
      let matrix = positiveMatrix(n, UInt64(n))
      let found = try XCTUnwrap(try SymmetricEigensystem(matrix, order: n, withVectors: true))
      XCTAssertEqual(found.values, found.values.sorted(by: >))
      let scale = found.values[0]
      let products = (0..<(n * n)).map { place in
        (0..<n).reduce(0.0) { $0 + found.vectors[place / n * n + $1] * found.vectors[place % n * n + $1] }
      }
      assertEqual(
        products, (0..<(n * n)).map { $0 / n == $0 % n ? 1 : 0 }, accuracy: 1e-12, "orthogonal, n = \(n)")
      let rebuilt = (0..<(n * n)).map { place in
        (0..<n).reduce(0.0) {
          $0 + found.values[$1] * found.vectors[$1 * n + place / n] * found.vectors[$1 * n + place % n]
        }
      }
      assertEqual(rebuilt, matrix, accuracy: 1e-12 * scale, "rebuilt, n = \(n)")
      let valuesAlone = try XCTUnwrap(try SymmetricEigensystem(matrix, order: n)).values
      assertEqual(valuesAlone, found.values, accuracy: 1e-12 * scale, "n = \(n)")
    }
  }

  /// Few directions among many, as dead channels leave them, at any size of numbers.
  func testLowRankAndExtremeScales() throws {
    let (n, rank) = (40, 3)
    let x = normals(n * rank, 3)
    for scale in [1.0, 1e-200, 1e200] {
      let matrix = (0..<(n * n)).map { place in
        scale * (0..<rank).reduce(0) { $0 + x[place / n * rank + $1] * x[place % n * rank + $1] }
      }
      let found = try XCTUnwrap(try SymmetricEigensystem(matrix, order: n)).values
      XCTAssertGreaterThan(found[rank - 1], scale)
      assertEqual(
        Array(found.dropFirst(rank)).map { $0 / found[0] }, [Double](repeating: 0, count: n - rank),
        accuracy: 1e-14)
      let trace = (0..<n).reduce(0) { $0 + matrix[$1 * n + $1] }
      XCTAssertEqual(found.reduce(0, +) / trace, 1, accuracy: 1e-12)
    }
    assertEqual(
      try XCTUnwrap(try SymmetricEigensystem([0, 0, 0, 0], order: 2)).values, [0, 0], accuracy: 0)
  }

  func testBadInput() throws {
    XCTAssertNil(try SymmetricEigensystem([1, .nan, .nan, 1], order: 2))
    XCTAssertNil(try SymmetricEigensystem([.infinity], order: 1))
    XCTAssertThrowsError(try SymmetricEigensystem([1, 2, 3], order: 2)) {
      XCTAssertTrue("\($0)".contains("expected 4"), "\($0)")
    }
    XCTAssertThrowsError(try SymmetricEigensystem([], order: 0))
  }
}
