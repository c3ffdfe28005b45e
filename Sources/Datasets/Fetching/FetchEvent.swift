/// What happens while a data set is fetched. `name` is that of a file, or of the folder that it unpacks to.
public enum FetchEvent: Sendable, Equatable {
  /// It is there already and as published.
  case present(name: String)
  /// A file of this name is there, but with another fingerprint: the right one will take its place.
  case replacing(name: String, expected: FileDigest, found: FileDigest)
  /// A transfer begins; `received` bytes are there from an earlier one.
  case started(name: String, address: String, received: Int)
  /// Told about ten times a second.
  case received(name: String, bytes: Int, of: Int)
  /// An address failed; the next one is tried if there is one.
  case failed(name: String, FetchError.Failure)
  /// It is complete, verified and under its own name.
  case fetched(name: String)
  /// An archive is being unpacked to the folder `name`.
  case unpacking(name: String)
}

/// Where a file of a data set lies now.
public struct FetchedFile: Sendable, Equatable {
  public enum Outcome: Sendable, Equatable {
    /// It was there before.
    case present
    /// It came from this address.
    case fetched(address: String)
  }

  /// The published file's name.
  public let name: String
  /// The file, or the folder that the archive was unpacked to.
  public internal(set) var path: String
  /// Bytes of the published file.
  public let byteCount: Int
  public internal(set) var outcome: Outcome
}

/// The caller's side of a fetch: hears what happens, and may stop it.
struct FetchControl {
  let report: (FetchEvent) -> Void
  let shouldStop: () -> Bool
}
