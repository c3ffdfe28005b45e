/// Reads a file or embedded data front to back, decompressed on the way if it is gzip, and says where it stands when
/// something is wrong.
///
/// Memory grows with what is really there, never with what a header claims.
final class ByteReader {
  /// What error messages call the data.
  let name: String
  /// The number of (decompressed) bytes read so far.
  private(set) var offset = 0
  private let source: any ByteSource

  private static let blockSize = 1 << 20

  /// - Throws: `DatasetError.unreadable`.
  convenience init(file path: String) throws {
    do {
      try self.init(name: path, source: FileSource(path: path))
    } catch let failure as ByteSourceFailure {
      throw Self.error(failure, name: path, offset: 0)
    }
  }

  /// - Parameter embedded: Must outlive the reader.
  convenience init(name: String, embedded: UnsafeRawBufferPointer) throws {
    try self.init(name: name, source: MemorySource(embedded))
  }

  private init(name: String, source: some ByteSource) throws {
    self.name = name
    self.source = source.firstByte == GzipSource.magic ? try GzipSource(source) : source
  }

  /// The next `count` bytes, or all that are left.
  func read(upTo count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var isAtEnd = false
    while bytes.count < count, !isAtEnd {
      let block = try readBlock(upTo: min(count - bytes.count, Self.blockSize))
      bytes += block
      isAtEnd = block.isEmpty
    }
    return bytes
  }

  /// The next `count` bytes. The error for a shorter file calls them `what`.
  func read(exactly count: Int, _ what: String) throws -> [UInt8] {
    let bytes = try read(upTo: count)
    guard bytes.count == count else {
      throw malformed(expected: "\(count) bytes of \(what)", found: "the end after \(bytes.count) of them")
    }
    return bytes
  }

  /// Throws unless everything has been read. `what` has been read up to here.
  func expectEnd(after what: String) throws {
    let end = offset
    guard try readBlock(upTo: 1).isEmpty else {
      throw malformed(at: end, expected: "the end of the file after \(what)", found: "more bytes")
    }
  }

  /// The error for content that breaks the format, here or at another byte.
  func malformed(at byte: Int? = nil, record: Int? = nil, expected: String, found: String) -> DatasetError {
    .malformed(file: name, byte: byte ?? offset, record: record, expected: expected, found: found)
  }

  private func readBlock(upTo count: Int) throws -> [UInt8] {
    do {
      let block = try [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
        used = try source.read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      offset += block.count
      return block
    } catch let failure as ByteSourceFailure {
      throw Self.error(failure, name: name, offset: offset)
    }
  }

  private static func error(_ failure: ByteSourceFailure, name: String, offset: Int) -> DatasetError {
    switch failure {
    case .system(let reason): .unreadable(file: name, reason: reason)
    case .corrupted(let expected, let found):
      .malformed(file: name, byte: offset, record: nil, expected: expected, found: found)
    }
  }
}
