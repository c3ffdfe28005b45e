/// Why a data set could not be fetched.
public enum FetchError: Error, Equatable, Sendable {
  /// Why an address did not give a file.
  public struct Failure: Error, Equatable, Sendable {
    public enum Reason: Equatable, Sendable {
      /// The transfer failed; the words say how.
      case transfer(String)
      /// The transfer succeeded, but not with the published file.
      case wrongContent(expected: String, found: String)
    }

    public let address: String
    public let reason: Reason

    public init(address: String, reason: Reason) {
      self.address = address
      self.reason = reason
    }
  }

  /// No address gave the file. One failure per address, in the order of the attempts.
  case notFetched(file: String, failures: [Failure])
  /// The system refuses to write `path`.
  case cannotWrite(path: String, reason: String)
  /// The system refuses to read `path`.
  case unreadable(path: String, reason: String)
  /// `path` is there but is not what was published, and is not ours to replace.
  case inTheWay(path: String, expected: String, found: String)
  /// A program that does the work is not installed.
  case missingProgram(String, package: String)
  /// Another process fetches into the same folder.
  case folderInUse(String)
  /// The user stopped it at `path`, which keeps what is there for the next call.
  case interrupted(path: String)

  /// Who is to blame, for a program's exit status.
  public enum Kind: Sendable {
    case network, wrongData, cannotWrite, cannotRead, missingProgram, interruption
  }

  public var kind: Kind {
    switch self {
    case .notFetched(_, let failures): failures.contains(where: \.isWrongContent) ? .wrongData : .network
    case .inTheWay: .wrongData
    case .cannotWrite, .folderInUse: .cannotWrite
    case .unreadable: .cannotRead
    case .missingProgram: .missingProgram
    case .interrupted: .interruption
    }
  }
}

extension FetchError.Failure: CustomStringConvertible {
  public var description: String {
    switch reason {
    case .transfer(let words): "\(address): \(words)"
    case .wrongContent(let expected, let found): "\(address): expected \(expected), found \(found)"
    }
  }

  fileprivate var isWrongContent: Bool {
    if case .wrongContent = reason { true } else { false }
  }
}

extension FetchError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notFetched(let file, let failures):
      "\(file): could not be fetched (\(failures.map(\.description).joined(separator: "; "))); "
        + "try again later, or name another source with --mirror URL"
    case .cannotWrite(let path, let reason):
      "cannot write \(path): \(reason); check its permissions and the disk, or choose another folder"
    case .unreadable(let path, let reason):
      "cannot read \(path): \(reason); check its permissions and the disk"
    case .inTheWay(let path, let expected, let found):
      "\(path): expected \(expected), found \(found); move it away, or choose another folder"
    case .missingProgram(let name, let package):
      "the program '\(name)' is needed but not on the PATH; install Debian's package '\(package)' or its equivalent"
    case .folderInUse(let folder):
      "\(folder): another process is fetching into it; wait for its end, or choose another folder"
    case .interrupted(let path):
      "stopped at \(path); the same command goes on where it stopped"
    }
  }
}
