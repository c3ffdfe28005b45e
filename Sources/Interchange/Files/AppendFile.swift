import Foundation

/// A text file that only grows, line by line: logs and metrics.
///
/// Each line, with its newline, is handed to the system by one `write(2)`, so a killed process leaves whole lines.
/// A machine that stops may leave a torn last line: `tornByteCount` tells, `truncateToLastFullLine` cuts it off.
/// One process writes at a time.
public final class AppendFile: Sendable {
  private static let newline = UInt8(ascii: "\n")
  private let file: FileDescriptor

  /// Opens the file at `path`, or creates it empty.
  ///
  /// - Throws: `FileError`.
  public init(_ path: String) throws(FileError) {
    file = try FileDescriptor(path, flags: O_RDWR | O_APPEND | O_CREAT, operation: .open)
  }

  /// The file as the caller named it.
  public var path: String { file.path }

  /// The file's length in bytes.
  ///
  /// - Throws: `FileError`.
  public var byteCount: Int {
    get throws(FileError) { Int(try file.status().st_size) }
  }

  /// Appends `line` and a newline. If the disk is full or fails, the part of the line already written is cut off.
  ///
  /// - Parameter line: a text without newlines.
  /// - Throws: `FileError`.
  public func append(line: String) throws(FileError) {
    let before = try byteCount
    var bytes = Array(line.utf8)
    bytes.append(Self.newline)
    let outcome = bytes.withUnsafeBytes { bytes in
      Result { () throws(FileError) in try file.write(bytes) }
    }
    if case .failure = outcome { _ = ftruncate(file.number, off_t(before)) }
    try outcome.get()
  }

  /// Returns when every line is on the disk. Call it before writing a checkpoint that records `byteCount`.
  ///
  /// - Throws: `FileError`.
  public func sync() throws(FileError) { try file.sync() }

  /// Cuts the file to its first `byteCount` bytes: on resume, to the length that the checkpoint recorded.
  ///
  /// - Throws: `FileError`; `EINVAL` if the file is shorter than that.
  public func truncate(toByteCount byteCount: Int) throws(FileError) {
    let current = try self.byteCount
    guard (0...current).contains(byteCount) else {
      throw FileError(
        path: path, operation: .truncate, code: EINVAL,
        detail: "it has \(current) bytes and cannot be cut to \(byteCount)")
    }
    guard FileDescriptor.retrying({ ftruncate(file.number, off_t(byteCount)) }) == 0 else {
      throw FileError(path: path, operation: .truncate, code: errno)
    }
  }

  /// The number of bytes after the last newline: 0 if the last line is whole.
  ///
  /// - Throws: `FileError`.
  public var tornByteCount: Int {
    get throws(FileError) { try byteCount - endOfLastFullLine() }
  }

  /// Cuts off a torn last line.
  ///
  /// - Returns: the number of bytes removed, 0 if the last line was whole.
  /// - Throws: `FileError`.
  @discardableResult
  public func truncateToLastFullLine() throws(FileError) -> Int {
    let torn = try tornByteCount
    if torn > 0 { try truncate(toByteCount: byteCount - torn) }
    return torn
  }

  /// The offset just after the last newline, found from the end in pieces of 64 KiB.
  private func endOfLastFullLine() throws(FileError) -> Int {
    var end = try byteCount
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while end > 0 {
      let start = max(0, end - piece.count)
      let outcome = piece.withUnsafeMutableBytes { bytes in
        Result { () throws(FileError) in
          try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<(end - start)]), at: start)
        }
      }
      if let last = try piece[..<outcome.get()].lastIndex(of: Self.newline) { return start + last + 1 }
      end = start
    }
    return 0
  }
}
