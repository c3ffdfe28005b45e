import Foundation
import Randomness
import XCTest

final class DistributionTests: XCTestCase {
  private var random = RandomStream(seed: 2026, stream: .test)

  func testUniformHasTheMomentsOfTheUnitInterval() {
    let values = (0..<100_000).map { _ in Double(random.uniform()) }
    XCTAssertTrue(values.allSatisfy { (0..<1).contains($0) })
    XCTAssertEqual(mean(values), 0.5, accuracy: 0.004)
    XCTAssertEqual(variance(values), 1.0 / 12, accuracy: 0.002)
  }

  func testUniformStaysInItsRange() {
    let range: Range<Float> = 1..<Float(1).nextUp
    for _ in 0..<100 { XCTAssertTrue(range.contains(random.uniform(in: range))) }
    let values = (0..<10_000).map { _ in Double(random.uniform(in: -3..<5)) }
    XCTAssertTrue(values.allSatisfy { (-3..<5).contains($0) })
    XCTAssertEqual(mean(values), 1, accuracy: 0.1)
  }

  func testIntegersAreEquallyLikely() {
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[random.integer(below: 7)] += 1 }
    for count in counts { XCTAssertEqual(Double(count), 10_000, accuracy: 400) }
    XCTAssertEqual(random.integer(below: 1), 0)
  }

  func testIntegersWithALargeBoundStayBelowIt() {
    let bound = Int.max / 3 * 2 + 1
    let values = (0..<10_000).map { _ in random.integer(below: bound) }
    XCTAssertTrue(values.allSatisfy { (0..<bound).contains($0) })
    XCTAssertEqual(Double(values.filter { $0 < bound / 2 }.count), 5_000, accuracy: 250)
  }

  func testNormalsHaveTheMomentsOfTheStandardNormal() {
    let values = (0..<200_000).map { _ in random.standardNormal() }
    XCTAssertEqual(mean(values), 0, accuracy: 0.01)
    XCTAssertEqual(variance(values), 1, accuracy: 0.015)
    XCTAssertEqual(mean(values.map { $0 * $0 * $0 }), 0, accuracy: 0.05)
    XCTAssertEqual(mean(values.map { $0 * $0 * $0 * $0 }), 3, accuracy: 0.1)
    XCTAssertEqual(Double(values.filter { abs($0) < 1 }.count) / 200_000, 0.6827, accuracy: 0.005)
  }

  func testNormalsAreBoxMullerOfTheStreamsWords() {
    var words = RandomStream(seed: 5, stream: .test)
    var normals = RandomStream(seed: 5, stream: .test)
    for _ in 0..<20_000 {
      let positive = Double((words.next() >> 11) + 1) * 0x1p-53
      let angle = 2 * Double.pi * Double(words.next() >> 11) * 0x1p-53
      let radius = (-2 * log(positive)).squareRoot()
      XCTAssertEqual(normals.standardNormal(), radius * cos(angle), accuracy: 1e-14)
      XCTAssertEqual(normals.standardNormal(), radius * sin(angle), accuracy: 1e-14)
    }
  }

  func testNormalsKeepTheirBits() {
    var random = RandomStream(seed: 42, stream: .initialisation)
    let bits = (0..<4).map { _ in random.standardNormal().bitPattern }
    XCTAssertEqual(
      bits, [0x3FF2_6764_F29F_87A7, 0xBFD0_6B3B_2296_755C, 0x3FC0_B2F7_AB98_0A05, 0x3F6E_FD71_ED72_BDEA])
  }

  func testShuffledIndicesArePermutations() {
    XCTAssertEqual(random.shuffledIndices(count: 0), [])
    XCTAssertEqual(random.shuffledIndices(count: 1), [0])
    let order = random.shuffledIndices(count: 1_000)
    XCTAssertNotEqual(order, Array(0..<1_000))
    XCTAssertEqual(order.sorted(), Array(0..<1_000))
  }

  func testEveryOrderIsEquallyLikely() {
    var counts: [[Int]: Int] = [:]
    for _ in 0..<24_000 { counts[random.shuffledIndices(count: 4), default: 0] += 1 }
    XCTAssertEqual(counts.count, 24)
    for count in counts.values { XCTAssertEqual(Double(count), 1_000, accuracy: 150) }
  }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  private func variance(_ values: [Double]) -> Double {
    let center = mean(values)
    return mean(values.map { ($0 - center) * ($0 - center) })
  }
}
