/// What can be wrong with a configuration.
public enum ConfigurationError: Error, Hashable, Sendable {
  /// Where a value was given.
  public enum Origin: Hashable, Sendable {
    case commandLine
    case file(String, line: Int)
  }

  case unknownKey(String, origin: Origin, nearest: String)
  case wrongValue(key: String, origin: Origin, expected: String, found: String)
  /// Two values that exclude each other: what to change.
  case conflict(String)
  /// A file that is no YAML mapping.
  case malformedFile(String, line: Int?, reason: String)
  /// A run's checkpoint without the configuration that it belongs to.
  case lostConfiguration(file: String, checkpoint: String)
  /// A resumed run may not change this.
  case changedOnResume(key: String, saved: String, requested: String)

  /// Whether a file is to blame, rather than the command line.
  public var concernsFile: Bool {
    switch self {
    case .unknownKey(_, .file, _), .wrongValue(_, .file, _, _), .malformedFile, .lostConfiguration: true
    default: false
    }
  }
}

extension ConfigurationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownKey(let key, let origin, let nearest):
      "\(origin.place(key)): unknown key; did you mean '\(nearest)'?"
    case .wrongValue(let key, let origin, let expected, let found):
      "\(origin.place(key)): expected \(expected), found \(found)"
    case .conflict(let advice): advice
    case .malformedFile(let file, let line, let reason):
      "\(file)\(line.map { ":\($0)" } ?? ""): \(reason)"
    case .lostConfiguration(let file, let checkpoint):
      "\(file): expected the configuration of the run that \(checkpoint) belongs to, found none; restore that file, or "
        + "start a new run from those weights with --init \(checkpoint)"
    case .changedOnResume(let key, let saved, let requested):
      "a resumed run cannot change '\(key)' from \(saved) to \(requested); leave it out, or start a new run in another "
        + "folder (device, threads, epochs and checkpoint-steps may change)"
    }
  }
}

extension ConfigurationError.Origin {
  fileprivate func place(_ key: String) -> String {
    switch self {
    case .commandLine: "--\(key)"
    case .file(let file, let line): "\(file):\(line): \(key)"
    }
  }
}
