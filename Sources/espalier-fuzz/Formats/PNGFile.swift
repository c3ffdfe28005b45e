/// PNG files for seeds and repairs.
enum PNGFile {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  static let headerByteCount = 13

  /// The file whose header's content and uncompressed rows `bytes` are, the former first.
  static func withContent(_ bytes: [UInt8]) -> [UInt8] {
    let rows = Array(bytes.dropFirst(headerByteCount))
    return signature + chunk("IHDR", bytes.prefix(headerByteCount)) + chunk("IDAT", Deflate.pack(rows, .zlib))
      + chunk("IEND", [])
  }

  /// The file with the checksums that its chunks call for, as far as there are chunks.
  static func withRightChecksums(_ file: [UInt8]) -> [UInt8] {
    var bytes = file
    var start = signature.count
    while start + 12 <= bytes.count {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = start + 8 + length
      guard end + 4 <= bytes.count else { break }
      bytes.replaceSubrange(end..<end + 4, with: bigEndian(Deflate.checksum(bytes[start + 4..<end])))
      start = end + 4
    }
    return bytes
  }

  static func chunk(_ name: String, _ content: some Collection<UInt8>) -> [UInt8] {
    let body = Array(name.utf8) + content
    return bigEndian(UInt32(content.count)) + body + bigEndian(Deflate.checksum(body))
  }

  static func bigEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}
