import Datasets
import XCTest

final class IDXArrayTests: DatasetTestCase {
  private let content = idx([2, 3], [1, 2, 3, 4, 5, 6])

  func testReadsPlainAndCompressedFiles() throws {
    for bytes in [content, gzip(content), gzip(Array(content[..<5])) + gzip(Array(content[5...]))] {
      let array = try IDXArray(file: write(bytes, to: "array"))
      XCTAssertEqual(array.dimensions, [2, 3])
      XCTAssertEqual(array.elements, [1, 2, 3, 4, 5, 6])
    }
  }

  func testReadsMoreThanABlock() throws {
    let elements = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    for bytes in [idx([3_000_000], elements), gzip(idx([3_000_000], elements))] {
      XCTAssertEqual(try IDXArray(file: write(bytes, to: "array")).elements, elements)
    }
  }

  func testMissingFile() {
    let path = "\(directory)/none"
    assertThrows(.unreadable(file: path, reason: "No such file or directory")) { try IDXArray(file: path) }
  }

  func testDirectoryInsteadOfAFile() {
    assertThrows(.unreadable(file: directory, reason: "Is a directory")) { try IDXArray(file: directory) }
  }

  func testEveryTruncationIsNoticed() throws {
    for whole in [content, gzip(content)] {
      for length in 0..<whole.count {
        let path = try write(Array(whole[..<length]), to: "array")
        XCTAssertThrowsError(try IDXArray(file: path), "\(length) bytes") { error in
          guard case .malformed(path, _, nil, _, _) = error as? DatasetError else {
            return XCTFail("\(error)")
          }
        }
      }
    }
  }

  func testTruncationSaysWhere() throws {
    let path = try write(Array(content.dropLast(2)), to: "array")
    assertThrows(
      .malformed(
        file: path, byte: 16, record: nil, expected: "6 bytes of elements (2×3)",
        found: "the end after 4 of them")
    ) { try IDXArray(file: path) }
  }

  func testTrailingBytes() throws {
    for bytes in [content + [0], gzip(content + [0])] {
      let path = try write(bytes, to: "array")
      assertThrows(
        .malformed(
          file: path, byte: 18, record: nil, expected: "the end of the file after 2×3 elements",
          found: "more bytes")
      ) { try IDXArray(file: path) }
    }
  }

  func testWrongMagicNumber() throws {
    let path = try write([0x89, 0x50, 0x4E, 0x47, 0], to: "array")
    assertThrows(
      .malformed(
        file: path, byte: 0, record: nil, expected: "the IDX magic number 00 00 08 and a rank from 01",
        found: "89 50 4e 47")
    ) { try IDXArray(file: path) }
  }

  func testOtherElementTypes() throws {
    let path = try write([0, 0, 0x0D, 1, 0, 0, 0, 0], to: "array")
    assertThrows(
      .malformed(
        file: path, byte: 2, record: nil, expected: "IDX element type 08 (unsigned bytes)", found: "0d")
    ) { try IDXArray(file: path) }
  }

  func testDimensionsThatOverflow() throws {
    let path = try write(idx([.max, .max, .max], [1]), to: "array")
    assertThrows(
      .malformed(
        file: path, byte: 4, record: nil, expected: "dimensions whose product fits 63 bits",
        found: "4294967295×4294967295×4294967295")
    ) { try IDXArray(file: path) }
  }

  func testHugeClaimsTakeNoMemory() throws {
    let path = try write(gzip(idx([.max, 1 << 30], [1, 2])), to: "array")
    assertThrows(
      .malformed(
        file: path, byte: 14, record: nil,
        expected: "4611686017353646080 bytes of elements (4294967295×1073741824)",
        found: "the end after 2 of them")
    ) { try IDXArray(file: path) }
  }

  func testNothingIsReadBeyondWhatTheHeaderSays() throws {
    var bomb = gzip(content + [UInt8](repeating: 0, count: 1 << 20))
    bomb[bomb.count / 2] ^= 0xFF
    bomb.removeLast(100)
    let path = try write(bomb, to: "array")
    assertThrows(
      .malformed(
        file: path, byte: 18, record: nil, expected: "the end of the file after 2×3 elements",
        found: "more bytes")
    ) { try IDXArray(file: path) }
  }

  func testDamagedGzip() throws {
    let whole = gzip(content)
    for position in [0, 2, 10, 11, whole.count - 20, whole.count - 8, whole.count - 1] {
      var damaged = whole
      damaged[position] ^= 0x55
      let path = try write(damaged, to: "array")
      XCTAssertThrowsError(try IDXArray(file: path), "byte \(position)") { error in
        guard case .malformed(path, _, nil, _, _) = error as? DatasetError else { return XCTFail("\(error)") }
      }
    }
    let path = try write(gzip(content) + [1, 2, 3], to: "array")
    assertThrows(
      .malformed(
        file: path, byte: 18, record: nil, expected: "valid gzip data",
        found: "damage (incorrect header check)")
    ) { try IDXArray(file: path) }
  }
}
