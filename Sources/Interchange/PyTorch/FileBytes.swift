import Foundation

/// The bytes of a file, whose offsets count from 0, and the little-endian numbers in them. Nothing is read
/// beyond the end: what does not lie in the file is nil.
struct FileBytes {
  private let data: Data

  init(_ data: Data) { self.data = data }

  var count: Int { data.count }

  subscript(offset: Int) -> UInt8? {
    offset >= 0 && offset < count ? data[data.startIndex + offset] : nil
  }

  /// The bytes from `offset` on, which share the file's memory.
  func slice(at offset: Int, count: Int) -> Data? {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else { return nil }
    return data.dropFirst(offset).prefix(count)
  }

  func number<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type = Number.self) -> Number? {
    guard offset >= 0, offset <= count - MemoryLayout<Number>.size else { return nil }
    return data.withUnsafeBytes { bytes in
      Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
  }

  /// The number of eight bytes at `offset`, which is a size or an offset: nil also where it exceeds `Int`.
  func size(at offset: Int) -> Int? { number(at: offset, as: UInt64.self).flatMap { Int(exactly: $0) } }
}
