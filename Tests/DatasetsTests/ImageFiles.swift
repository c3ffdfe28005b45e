import Foundation
import XCTest

/// Images that belong to the tests; `tools/make-image-fixtures` makes them.
enum Fixture {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "Fixtures")

  static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  static func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent(name))
  }

  /// All images, by name.
  static func images() throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return names.filter { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") }.sorted()
  }

  /// What Pillow makes of an image.
  static func expected(_ name: String) throws -> PortablePixmap { try PortablePixmap(bytes("\(name).ppm")) }
}

/// A file with three bytes per pixel after a header of four words.
struct PortablePixmap {
  let width: Int
  let height: Int
  let pixels: [UInt8]

  init(_ file: Data) throws {
    let words = file.prefix(32).split(maxSplits: 4, whereSeparator: { $0 == 10 || $0 == 32 })
    let texts = words.prefix(4).map { String(decoding: $0, as: UTF8.self) }
    width = try XCTUnwrap(Int(texts[1]))
    height = try XCTUnwrap(Int(texts[2]))
    pixels = Array(file.suffix(3 * width * height))
    XCTAssertEqual(texts[0], "P6")
  }
}

/// A PNG file with pixels of shape [height, width, 3], not compressed.
func png(width: Int, height: Int, pixels: [UInt8]) -> Data {
  var rows: [UInt8] = []
  for row in 0..<height { rows += [0] + pixels[row * 3 * width..<(row + 1) * 3 * width] }
  let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 2, 0, 0, 0]
  return Data(
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", zlib(rows))
      + chunk("IEND", []))
}

/// A PNG file of a single colour.
func png(width: Int, height: Int, color: [UInt8]) -> Data {
  png(width: width, height: height, pixels: (0..<width * height).flatMap { _ in color })
}

/// Sets the checksum of every chunk of a PNG file to that of its content, as far as there are chunks.
func withRightChecksums(_ file: Data) -> Data {
  var bytes = [UInt8](file)
  var start = 8
  while start + 12 <= bytes.count {
    let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    guard start + 12 + length <= bytes.count else { break }
    let end = start + 8 + length
    bytes.replaceSubrange(end..<end + 4, with: bigEndian(crc32(bytes[start + 4..<end])))
    start = end + 4
  }
  return Data(bytes)
}

private func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
  let body = Array(name.utf8) + content
  return bigEndian(UInt32(content.count)) + body + bigEndian(crc32(body[...]))
}

/// A zlib stream of stored blocks.
private func zlib(_ content: [UInt8]) -> [UInt8] {
  var low: UInt32 = 1
  var high: UInt32 = 0
  for byte in content {
    low = (low + UInt32(byte)) % 65_521
    high = (high + low) % 65_521
  }
  return [0x78, 1] + storedBlocks(content) + bigEndian(high << 16 | low)
}
