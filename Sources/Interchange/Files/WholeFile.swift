import Foundation

/// Reading a regular file in one go.
public enum WholeFile {
  /// All bytes of the file at `path`, copied to memory: a later change of the file cannot reach them.
  ///
  /// - Parameter limit: The most bytes that such a file may have.
  /// - Throws: `FileError`; folders, devices and pipes are refused (`EISDIR`, `ENOTSUP`), larger files too (`EFBIG`).
  public static func read(_ path: String, limit: Int = 1 << 30) throws(FileError) -> Data {
    let file = try FileDescriptor.reading(path)
    let byteCount = try file.byteCount
    guard byteCount <= limit else {
      throw FileError(
        path: path, operation: .read, code: EFBIG,
        detail: "expected at most \(limit) bytes, found \(byteCount)")
    }
    return try file.read(byteCount, at: 0)
  }

  /// Throws unless `status` is that of a regular file.
  static func refuseUnlessRegular(
    _ status: stat, path: String, operation: FileError.Operation
  ) throws(FileError) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: return
    case S_IFDIR: throw FileError(path: path, operation: operation, code: EISDIR)
    default:
      throw FileError(
        path: path, operation: operation, code: ENOTSUP, detail: "it is a device, pipe or socket")
    }
  }
}
