import Foundation

/// An open file that closes itself. Its errors name `path`, which for a temporary is the file it will become.
struct FileDescriptor: ~Copyable, Sendable {
  let number: Int32
  let path: String

  /// Opens `actual`, or `path` itself where that is nil.
  init(
    _ path: String, opening actual: String? = nil, flags: Int32, mode: mode_t = 0o666,
    operation: FileError.Operation
  ) throws(FileError) {
    try Self.refuseNulByte(in: path, operation)
    let opened = Self.retrying { open(actual ?? path, flags | O_CLOEXEC, mode) }
    guard opened >= 0 else { throw FileError(path: path, operation: operation, code: errno) }
    number = opened
    self.path = path
  }

  /// Opens the file at `path` to read it; refuses folders, devices and pipes.
  static func reading(_ path: String) throws(FileError) -> FileDescriptor {
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    let file = try FileDescriptor(path, flags: O_RDONLY | O_NONBLOCK, operation: .open)
    try WholeFile.refuseUnlessRegular(file.status(), path: path, operation: .read)
    return file
  }

  deinit { close(number) }

  /// The file's length.
  var byteCount: Int {
    get throws(FileError) { Int(try status().st_size) }
  }

  /// What `fstat` says.
  func status() throws(FileError) -> stat {
    var status = stat()
    guard fstat(number, &status) == 0 else {
      throw FileError(path: path, operation: .open, code: errno)
    }
    return status
  }

  /// Writes every byte, going on after short writes and interruptions.
  func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try Self.write(bytes, to: number, path: path)
  }

  /// The same for an open file that is not ours to close.
  static func write(_ bytes: UnsafeRawBufferPointer, to number: Int32, path: String) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let written = retrying { Foundation.write(number, part.baseAddress, part.count) }
      guard written > 0 else {
        throw FileError(path: path, operation: .write, code: written < 0 ? errno : EIO)
      }
      rest = rest.dropFirst(written)
    }
  }

  /// The `count` bytes at `offset`; fewer only at the end of the file.
  ///
  /// - Throws: `FileError`: `ENOMEM` where the system has no memory for that many.
  func read(_ count: Int, at offset: Int) throws(FileError) -> Data {
    guard let memory = malloc(max(1, count)) else {
      throw FileError(
        path: path, operation: .read, code: ENOMEM, detail: "there is no room for its \(count) bytes")
    }
    do {
      let found = try read(into: UnsafeMutableRawBufferPointer(start: memory, count: count), at: offset)
      return Data(bytesNoCopy: memory, count: found, deallocator: .free)
    } catch {
      free(memory)
      throw error
    }
  }

  /// Reads up to `bytes.count` bytes at `offset`; fewer only at the end of the file.
  func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
    var done = 0
    while done < bytes.count {
      let part = UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
      let count = Self.retrying {
        pread(number, part.baseAddress, part.count, off_t(offset + done))
      }
      guard count >= 0 else { throw FileError(path: path, operation: .read, code: errno) }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Returns when the file is on the disk.
  func sync() throws(FileError) {
    guard Self.retrying({ fsync(number) }) == 0 else {
      throw FileError(path: path, operation: .sync, code: errno)
    }
  }

  /// C would silently end the path at the first NUL.
  static func refuseNulByte(in path: String, _ operation: FileError.Operation) throws(FileError) {
    guard path.utf8.contains(0) else { return }
    throw FileError(
      path: path, operation: operation, code: EINVAL, detail: "the path contains a NUL byte")
  }

  /// Repeats a system call that a signal interrupted.
  static func retrying<Count: SignedInteger>(_ call: () -> Count) -> Count {
    while true {
      let result = call()
      if result != -1 || errno != EINTR { return result }
    }
  }
}
