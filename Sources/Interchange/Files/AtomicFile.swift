import Foundation

/// Replaces a file completely or not at all.
///
/// The bytes go to a temporary in the same folder, then to the disk, and only then does the temporary take the
/// file's name. A failure at any earlier moment removes the temporary and leaves the old file as it was. A process
/// killed on the way leaves the old file and a stale `.espalier-….tmp`, which may be deleted. The new file keeps
/// the old one's permissions. A symbolic link is replaced, not followed.
public enum AtomicFile {
  /// Takes the new contents of the file, chunk by chunk.
  public struct Writer: ~Copyable {
    fileprivate let file: FileDescriptor

    /// Appends `bytes` to the new contents.
    ///
    /// - Throws: `FileError`.
    public func write(_ bytes: Data) throws(FileError) {
      let outcome = bytes.withUnsafeBytes { bytes in
        Result { () throws(FileError) in try file.write(bytes) }
      }
      try outcome.get()
    }
  }

  /// Replaces or creates the file at `path` with `contents`.
  ///
  /// - Throws: `FileError`. After a failed `sync` of the folder the new file is in place already.
  public static func write(_ contents: Data, to path: String) throws {
    try write(to: path) { writer in try writer.write(contents) }
  }

  /// Replaces or creates the file at `path` with what `body` hands to the writer.
  ///
  /// - Throws: `FileError`, or what `body` throws; the old file is then untouched.
  public static func write(to path: String, _ body: (borrowing Writer) throws -> Void) throws {
    let oldMode = try modeOfReplaceableFile(path)
    let folder = folder(of: path)
    let temporary = "\(folder)/.espalier-\(String(UInt64.random(in: 0 ... .max), radix: 16)).tmp"
    let writer = Writer(
      file: try FileDescriptor(
        path, opening: temporary, flags: O_WRONLY | O_CREAT | O_EXCL, operation: .create))
    do {
      if let oldMode, fchmod(writer.file.number, oldMode) != 0 {
        throw FileError(path: path, operation: .create, code: errno)
      }
      try body(writer)
      try writer.file.sync()
      guard rename(temporary, path) == 0 else {
        throw FileError(path: path, operation: .rename, code: errno)
      }
    } catch {
      unlink(temporary)
      throw error
    }
    try syncFolder(folder)
  }

  /// The permissions of the file about to be replaced, nil where there is none. Renaming over a device such as
  /// `/dev/null` would destroy it, so only regular files may be replaced.
  private static func modeOfReplaceableFile(_ path: String) throws(FileError) -> mode_t? {
    try FileDescriptor.refuseNulByte(in: path, .create)
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw FileError(path: path, operation: .create, code: errno)
    }
    try WholeFile.refuseUnlessRegular(status, path: path, operation: .create)
    return status.st_mode & 0o7777
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes the rename itself survive a power cut. Some network file systems cannot do that and say `EINVAL`.
  private static func syncFolder(_ folder: String) throws(FileError) {
    let descriptor = try FileDescriptor(folder, flags: O_RDONLY | O_DIRECTORY, operation: .sync)
    do {
      try descriptor.sync()
    } catch {
      if error.code != EINVAL { throw error }
    }
  }
}
