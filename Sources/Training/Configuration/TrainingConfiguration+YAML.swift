import Foundation
import Interchange
import Yams

extension TrainingConfiguration {
  /// What the YAML file at `path` assigns: a flat mapping from keys to values.
  ///
  /// - Throws: `FileError` if it cannot be read, `ConfigurationError.malformedFile` if it is something else.
  public static func assignments(inFile path: String) throws -> [ConfigurationAssignment] {
    guard let text = String(data: try WholeFile.read(path, limit: 1 << 20), encoding: .utf8) else {
      throw ConfigurationError.malformedFile(path, line: nil, reason: "expected text in UTF-8")
    }
    return try assignments(inYAML: text, source: path)
  }

  /// What a YAML text assigns.
  ///
  /// - Parameter source: what messages call the text.
  /// - Throws: `ConfigurationError.malformedFile`.
  public static func assignments(
    inYAML text: String, source: String
  ) throws(ConfigurationError) -> [ConfigurationAssignment] {
    let root: Node?
    guard aliasCount(text) <= maximumAliases else {
      throw .malformedFile(
        source, line: nil, reason: "expected at most \(maximumAliases) aliases such as '*name'")
    }
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw malformed(error, source: source)
    }
    guard let root, !root.isNull else { return [] }
    guard case .mapping(let mapping) = root else {
      throw .malformedFile(source, line: root.mark?.line, reason: "expected lines such as 'epochs: 10'")
    }
    var assignments: [ConfigurationAssignment] = []
    for (key, value) in mapping {
      let line = key.mark?.line ?? 1
      guard case .scalar(let name) = key, case .scalar(let scalar) = value else {
        throw .malformedFile(
          source, line: line, reason: "expected a key and a single value, found a list or a mapping")
      }
      assignments.append(
        ConfigurationAssignment(
          name.string, value.isNull ? nil : scalar.string, origin: .file(source, line: line)))
    }
    return assignments
  }

  /// A few lines of aliases of aliases stand for more values than can be compared.
  private static let maximumAliases = 8

  /// The number of aliases in a YAML text, or a little more: a star in a quoted text or a comment may look like one.
  private static func aliasCount(_ text: String) -> Int {
    var count = 0
    var previous = UInt8(ascii: " ")
    for (byte, next) in zip(text.utf8, text.utf8.dropFirst()) {
      let isStar = byte == UInt8(ascii: "*")
      if isStar, previous != byte, next != byte, next > UInt8(ascii: " ") { count += 1 }
      previous = byte
    }
    return count
  }

  /// The configuration as `config.yaml`: every key, in a fixed order.
  public var yamlText: String {
    "# The resolved configuration of this run; `espalier train --config` reads it.\n"
      + Self.settings.map { "\($0.key): \($0.text(self).map(Self.scalar) ?? "null")\n" }.joined()
  }

  /// `text` as a YAML scalar, in quotes where it could mean something else.
  private static func scalar(_ text: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./=:,_-+")
    let isPlain =
      text.allSatisfy(plain.contains) && text.first.map { !"-:=,".contains($0) } == true
      && text.last != ":" && !["null", "Null", "NULL"].contains(text)
    return isPlain ? text : JSONValue.string(text).compactText
  }

  private static func malformed(_ error: any Error, source: String) -> ConfigurationError {
    switch error {
    case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _):
      .malformedFile(source, line: mark.line, reason: "this is not YAML: \(problem)")
    case YamlError.duplicatedKeysInMapping(let duplicates, let context):
      .malformedFile(
        source, line: context.mark.line, reason: "given twice: \(duplicates.joined(separator: ", "))")
    default: .malformedFile(source, line: nil, reason: "this is not YAML")
    }
  }
}

extension Node {
  /// Whether this is `null`, `~` or nothing, without quotes.
  fileprivate var isNull: Bool {
    guard case .scalar(let scalar) = self else { return false }
    return scalar.style != .singleQuoted && scalar.style != .doubleQuoted
      && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}
