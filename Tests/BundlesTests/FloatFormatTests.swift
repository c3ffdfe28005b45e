import Bundles
import Randomness
import XCTest

final class FloatFormatTests: BundlesTestCase {
  /// Ties, edges of octaves, the smallest and largest numbers, and numbers of all sizes.
  private var numbers: [Double] {
    var random = random()
    var numbers: [Double] = [0, 1, 65504, 65519.99, 65520, 65536, 0x1p-24, 0x1p-25, 0x1.8p-25, 0x1p-14]
    numbers += (0..<2000).map { _ in Double(Float(bitPattern: random.nextWord() & 0x7f7f_ffff)) }
    numbers += (0..<2000).map { _ in Double(random.uniform(in: 0..<0x1p-12)) }
    // Halfway between two neighbours of half precision.
    numbers += (0..<2000).map { _ in
      let bits = UInt16(random.integer(below: 0x7bff))
      return (Double(Float16(bitPattern: bits)) + Double(Float16(bitPattern: bits + 1))) / 2
    }
    return numbers + numbers.map { -$0 }
  }

  func testRoundingToHalfPrecision() {
    for number in numbers {
      XCTAssertEqual(FloatFormat.float16.rounded(number), Double(Float16(number)), "\(number)")
    }
  }

  /// The nearest of the two numbers around it that have eight bits.
  func testRoundingToBFloat16() {
    for number in numbers where number.isFinite {
      let single = Float(number)
      let low = Float(bitPattern: single.bitPattern & 0xffff_0000)
      let high = Float(bitPattern: (single.bitPattern & 0xffff_0000) &+ 0x1_0000)
      let (below, above) = (abs(number - Double(low)), abs(Double(high) - number))
      let isLowEven = low.bitPattern >> 16 & 1 == 0
      let expected = below < above || (below == above && isLowEven) ? low : high
      XCTAssertEqual(FloatFormat.bfloat16.rounded(number), Double(expected), "\(number)")
    }
  }

  func testSpacingIsTheGapTowardsZero() {
    for number in numbers {
      let half = Float16(number)
      if half.isFinite, half != 0 {
        let gap = Double(half.magnitude) - Double(half.magnitude.nextDown)
        XCTAssertEqual(FloatFormat.float16.spacing(below: Double(half)), gap, "\(half)")
      }
      let single = Float(number)
      if single != 0 {
        let gap = Double(single.magnitude) - Double(single.magnitude.nextDown)
        XCTAssertEqual(FloatFormat.float32.spacing(below: Double(single)), gap, "\(single)")
      }
      if number != 0 {
        XCTAssertEqual(
          FloatFormat.float64.spacing(below: number), number.magnitude - number.magnitude.nextDown)
      }
    }
    XCTAssertEqual(FloatFormat.bfloat16.spacing(below: 1), 0x1p-8)
    XCTAssertEqual(FloatFormat.bfloat16.spacing(below: -1.5), 0x1p-7)
  }

  func testSpacingAtTheEnds() {
    XCTAssertEqual(FloatFormat.float16.spacing(below: 0), 0x1p-24)
    XCTAssertEqual(FloatFormat.bfloat16.spacing(below: 0), 0x1p-133)
    XCTAssertEqual(FloatFormat.float32.spacing(below: 0), Double(Float.leastNonzeroMagnitude))
    XCTAssertEqual(FloatFormat.float64.spacing(below: 0), .leastNonzeroMagnitude)
    for format in FloatFormat.allCases {
      XCTAssertTrue(format.spacing(below: .nan).isNaN)
      XCTAssertTrue(format.spacing(below: .infinity).isNaN)
      XCTAssertTrue(format.rounded(.nan).isNaN)
      XCTAssertEqual(format.rounded(-.infinity), -.infinity)
      XCTAssertEqual(format.rounded(format.largest), format.largest)
    }
    XCTAssertEqual(FloatFormat.bfloat16.rounded(0x1.FFp127), .infinity)
  }
}
