import Foundation

/// The central directory at the end of a zip archive.
struct ZipDirectory {
  private let bytes: FileBytes
  private let offset: Int
  private let end: Int
  private let count: Int

  private static let endSignature: UInt32 = 0x0605_4b50
  private static let endByteCount = 22
  private static let locatorSignature: UInt32 = 0x0706_4b50
  private static let locatorByteCount = 20
  private static let largeEndSignature: UInt32 = 0x0606_4b50
  private static let entrySignature: UInt32 = 0x0201_4b50
  private static let entryByteCount = 46

  init(_ bytes: FileBytes) throws(PyTorchFileError) {
    let record = try Self.endRecord(of: bytes)
    guard record.offset <= record.position, record.byteCount <= record.position - record.offset,
      record.count <= record.byteCount / Self.entryByteCount
    else {
      throw PyTorchFileError(
        .malformed(
          offset: record.position, expected: "a directory within the archive",
          found: "\(record.count) entries in \(record.byteCount) bytes at \(record.offset)"))
    }
    self.bytes = bytes
    offset = record.offset
    end = record.offset + record.byteCount
    count = record.count
  }

  /// Every entry in order.
  func members() throws(PyTorchFileError) -> [ZipArchive.Member] {
    var members: [ZipArchive.Member] = []
    members.reserveCapacity(count)
    var position = offset
    for _ in 0..<count {
      let (member, next) = try member(at: position)
      members.append(member)
      position = next
    }
    guard position == end else {
      throw PyTorchFileError(
        .malformed(offset: position, expected: "the end of the directory", found: "more of it"))
    }
    return members
  }

  // MARK: - The end of the archive

  private struct EndRecord {
    /// Where the record itself lies.
    let position: Int
    let count: Int
    let byteCount: Int
    let offset: Int
  }

  /// The record that ends the archive, or its long form before it if that exists.
  private static func endRecord(of bytes: FileBytes) throws(PyTorchFileError) -> EndRecord {
    let last = bytes.count - endByteCount
    let first = max(0, last - Int(UInt16.max))
    guard last >= first,
      let position = (first...last).last(where: { position in
        bytes.number(at: position, as: UInt32.self) == endSignature
          && bytes.number(at: position + 20, as: UInt16.self).map(Int.init) == last - position
      })
    else {
      throw PyTorchFileError(
        .malformed(
          offset: bytes.count, expected: "the directory of the archive at its end", found: "none"))
    }
    if bytes.number(at: position - locatorByteCount, as: UInt32.self) == locatorSignature {
      return try largeEndRecord(of: bytes, locator: position - locatorByteCount)
    }
    guard let count = bytes.number(at: position + 10, as: UInt16.self),
      let byteCount = bytes.number(at: position + 12, as: UInt32.self),
      let offset = bytes.number(at: position + 16, as: UInt32.self)
    else { throw truncated(at: position) }
    return EndRecord(position: position, count: Int(count), byteCount: Int(byteCount), offset: Int(offset))
  }

  private static func largeEndRecord(
    of bytes: FileBytes, locator: Int
  ) throws(PyTorchFileError) -> EndRecord {
    guard let position = bytes.size(at: locator + 8), position < locator,
      bytes.number(at: position, as: UInt32.self) == largeEndSignature,
      let count = bytes.size(at: position + 32), let byteCount = bytes.size(at: position + 40),
      let offset = bytes.size(at: position + 48)
    else { throw truncated(at: locator) }
    return EndRecord(position: position, count: count, byteCount: byteCount, offset: offset)
  }

  private static func truncated(at offset: Int) -> PyTorchFileError {
    PyTorchFileError(.malformed(offset: offset, expected: "the end of a zip archive", found: "a part of it"))
  }

  // MARK: - Entries

  private func member(at position: Int) throws(PyTorchFileError) -> (ZipArchive.Member, next: Int) {
    guard bytes.number(at: position, as: UInt32.self) == Self.entrySignature,
      let flags = bytes.number(at: position + 8, as: UInt16.self),
      let method = bytes.number(at: position + 10, as: UInt16.self),
      let checksum = bytes.number(at: position + 16, as: UInt32.self),
      let nameByteCount = bytes.number(at: position + 28, as: UInt16.self),
      let extraByteCount = bytes.number(at: position + 30, as: UInt16.self),
      let commentByteCount = bytes.number(at: position + 32, as: UInt16.self),
      let name = bytes.slice(at: position + Self.entryByteCount, count: Int(nameByteCount))
    else { throw malformed(at: position, expected: "an entry of the archive's directory") }
    guard let name = String(validating: name, as: UTF8.self) else {
      throw malformed(at: position, expected: "a name in UTF-8")
    }
    guard flags & 1 == 0 else {
      throw malformed(at: position, expected: "\(JSONText.excerpt(name)) without encryption")
    }
    let extra = position + Self.entryByteCount + Int(nameByteCount)
    let next = extra + Int(extraByteCount) + Int(commentByteCount)
    guard next <= end else { throw malformed(at: position, expected: "an entry within the directory") }
    let sizes = try sizes(ofEntryAt: position, extra: extra..<extra + Int(extraByteCount))
    return (
      ZipArchive.Member(
        name: name, headerOffset: sizes.headerOffset, byteCount: sizes.byteCount,
        compressedByteCount: sizes.compressedByteCount, method: Int(method), checksum: checksum), next
    )
  }

  /// Sizes that do not fit 32 bits are all ones in the entry, and follow in an extra field in this order.
  private func sizes(
    ofEntryAt position: Int, extra: Range<Int>
  ) throws(PyTorchFileError) -> (byteCount: Int, compressedByteCount: Int, headerOffset: Int) {
    var large = largeSizes(in: extra)[...]
    func size(_ offset: Int) throws(PyTorchFileError) -> Int {
      let short = bytes.number(at: position + offset, as: UInt32.self)
      let size = short == .max ? large.popFirst() ?? nil : short.map(Int.init)
      guard let size, size <= bytes.count else {
        throw malformed(at: position, expected: "sizes and offsets within the file")
      }
      return size
    }
    return (try size(24), try size(20), try size(42))
  }

  /// The numbers of the extra field for large sizes.
  private func largeSizes(in extra: Range<Int>) -> [Int?] {
    var position = extra.lowerBound
    while position + 4 <= extra.upperBound {
      guard let kind = bytes.number(at: position, as: UInt16.self),
        let byteCount = bytes.number(at: position + 2, as: UInt16.self).map(Int.init)
      else { break }
      let start = position + 4
      if kind == 1, start + byteCount <= extra.upperBound {
        return stride(from: start, to: start + byteCount - 7, by: 8).map { bytes.size(at: $0) }
      }
      position = start + byteCount
    }
    return []
  }

  private func malformed(at offset: Int, expected: String) -> PyTorchFileError {
    PyTorchFileError(.malformed(offset: offset, expected: expected, found: "something else"))
  }
}
