/// A file that cannot be decoded as an image.
public struct BadImage: Sendable, Equatable, CustomStringConvertible {
  /// Its path.
  public let file: String
  /// What is wrong with it.
  public let reason: String

  public init(file: String, reason: String) {
    self.file = file
    self.reason = reason
  }

  public var description: String { "\(file): \(reason)" }
}

/// What to do about images that cannot be decoded.
public enum BadImagePolicy: String, Sendable, CaseIterable {
  /// Stop at the first one, when its turn comes.
  case fail
  /// Decode every image once at the start, and leave out those that fail.
  case skip
}
