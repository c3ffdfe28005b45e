import CZlib
import Foundation

/// A zip archive whose files are stored as they are, which is how PyTorch writes it. Sizes beyond 32 bits are
/// understood. All reads share the archive's memory.
struct ZipArchive {
  /// A file in the archive as the central directory has it.
  struct Member {
    let name: String
    let headerOffset: Int
    let byteCount: Int
    let compressedByteCount: Int
    let method: Int
    let checksum: UInt32
  }

  let members: [String: Member]
  private let bytes: FileBytes

  /// The first bytes of an archive.
  static let signature: UInt32 = 0x0403_4b50

  /// - Throws: `PyTorchFileError` if the central directory is incomplete or names a file twice.
  init(_ bytes: FileBytes) throws(PyTorchFileError) {
    self.bytes = bytes
    var members: [String: Member] = [:]
    for member in try ZipDirectory(bytes).members() {
      guard members.updateValue(member, forKey: member.name) == nil else {
        throw PyTorchFileError(
          .malformed(
            offset: member.headerOffset, expected: "a file with a name of its own",
            found: "a second \(JSONText.excerpt(member.name))"))
      }
    }
    self.members = members
  }

  /// The contents of the file called `name`.
  ///
  /// - Throws: `PyTorchFileError` if there is none, or it is compressed, truncated or changed.
  func contents(of name: String) throws(PyTorchFileError) -> Data {
    let range = try range(of: name)
    return bytes.slice(at: range.lowerBound, count: range.count) ?? Data()
  }

  /// Where in the archive the contents of the file called `name` lie.
  ///
  /// - Throws: `PyTorchFileError` if there is none, or it is compressed, truncated or changed.
  func range(of name: String) throws(PyTorchFileError) -> Range<Int> {
    guard let member = members[name] else { throw PyTorchFileError(.missingMember(name)) }
    guard member.method == 0 else {
      throw PyTorchFileError(.compressedMember(name, method: member.method))
    }
    let offset = try contentsOffset(of: member)
    guard member.byteCount == member.compressedByteCount,
      let contents = bytes.slice(at: offset, count: member.byteCount)
    else {
      throw PyTorchFileError(
        .malformed(
          offset: offset, expected: "\(member.byteCount) bytes of \(JSONText.excerpt(name))",
          found: "\(min(member.compressedByteCount, bytes.count - offset))"))
    }
    let found = Self.checksum(of: contents)
    guard found == member.checksum else {
      throw PyTorchFileError(.wrongChecksum(member: name, expected: member.checksum, found: found))
    }
    return offset..<offset + member.byteCount
  }

  /// Where the contents begin: behind a header that repeats the name and has extra fields of its own.
  private func contentsOffset(of member: Member) throws(PyTorchFileError) -> Int {
    let start = member.headerOffset
    guard bytes.number(at: start, as: UInt32.self) == Self.signature,
      let nameByteCount = bytes.number(at: start + 26, as: UInt16.self),
      let extraByteCount = bytes.number(at: start + 28, as: UInt16.self),
      bytes.slice(at: start + 30, count: Int(nameByteCount)) == Data(member.name.utf8)
    else {
      throw PyTorchFileError(
        .malformed(
          offset: start, expected: "the header of \(JSONText.excerpt(member.name))", found: "something else"))
    }
    let offset = start + 30 + Int(nameByteCount) + Int(extraByteCount)
    guard offset <= bytes.count else {
      throw PyTorchFileError(
        .malformed(
          offset: start, expected: "the contents of \(JSONText.excerpt(member.name))",
          found: "the end of the file"))
    }
    return offset
  }

  private static func checksum(of contents: Data) -> UInt32 {
    var checksum: UInt = 0
    var rest = contents
    while !rest.isEmpty {
      let part = rest.prefix(1 << 30)
      checksum = part.withUnsafeBytes { bytes in
        crc32(checksum, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(bytes.count))
      }
      rest = rest.dropFirst(part.count)
    }
    return UInt32(truncatingIfNeeded: checksum)
  }
}
