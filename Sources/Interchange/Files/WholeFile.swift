import Foundation

/// Reading a regular file in one go.
public enum WholeFile {
  /// All bytes of the file at `path`, copied to memory: a later change of the file cannot reach them.
  ///
  /// - Throws: `FileError`; folders, devices and pipes are refused (`EISDIR`, `ENOTSUP`).
  public static func read(_ path: String) throws(FileError) -> Data {
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    let file = try FileDescriptor(path, flags: O_RDONLY | O_NONBLOCK, operation: .open)
    let status = try file.status()
    try refuseUnlessRegular(status, path: path, operation: .read)
    var data = Data(count: Int(status.st_size))
    let outcome = data.withUnsafeMutableBytes { bytes in
      Result { () throws(FileError) in try file.read(into: bytes, at: 0) }
    }
    return try data.prefix(outcome.get())
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
