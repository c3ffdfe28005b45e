import Yams

/// Reading YAML that a stranger may have written.
package enum YAMLDocument {
  /// What is wrong with a text, and where.
  package struct Fault: Error, Equatable, Sendable {
    /// Counted from 1; nil where no line is to blame.
    package let line: Int?
    package let reason: String
  }

  /// A few lines of aliases of aliases stand for more values than can be compared.
  private static let maximumAliases = 8

  /// The root of a YAML text; nil where there is nothing, or only `null`.
  ///
  /// - Throws: ``Fault`` where it is not YAML, has a key twice, or has many aliases.
  package static func root(of text: String) throws(Fault) -> Node? {
    guard aliasCount(text) <= maximumAliases else {
      throw Fault(line: nil, reason: "expected at most \(maximumAliases) aliases such as '*name'")
    }
    do {
      guard let root = try Yams.compose(yaml: text), !root.isNull else { return nil }
      return root
    } catch {
      throw Fault(error)
    }
  }

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
}

extension YAMLDocument.Fault {
  fileprivate init(_ error: any Error) {
    switch error {
    case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _):
      self.init(line: mark.line, reason: "this is not YAML: \(problem)")
    case YamlError.duplicatedKeysInMapping(let duplicates, let context):
      self.init(line: context.mark.line, reason: "given twice: \(duplicates.joined(separator: ", "))")
    default: self.init(line: nil, reason: "this is not YAML")
    }
  }
}

extension Node {
  /// Whether this is `null`, `~` or nothing, without quotes.
  package var isNull: Bool { isPlain(["", "~", "null", "Null", "NULL"]) }

  /// The value of an unquoted `true` or `false`; nil for anything else, `yes` and `on` too.
  package var truth: Bool? {
    if isPlain(["true", "True", "TRUE"]) { return true }
    return isPlain(["false", "False", "FALSE"]) ? false : nil
  }

  private func isPlain(_ texts: [String]) -> Bool {
    guard case .scalar(let scalar) = self else { return false }
    return scalar.style != .singleQuoted && scalar.style != .doubleQuoted && texts.contains(scalar.string)
  }
}
