/// What the runs of one row of the tables have in common: a command and its flags.
public struct SweepSetting: Hashable, Sendable {
  /// A command that keeps its run in a folder and prints its result as JSON.
  public enum Command: String, CaseIterable, Sendable {
    case prune, train
    case removeConflicts = "remove-conflicts"
  }

  /// Names a folder too.
  public let name: String
  public let command: Command
  /// Every key once.
  public let flags: [SweepFlag]

  public init(name: String, command: Command, flags: [SweepFlag]) {
    self.name = name
    self.command = command
    self.flags = flags
  }

  /// Letters, digits and `._=,+-`, not beginning with a point: safe as the name of a folder, and no path.
  static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= maximumNameLength && !text.hasPrefix(".")
      && text.utf8.allSatisfy { safe.contains($0) }
  }

  /// File systems take 255 bytes, and a log's name is longer than that of its setting.
  static let maximumNameLength = 200

  private static let safe = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._=,+-".utf8)
}

/// A flag of a command, as a key and a value of a sweep's file stand for it.
public struct SweepFlag: Hashable, Sendable {
  public enum Value: Hashable, Sendable {
    case text(String)
    /// The bare flag.
    case on
    /// The flag with `no-` before its name.
    case off
  }

  public let key: String
  public let value: Value

  public init(_ key: String, _ value: Value) {
    self.key = key
    self.value = value
  }

  /// The flag as one argument, as a value of its own might look like another flag.
  package var argument: String {
    switch value {
    case .text(let text): "--\(key)=\(text)"
    case .on: "--\(key)"
    case .off: "--no-\(key)"
    }
  }

  /// The value as the file has it.
  var text: String {
    switch value {
    case .text(let text): text
    case .on: "true"
    case .off: "false"
    }
  }
}

extension [SweepFlag] {
  /// These flags, with those of `others` in place of or after them.
  func overridden(by others: [SweepFlag]) -> [SweepFlag] {
    let changed = map { flag in others.last { $0.key == flag.key } ?? flag }
    return changed + others.filter { other in !contains { $0.key == other.key } }
  }
}
