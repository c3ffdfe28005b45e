import Foundation

/// Where bytes come from, front to back.
protocol ByteSource: AnyObject {
  /// The first byte, without reading it; nil if there is none. Asked before the first `read` only.
  var firstByte: UInt8? { get }

  /// Fills the buffer or a part of it, and returns the number of bytes: 0 at the end only.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ByteSourceFailure) -> Int
}

/// Why a source cannot go on. `ByteReader` adds where.
enum ByteSourceFailure: Error {
  case system(reason: String)
  case corrupted(expected: String, found: String)
}

/// The bytes of a file as they are stored.
final class FileSource: ByteSource {
  private let file: UnsafeMutablePointer<FILE>

  init(path: String) throws(ByteSourceFailure) {
    guard let file = fopen(path, "rb") else { throw .system(reason: Self.systemReason()) }
    self.file = file
  }

  deinit {
    fclose(file)
  }

  var firstByte: UInt8? {
    let byte = getc(file)
    guard byte != EOF else { return nil }
    ungetc(byte, file)
    return UInt8(truncatingIfNeeded: byte)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ByteSourceFailure) -> Int {
    let count = fread(buffer.baseAddress, 1, buffer.count, file)
    if count == 0, ferror(file) != 0 { throw .system(reason: Self.systemReason()) }
    return count
  }

  private static func systemReason() -> String {
    String(cString: strerror(errno))
  }
}

/// Bytes that are in memory for the program's whole life.
final class MemorySource: ByteSource {
  private var rest: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) {
    rest = bytes
  }

  var firstByte: UInt8? { rest.first }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let part = UnsafeRawBufferPointer(rebasing: rest.prefix(buffer.count))
    buffer.copyMemory(from: part)
    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
    return part.count
  }
}
