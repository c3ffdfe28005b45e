import Bundles
import Randomness
import XCTest

final class ActivationHashTests: BundlesTestCase {
  private func key(_ values: [Float], order: [Int]? = nil) -> BundleKey {
    var hash = ActivationHash()
    for index in order ?? Array(values.indices) {
      hash.add(index: index, activation: values[index], word: values[index].bitPattern, zeroWord: 0)
    }
    return hash.key
  }

  /// From an implementation of its own in another language: what every device must give.
  /// What an element's change does to the sums is another thing at every place: else two changes could cancel.
  func testChangesDoNotCancel() throws {
    let changes: [(String, (Float) -> Float)] = [("sign", { -$0 }), ("4x", { 4 * $0 }), ("0", { _ in 0 })]
    for (name, change) in changes {
      for isInteger in [false, true] {
        var seen: Set<[UInt32]> = []
        var random = RandomStream(seed: 1, stream: .test)
        let places = 1 << 17
        for index in 0..<places {
          let value = isInteger ? Float(1 + random.integer(below: 1000)) : random.uniform(in: 0.01..<8)
          let (one, other) = (element(index, value), element(index, change(value)))
          // The fourth sum has 28 bits.
          seen.insert([
            one.first &- other.first, one.second &- other.second, one.third &- other.third,
            (one.fourth &- other.fourth) << 4,
          ])
        }
        XCTAssertEqual(seen.count, places, "\(name), integers: \(isInteger)")
      }
    }
    let pair = (element(2180, 125), element(2180, -125), element(3702, -1), element(3702, 1))
    XCTAssertNotEqual(pair.0.first &+ pair.2.first, pair.1.first &+ pair.3.first)
  }

  private func element(_ index: Int, _ value: Float) -> BundleKey {
    var hash = ActivationHash()
    hash.add(index: index, activation: value, word: value.bitPattern, zeroWord: 0)
    return hash.key
  }

  func testAgreedBits() {
    let rows: [(values: [Float], key: BundleKey)] = [
      ([], BundleKey(0, 0, 0, 0)),
      ([0], BundleKey(0x66a4_1c67, 0x69f9_046a, 0xce41_52e9, 0x064a_0996)),
      ([1], BundleKey(0xde78_9a6f, 0xb0d6_1051, 0xa77a_970a, 0x4491_1305)),
      ([0, 1], BundleKey(0x6715_1f81, 0xf765_c8c1, 0xc321_bf23, 0x40cc_2876)),
      ([1, 0], BundleKey(0x4b43_8e84, 0x9a76_72c0, 0xd136_20e3, 0x4a66_2894)),
      ([0.5, -2.25, 3e-7, 1024], BundleKey(0xf458_9336, 0x70c3_6ee1, 0xe003_b856, 0x4d76_5058)),
      (.init(repeating: 0, count: 1000), BundleKey(0x2a20_2486, 0x2dbe_e045, 0x1369_e77d, 0x072d_89ea)),
    ]
    for row in rows { XCTAssertEqual(key(row.values), row.key, "\(row.values.prefix(4))") }
  }

  func testTheOrderOfElementsMakesNoDifference() {
    var random = random()
    let values = (0..<257).map { _ in random.uniform(in: -1..<1) }
    let expected = key(values)
    for _ in 0..<50 {
      let order = random.shuffledIndices(count: values.count)
      XCTAssertEqual(key(values, order: order), expected)
    }
  }

  func testPartsAddUp() {
    var random = random()
    var values = (0..<200).map { _ in random.uniform(in: -1..<1) }
    values[150] = .infinity
    values[20] = .nan
    for _ in 0..<20 {
      var parts = [ActivationHash](repeating: ActivationHash(), count: 7)
      for (index, value) in values.enumerated() {
        parts[random.integer(below: 7)].add(
          index: index, activation: value, word: value.bitPattern, zeroWord: 0)
      }
      var whole = ActivationHash()
      for part in random.shuffledIndices(count: 7) { whole.merge(parts[part]) }
      XCTAssertEqual(whole.key, key(values))
    }
  }

  func testValuesThatTradePlacesAreDifferent() {
    XCTAssertNotEqual(key([1, 2]), key([2, 1]))
    XCTAssertNotEqual(key([0, 0, 1]), key([0, 1, 0]))
    XCTAssertNotEqual(key([0]), key([0, 0]))
  }

  /// Rows that differ in few bits of few elements, and rows of few small numbers: none collide, in no single word of the
  /// key more often than random words would.
  func testRegularRowsDoNotCollide() {
    var keys: [BundleKey] = []
    for element in 0..<64 {
      for bit in 0..<32 {
        var values = [Float](repeating: 0, count: 64)
        values[element] = Float(bitPattern: 1 << bit)
        keys.append(key(values))
      }
    }
    for number in 0..<6561 {
      var rest = number
      keys.append(
        key(
          (0..<8).map { _ in
            defer { rest /= 3 }
            // 0 would be among the rows above.
            return Float(rest % 3 + 1)
          }))
    }
    XCTAssertEqual(Set(keys).count, keys.count)
    let pairs = Double(keys.count * (keys.count - 1) / 2)
    for word in [\BundleKey.first, \.second, \.third] {
      let collisions = Double(keys.count - Set(keys.map { $0[keyPath: word] }).count)
      XCTAssertLessThan(collisions, 8 + 4 * pairs / 0x1p32)
    }
  }

  func testFlags() {
    XCTAssertTrue(key([0, 0, 0]).isZeroCell)
    XCTAssertFalse(key([0, 1e-30, 0]).isZeroCell)
    let large = key([0, .greatestFiniteMagnitude])
    XCTAssertFalse(large.hasInfinity || large.hasNotANumber)
    for infinity in [Float.infinity, -.infinity] {
      XCTAssertTrue(key([0, infinity]).hasInfinity)
      XCTAssertFalse(key([0, infinity]).hasNotANumber)
    }
    for nan in [Float.nan, -.nan, .signalingNaN, Float(bitPattern: 0x7f80_0001)] {
      XCTAssertTrue(key([0, nan]).hasNotANumber)
      XCTAssertFalse(key([0, nan]).hasInfinity)
    }
    // The highest bit stays free.
    var random = random()
    for _ in 0..<100 { XCTAssertEqual(key([random.uniform()]).fourth >> 31, 0) }
  }

  func testZeroIsWhatTheModelMakesOfIt() {
    var hash = ActivationHash()
    hash.add(index: 0, activation: 1e-9, word: 77, zeroWord: 77)
    XCTAssertTrue(hash.key.isZeroCell)
    hash.add(index: 1, activation: 0, word: 77, zeroWord: 78)
    XCTAssertFalse(hash.key.isZeroCell)
  }

  func testKeysHaveAnOrder() {
    let keys = [
      BundleKey(0, 0, 0, 1), BundleKey(0, 0, 1, 0), BundleKey(0, 1, 0, 0), BundleKey(1, 0, 0, 0),
      BundleKey(1, 0, 0, 5),
    ]
    XCTAssertEqual(keys.reversed().sorted(), keys)
  }
}
