import Devices
import Verification
import XCTest

/// Numbers in (−1, 1) that are the same in every run.
func madeUp(_ count: Int, seed: Int) -> [Double] {
  (0..<count).map { sin(Double($0) * 12.9898 + Double(seed) * 78.233) }
}

func inner(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

/// Checks that `gradient` is that of `function` at `point`, by central differences along every axis.
func assertGradient(
  _ gradient: [Double], of function: ([Double]) -> Double, at point: [Double], tolerance: Double = 1e-6,
  _ message: String = "", file: StaticString = #filePath, line: UInt = #line
) {
  XCTAssertEqual(gradient.count, point.count, message, file: file, line: line)
  let step = 1e-5
  let scale = max(gradient.map(\.magnitude).max() ?? 0, 1e-3)
  for index in point.indices {
    var ahead = point
    var behind = point
    ahead[index] += step
    behind[index] -= step
    let slope = (function(ahead) - function(behind)) / (2 * step)
    XCTAssertEqual(
      gradient[index], slope, accuracy: tolerance * scale, "\(message) element \(index)", file: file,
      line: line)
  }
}
