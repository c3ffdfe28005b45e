import Foundation
import Interchange
import YAMLDocuments
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
    do {
      root = try YAMLDocument.root(of: text)
    } catch {
      throw .malformedFile(source, line: error.line, reason: error.reason)
    }
    guard let root else { return [] }
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

  /// The configuration as `config.yaml`: every key, in a fixed order.
  public var yamlText: String {
    "# The resolved configuration of this run; `espalier \(command.rawValue) --config` reads it.\n"
      + settings.map { "\($0.key): \($0.text(self).map(Self.scalar) ?? "null")\n" }.joined()
  }

  /// `text` as a YAML scalar, in quotes where it could mean something else.
  private static func scalar(_ text: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./=:,_-+")
    let isPlain =
      text.allSatisfy(plain.contains) && text.first.map { !"-:=,".contains($0) } == true
      && text.last != ":" && !["null", "Null", "NULL"].contains(text)
    return isPlain ? text : JSONValue.string(text).compactText
  }
}
