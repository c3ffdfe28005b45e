import Foundation
import Processes

/// The folder that files are fetched into. Its errors name what could not be written, and why.
struct FetchFolder {
  let path: String

  /// The path of what is called `name` in the folder.
  func path(_ name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

  /// Makes the folder, and those that it lies in, where it is missing.
  func create() throws {
    try Self.create(path)
  }

  /// Makes a folder in the folder.
  func createFolder(_ name: String) throws {
    guard mkdir(path(name), 0o777) == 0 else { throw cannotWrite(name) }
  }

  /// The length of a regular file; nil where there is none.
  func byteCount(_ name: String) -> Int? {
    var status = stat()
    guard stat(path(name), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Whether a folder of this name is there with something in it.
  func hasContents(_ name: String) -> Bool {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path(name)) else { return false }
    return !names.isEmpty
  }

  /// Makes an empty file unless there is a file, and finds out on the way whether it may be written.
  func prepareFile(_ name: String) throws {
    let file = open(path(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw cannotWrite(name) }
    close(file)
  }

  /// Removes a file, or a folder with all that is in it, where there is one.
  func remove(_ name: String) throws {
    var status = stat()
    guard lstat(path(name), &status) == 0 else { return }
    do {
      try FileManager.default.removeItem(atPath: path(name))
    } catch {
      throw FetchError.cannotWrite(path: path(name), reason: "it cannot be removed")
    }
  }

  /// Returns when the content of a file or folder is on the disk.
  func sync(_ name: String) throws {
    let file = open(path(name), O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw cannotWrite(name) }
    defer { close(file) }
    // Some network file systems cannot do that for a folder.
    guard fsync(file) == 0 || errno == EINVAL else { throw cannotWrite(name) }
  }

  /// Gives the finished `temporary` its own name, in one step that survives a power cut.
  func publish(_ temporary: String, as name: String) throws {
    try sync(temporary)
    guard rename(path(temporary), path(name)) == 0 else { throw cannotWrite(name) }
    try sync(".")
  }

  /// Throws unless the disk has room for `byteCount` bytes more, as far as that can be told.
  func requireRoom(for byteCount: Int) throws {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return }
    let room = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    guard !room.overflow, room.partialValue < UInt64(max(0, byteCount)) else { return }
    throw FetchError.cannotWrite(
      path: path,
      reason: "\(byteCount >> 10) KiB are needed on its disk, \(room.partialValue >> 10) KiB are free")
  }

  /// The error for `name` after a system call that failed.
  private func cannotWrite(_ name: String) -> FetchError {
    FetchError.cannotWrite(path: path(name), reason: SystemFailure(code: errno).description)
  }

  private static func create(_ path: String) throws {
    if isFolder(path) { return }
    let parent = (path as NSString).deletingLastPathComponent
    if !parent.isEmpty, parent != path { try create(parent) }
    guard mkdir(path, 0o777) != 0 else { return }
    let code = errno
    // Another process may have made it meanwhile.
    guard isFolder(path) else {
      let reason = code == EEXIST ? "it is not a folder" : SystemFailure(code: code).description
      throw FetchError.cannotWrite(path: path, reason: reason)
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}

/// The right to fetch into a folder: one process at a time, as two would write the same files.
///
/// The programs that write for us hold it too: where we are killed, they go on writing, and nobody else may begin.
struct FetchLock: ~Copyable {
  /// The open folder. The lock is free when nobody has it open any more.
  let descriptor: Int32

  /// - Throws: `FetchError.folderInUse`.
  init(_ folder: FetchFolder) throws {
    let opened = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else {
      throw FetchError.unreadable(path: folder.path, reason: SystemFailure(code: errno).description)
    }
    // A file system without locks is not worth refusing to work on.
    if flock(opened, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      close(opened)
      throw FetchError.folderInUse(folder.path)
    }
    descriptor = opened
  }

  deinit { close(descriptor) }
}
