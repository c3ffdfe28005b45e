import Foundation
import Probes
import Randomness
import XCTest

/// Helpers of this module's tests.
class ProbesTestCase: XCTestCase {
  func random(_ index: UInt64 = 0) -> RandomStream { RandomStream(seed: 17, stream: .test, index: index) }

  func normals(_ count: Int, _ index: UInt64 = 0) -> [Double] {
    var random = random(index)
    return (0..<count).map { _ in random.standardNormal() }
  }

  func floats(_ count: Int, _ index: UInt64 = 0) -> [Float] { normals(count, index).map(Float.init) }

  /// XXᵀ of a random n×(n+3) matrix.
  func positiveMatrix(_ n: Int, _ index: UInt64 = 0) -> [Double] {
    let x = normals(n * (n + 3), index)
    return (0..<(n * n)).map { place in
      (0..<(n + 3)).reduce(0) { $0 + x[place / n * (n + 3) + $1] * x[place % n * (n + 3) + $1] }
    }
  }

  func assertEqual(
    _ found: [Double], _ expected: [Double], accuracy: Double, _ message: String = "",
    file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertEqual(found.count, expected.count, message, file: file, line: line)
    for (place, pair) in zip(found, expected).enumerated()
    where !(abs(pair.0 - pair.1) <= accuracy) {
      XCTFail("\(message) [\(place)]: \(pair.0) is not \(pair.1)", file: file, line: line)
      return
    }
  }

  /// Images of two features per class that lie apart from those of other classes, and some noise.
  func separable(samples: Int, features: Int = 6, classes: Int = 3, _ index: UInt64 = 0) throws
    -> (table: FeatureTable, labels: [Int32])
  {
    let labels = (0..<samples).map { Int32($0 % classes) }
    var values = floats(samples * features, index).map { $0 / 4 }
    for sample in 0..<samples { values[sample * features + Int(labels[sample])] += 3 }
    return (try FeatureTable(features: features, values: values), labels)
  }
}
