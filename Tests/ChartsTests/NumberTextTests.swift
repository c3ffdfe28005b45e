import Charts
import XCTest

final class NumberTextTests: XCTestCase {
  func testShortNumbersHaveThreeDigits() {
    let expected: [(Double, String)] = [
      (0, "0"), (-0.0, "0"), (1, "1"), (0.5, "0.5"), (1536, "1536"), (-2.345, "−2.35"), (0.012345, "0.0123"),
      (99.96, "100"), (9999.6, "10k"), (12_345, "12.3k"), (999_950, "1M"), (25_557_032, "25.6M"),
      (4.1e9, "4.1G"), (1.2e-5, "1.2e−5"), (9.999e-4, "0.001"), (1e15, "1e15"), (-3.14159e20, "−3.14e20"),
      (.leastNonzeroMagnitude, "0"), (1.7e308, "1.7e308"), (.nan, "–"), (.infinity, "–"),
    ]
    for (value, text) in expected { XCTAssertEqual(NumberText.short(value), text, "\(value)") }
  }

  func testPercents() {
    XCTAssertEqual(NumberText.short(0.93421, style: .percent), "93.4%")
    XCTAssertEqual(NumberText.short(1, style: .percent), "100%")
    XCTAssertEqual(NumberText.short(-0.005, style: .percent), "−0.5%")
  }

  func testAlignedNumbersShareTheirDecimals() {
    XCTAssertEqual(
      NumberText.aligned([1, 1.25, 1.5], resolution: -2, style: .plain), ["1.00", "1.25", "1.50"])
    XCTAssertEqual(
      NumberText.aligned([-20_000, 0, 20_000], resolution: 4, style: .plain), ["−20k", "0", "20k"])
  }
}
