import Foundation

/// A file operation that the operating system refused: what was tried, where, why, and what to do.
public struct FileError: Error, Equatable, Sendable {
  /// What was tried.
  public enum Operation: String, Sendable, CaseIterable {
    case create, open, read, write, sync, rename
  }

  /// The file, or its folder, as the caller named it; never the name of a temporary.
  public let path: String
  /// What was tried on it.
  public let operation: Operation
  /// The `errno` of the failed call.
  public let code: Int32
  /// What was expected and found, where `errno` alone does not say it.
  public let detail: String?

  public init(path: String, operation: Operation, code: Int32, detail: String? = nil) {
    self.path = path
    self.operation = operation
    self.code = code
    self.detail = detail
  }

  /// The symbol of `code`, such as `ENOSPC`; `errno 123` where we know no symbol.
  public var name: String { Self.names[code] ?? "errno \(code)" }

  /// The operating system's words for `code`.
  public var message: String { String(cString: strerror(code)) }

  /// What the user can do about it.
  public var advice: String {
    switch code {
    case ENOSPC: "free some space on that disk or choose another folder"
    case EDQUOT: "free some of your disk quota or choose another folder"
    case EROFS: "that file system is read-only: choose another folder"
    case EACCES, EPERM: "check the permissions of the file and its folder, or choose another folder"
    case ENOENT where operation == .open || operation == .read: "check the path"
    case ENOENT: "create its folder first, or check the path"
    case ENOTDIR: "a part of the path is a file where a folder is needed: check the path"
    case EISDIR: "give the path of a file, not of a folder"
    case ENOTSUP: "give the path of a regular file"
    case EFBIG where operation == .read: "check that this is the right file"
    case EFBIG: "the file is larger than the file system or `ulimit -f` allows"
    case EMFILE, ENFILE: "too many files are open: raise `ulimit -n`"
    case ENAMETOOLONG: "choose a shorter name"
    case EPIPE: "keep the reader of the pipe running, or write to a file"
    case ENOMEM: "free some memory, or check that this is the right file"
    case EIO: "the disk reports a fault: check it and the system log before you go on"
    default: "check the path and the disk"
    }
  }

  private static let names: [Int32: String] = [
    EACCES: "EACCES", EAGAIN: "EAGAIN", EBADF: "EBADF", EBUSY: "EBUSY", EDQUOT: "EDQUOT",
    EEXIST: "EEXIST", EFBIG: "EFBIG", EINVAL: "EINVAL", EIO: "EIO", EISDIR: "EISDIR",
    ELOOP: "ELOOP", EMFILE: "EMFILE", ENAMETOOLONG: "ENAMETOOLONG", ENFILE: "ENFILE",
    ENODEV: "ENODEV", ENOENT: "ENOENT", ENOMEM: "ENOMEM", ENOSPC: "ENOSPC", ENOTDIR: "ENOTDIR",
    ENOTSUP: "ENOTSUP", ENXIO: "ENXIO", EPERM: "EPERM", EPIPE: "EPIPE", EROFS: "EROFS",
    ESTALE: "ESTALE", ETXTBSY: "ETXTBSY", EXDEV: "EXDEV",
  ]
}

extension FileError: CustomStringConvertible {
  public var description: String {
    let reason = detail.map { "\($0): " } ?? ""
    return "cannot \(operation.rawValue) \(path): \(reason)\(message) (\(name)); \(advice)"
  }
}
