import Randomness

/// Changes valid files. Input `index` of a seed is always the same.
struct Mutator {
  /// Inputs do not grow beyond this.
  static let maximumByteCount = 1 << 16

  private var random: RandomStream
  private let tokens: [[UInt8]]

  /// - Parameters:
  ///   - stream: The number of the reader, so that readers get different inputs.
  ///   - tokens: Pieces of text or bytes that mean something in the format.
  init(seed: UInt64, stream: UInt32, index: Int, tokens: [[UInt8]]) {
    random = RandomStream(seed: seed, stream: .test, epoch: stream, index: UInt64(index))
    self.tokens = tokens
  }

  /// One of the seeds, of which there is at least one, with one change or, ever less often, more.
  mutating func changed(_ seeds: [[UInt8]]) -> [UInt8] {
    var bytes = pick(seeds)
    repeat { change(&bytes, seeds: seeds) } while random.integer(below: 2) > 0
    return bytes
  }

  /// True for five inputs of eight.
  mutating func isLikely() -> Bool { random.integer(below: 8) < 5 }

  /// One of the elements, of which there is at least one.
  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[random.integer(below: elements.count)]
  }

  private mutating func change(_ bytes: inout [UInt8], seeds: [[UInt8]]) {
    switch random.integer(below: 12) {
    case 0: flipBit(&bytes)
    case 1: overwriteByte(&bytes)
    case 2, 3: overwriteInteger(&bytes)
    case 4, 5: changeDecimal(&bytes)
    case 6: insert(pick(tokens.isEmpty ? [[0]] : tokens), in: &bytes)
    case 7: insert((0..<1 + random.integer(below: 16)).map { _ in byte() }, in: &bytes)
    case 8: deleteBlock(&bytes)
    case 9: duplicateBlock(&bytes)
    case 10: bytes.removeLast(random.integer(below: bytes.count + 1))
    default: splice(&bytes, with: pick(seeds))
    }
    if bytes.count > Self.maximumByteCount { bytes.removeLast(bytes.count - Self.maximumByteCount) }
  }

  private mutating func flipBit(_ bytes: inout [UInt8]) {
    guard let place = place(in: bytes) else { return }
    bytes[place] ^= 1 << UInt8(random.integer(below: 8))
  }

  private mutating func overwriteByte(_ bytes: inout [UInt8]) {
    guard let place = place(in: bytes) else { return }
    bytes[place] = byte()
  }

  /// Overwrites 1, 2, 4 or 8 bytes, in either order, with an interesting number or one near the number there.
  private mutating func overwriteInteger(_ bytes: inout [UInt8]) {
    let width = 1 << random.integer(below: 4)
    guard bytes.count >= width else { return }
    let start = random.integer(below: bytes.count - width + 1)
    let isBigEndian = random.integer(below: 2) == 0
    let places = (0..<width).map { isBigEndian ? start + width - 1 - $0 : start + $0 }
    let old = places.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[$1]) }
    let new = number(near: old, fileByteCount: bytes.count)
    for (digit, place) in places.enumerated() {
      bytes[place] = UInt8(truncatingIfNeeded: new >> UInt64(8 * digit))
    }
  }

  /// Replaces a number written in decimal digits.
  private mutating func changeDecimal(_ bytes: inout [UInt8]) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let place = place(in: bytes),
      let start = bytes[place...].firstIndex(where: digits.contains)
        ?? bytes.firstIndex(where: digits.contains)
    else { return }
    let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.count
    let old = bytes[start..<end].reduce(UInt64(0)) { $0 &* 10 &+ UInt64($1 - digits.lowerBound) }
    let new: String
    switch random.integer(below: 6) {
    case 0: new = pick(Self.oddNumbers)
    case 1: new = "-\(old)"
    case 2: new = String((0..<1 + random.integer(below: 30)).map { _ in pick(Array("0123456789")) })
    default: new = "\(number(near: old, fileByteCount: bytes.count))"
    }
    bytes.replaceSubrange(start..<end, with: Array(new.utf8))
  }

  private mutating func insert(_ piece: [UInt8], in bytes: inout [UInt8]) {
    bytes.insert(contentsOf: piece, at: random.integer(below: bytes.count + 1))
  }

  private mutating func deleteBlock(_ bytes: inout [UInt8]) {
    bytes.removeSubrange(block(of: bytes))
  }

  /// Repeats a block, mostly a few times, rarely many.
  private mutating func duplicateBlock(_ bytes: inout [UInt8]) {
    let block = block(of: bytes)
    guard !block.isEmpty else { return }
    let times =
      random.integer(below: 16) == 0 ? Self.maximumByteCount / block.count : 1 + random.integer(below: 4)
    let copies = Array(repeatElement(bytes[block], count: times).joined())
    bytes.insert(contentsOf: copies, at: random.integer(below: bytes.count + 1))
  }

  /// The beginning of one file with the end of another.
  private mutating func splice(_ bytes: inout [UInt8], with other: [UInt8]) {
    bytes.removeLast(random.integer(below: bytes.count + 1))
    bytes += other[random.integer(below: other.count + 1)...]
  }

  // MARK: - Draws

  private mutating func number(near old: UInt64, fileByteCount: Int) -> UInt64 {
    switch random.integer(below: 4) {
    case 0: return old &+ UInt64(1 + random.integer(below: 16))
    case 1: return old &- UInt64(1 + random.integer(below: 16))
    case 2: return UInt64(fileByteCount) &+ UInt64(random.integer(below: 17)) &- 8
    default: return pick(Self.interestingNumbers)
    }
  }

  private mutating func byte() -> UInt8 {
    random.integer(below: 3) == 0
      ? pick([0, 1, 0x0A, 0x20, 0x22, 0x7F, 0x80, 0xFF]) : UInt8(truncatingIfNeeded: random.nextWord())
  }

  private mutating func place(in bytes: [UInt8]) -> Int? {
    bytes.isEmpty ? nil : random.integer(below: bytes.count)
  }

  /// A part of the bytes: mostly short, in one of four cases of any length.
  private mutating func block(of bytes: [UInt8]) -> Range<Int> {
    let start = random.integer(below: bytes.count + 1)
    let longest = random.integer(below: 4) == 0 ? bytes.count - start : min(32, bytes.count - start)
    return start..<start + random.integer(below: longest + 1)
  }

  /// Where sizes and signs end, in every width.
  private static let interestingNumbers: [UInt64] = {
    let powers = [7, 8, 15, 16, 20, 24, 28, 30, 31, 32, 40, 47, 53, 61, 62, 63].map {
      UInt64(1) << UInt64($0)
    }
    return [0, 1, 2, .max, .max - 1] + powers.flatMap { [$0 - 1, $0, $0 + 1] }
  }()

  private static let oddNumbers = [
    "", "-1", "1e308", "1e-400", "1e999", "0.5", "00", "0x10", "1_000", "+1", "NaN", "Infinity",
    "9223372036854775808",
    "18446744073709551616", "340282366920938463463374607431768211456",
  ]
}
