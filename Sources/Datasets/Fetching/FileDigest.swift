/// The fingerprint that a publisher states for a file.
public struct FileDigest: Sendable, Equatable {
  /// How the fingerprint is computed.
  public enum Algorithm: String, Sendable, CaseIterable {
    case md5, sha256

    /// The number of hexadecimal digits of a fingerprint.
    public var digitCount: Int {
      switch self {
      case .md5: 32
      case .sha256: 64
      }
    }
  }

  public let algorithm: Algorithm
  /// Lower-case digits.
  public let hexadecimal: String

  public init(_ algorithm: Algorithm, _ hexadecimal: String) {
    self.algorithm = algorithm
    self.hexadecimal = hexadecimal.lowercased()
  }
}

extension FileDigest: CustomStringConvertible {
  public var description: String { "\(algorithm.rawValue) \(hexadecimal)" }
}

extension ExternalPrograms {
  /// The fingerprint of the file at `path`.
  ///
  /// The programs of coreutils compute it: Foundation on Linux cannot, and building a library of cryptography would
  /// add minutes to every build for this one command.
  ///
  /// - Throws: `FetchError`.
  func digest(
    of path: String, _ algorithm: FileDigest.Algorithm, shouldStop: () -> Bool = { false }
  ) throws -> FileDigest {
    let program: Program = algorithm == .md5 ? .md5sum : .sha256sum
    let outcome = try run(program, input: path, whileRunning: { !shouldStop() })
    if shouldStop() || outcome.end.isInterruption { throw FetchError.interrupted(path: path) }
    let digits = outcome.output.prefix { $0.isHexDigit }
    guard outcome.end == .exit(0), digits.count == algorithm.digitCount else {
      throw FetchError.unreadable(path: path, reason: "\(program.rawValue): \(outcome.reason)")
    }
    return FileDigest(algorithm, String(digits))
  }
}
