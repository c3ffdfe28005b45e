import Foundation
import Interchange

/// What the runs of a setting were made with, as it is kept beside them.
struct SavedFlags: Codable, Equatable {
  let command: String
  /// Every flag's value by its key.
  let flags: [String: String]

  /// Flags that no result depends on, so that they may change between two runs.
  private static let harmless: Set<String> = ["threads", "workers", "checkpoint-steps"]

  init(_ setting: SweepSetting) {
    command = setting.command.rawValue
    flags = Dictionary(uniqueKeysWithValues: setting.flags.map { ($0.key, $0.text) })
  }

  /// Reads them.
  ///
  /// - Throws: `FileError`, ``SweepError/damagedFile(_:expected:found:advice:)``.
  init(path: String) throws {
    let data = try WholeFile.read(path, limit: 1 << 24)
    guard let saved = try? JSONDecoder().decode(SavedFlags.self, from: data) else {
      throw SweepError.damagedFile(
        path, expected: "the flags of a setting as JSON", found: "\(data.count) bytes of something else",
        advice: "restore that file, or remove its folder to run the setting anew")
    }
    self = saved
  }

  func write(to path: String) throws {
    let document: JSONValue = [
      "command": .string(command), "flags": .object(flags.mapValues(JSONValue.string)),
    ]
    try AtomicFile.write(Data(document.prettyText.utf8), to: path)
  }

  /// What differs from the present flags in a way that results may depend on, in words.
  func changes(to present: SavedFlags) -> [String] {
    let keys = Set(flags.keys).union(present.flags.keys).subtracting(Self.harmless).sorted()
    let changed = keys.compactMap { key in
      Self.change(of: key, from: flags[key], to: present.flags[key])
    }
    return [Self.change(of: "command", from: command, to: present.command)].compactMap { $0 } + changed
  }

  private static func change(of key: String, from old: String?, to new: String?) -> String? {
    guard old != new else { return nil }
    return "'\(key)' was \(old.map { "'\($0)'" } ?? "not given"), is \(new.map { "'\($0)'" } ?? "not given")"
  }
}
