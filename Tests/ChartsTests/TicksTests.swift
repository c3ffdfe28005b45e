import Charts
import Foundation
import XCTest

final class TicksTests: XCTestCase {
  private func ticks(
    _ low: Double, _ high: Double, scale: Axis.Scale = .linear, numbers: Axis.NumberStyle = .plain
  ) -> Ticks {
    Ticks(Domain(Axis(scale: scale, range: low...high), covering: []), style: numbers)
  }

  func testLinearTicksAreFewRoundAndInside() {
    for exponent in stride(from: -12, through: 12, by: 3) {
      for low in [-97.3, -1, 0, 0.013, 5, 73] {
        for span in [0.31, 1, 1.9, 2.4, 4.99, 7, 9.99] {
          let unit = pow(10, Double(exponent))
          let range = (low * unit)...((low + span) * unit)
          let ticks = ticks(range.lowerBound, range.upperBound)
          XCTAssertTrue((3...10).contains(ticks.values.count), "\(range): \(ticks.values)")
          XCTAssertEqual(Set(ticks.labels).count, ticks.values.count, "\(ticks.labels)")
          let slack = span * unit * 1e-9
          XCTAssertTrue(
            ticks.values.allSatisfy { $0 >= range.lowerBound - slack && $0 <= range.upperBound + slack })
          let step = ticks.values[1] - ticks.values[0]
          let mantissa = step / pow(10, (log10(step) + 1e-6).rounded(.down))
          XCTAssertTrue([1, 2, 5].contains { abs(mantissa - $0) < 1e-3 }, "step \(step)")
          for value in ticks.values {
            XCTAssertEqual((value / step).rounded(), value / step, accuracy: 1e-4, "\(value) by \(step)")
          }
        }
      }
    }
  }

  func testLinearTicksAreTheNearestNumbersToTheirDecimals() {
    XCTAssertEqual(ticks(0, 0.9).values, [0, 0.2, 0.4, 0.6, 0.8])
    XCTAssertEqual(ticks(0, 0.8).labels, ["0", "0.2", "0.4", "0.6", "0.8"])
    XCTAssertEqual(ticks(0.1, 0.35).values, [0.1, 0.15, 0.2, 0.25, 0.3, 0.35])
    XCTAssertEqual(ticks(0, 25e6).labels, ["0", "5M", "10M", "15M", "20M", "25M"])
    XCTAssertEqual(ticks(-1e-4, 1e-4).labels, ["−1.0e−4", "−0.5e−4", "0", "0.5e−4", "1.0e−4"])
  }

  func testPercentTicks() {
    XCTAssertEqual(ticks(0.9, 0.94, numbers: .percent).labels, ["90%", "91%", "92%", "93%", "94%"])
    XCTAssertEqual(ticks(0, 0.004, numbers: .percent).labels, ["0.0%", "0.1%", "0.2%", "0.3%", "0.4%"])
  }

  func testWholeTicksHaveNoFractions() {
    XCTAssertEqual(ticks(0, 3, numbers: .whole).labels, ["0", "1", "2", "3"])
    XCTAssertEqual(ticks(0, 3).labels, ["0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0"])
    XCTAssertEqual(ticks(0, 60, numbers: .whole).labels, ["0", "10", "20", "30", "40", "50", "60"])
  }

  func testLogarithmicTicksArePowersOfTenOrRoundMultiples() {
    XCTAssertEqual(ticks(1e-3, 1, scale: .logarithmic).values, [0.001, 0.01, 0.1, 1])
    XCTAssertEqual(ticks(3, 200, scale: .logarithmic).values, [5, 10, 20, 50, 100, 200])
    XCTAssertEqual(
      ticks(1e-6, 10e6, scale: .logarithmic).labels.prefix(5), ["1e−6", "1e−4", "0.01", "1", "100"])
    XCTAssertEqual(ticks(310, 390, scale: .logarithmic).values, [320, 340, 360, 380])
    XCTAssertEqual(ticks(1, 1000, scale: .logarithmic).minor.count, 24)
  }

  func testLogarithmicTicksAreFewAndInside() {
    for low in stride(from: -8.0, through: 8, by: 0.37) {
      for decades in [0.05, 0.3, 0.8, 1.2, 2.9, 3, 4.6, 11, 23] {
        let domain = Domain(
          Axis(scale: .logarithmic, range: pow(10, low)...pow(10, low + decades)), covering: [])
        let values = Ticks(domain, style: .plain).values
        XCTAssertTrue((3...10).contains(values.count), "\(low) + \(decades): \(values)")
        for value in values {
          XCTAssertTrue(log10(value) >= low - 1e-6 && log10(value) <= low + decades + 1e-6, "\(value)")
        }
      }
    }
  }

  func testDegenerateDomainsGetSomeLength() {
    for value in [0, 5, -3, 1e-9, 1e12, 1e299, .leastNonzeroMagnitude] {
      let domain = Domain(Axis(), covering: [value, value])
      XCTAssertTrue(domain.values.contains(value))
      XCTAssertLessThan(domain.low, domain.high)
      XCTAssertTrue((3...10).contains(Ticks(domain, style: .plain).values.count), "\(value)")
    }
    let logarithmic = Domain(Axis(scale: .logarithmic), covering: [50, 50])
    XCTAssertTrue(logarithmic.values.contains(50))
  }

  func testUnusableRangesAreFitted() {
    let fitted = Domain(Axis(scale: .logarithmic, range: 0...10), covering: [2, 8])
    XCTAssertEqual(fitted.values.lowerBound, 2, accuracy: 1e-9)
    XCTAssertEqual(Domain(Axis(range: 0...(.infinity)), covering: [2, 8]).values, 2...8)
    XCTAssertEqual(Domain(Axis(), covering: [.nan, 2, .infinity, 8, -.infinity]).values, 2...8)
  }

  func testPaddingDoesNotCrossZero() {
    XCTAssertEqual(Domain(Axis(), covering: [0.1, 10], padding: 0.1).low, 0)
    XCTAssertEqual(Domain(Axis(), covering: [-10, -5], padding: 0.1).values, -10.5 ... -4.5)
  }
}
