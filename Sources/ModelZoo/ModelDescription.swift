/// A model's description, taken apart: `name[:key=value,…]`.
struct ModelDescription {
  let name: String
  private(set) var options: [String: String] = [:]

  /// - Throws: ``ModelError/malformed(_:)``.
  init(parsing text: String) throws(ModelError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    name = String(parts[0])
    guard !name.isEmpty else { throw .malformed(text) }
    guard parts.count == 2 else { return }
    for option in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
      let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty, options[String(pair[0])] == nil else {
        throw .malformed(text)
      }
      options[String(pair[0])] = String(pair[1])
    }
  }
}

/// Why a model's description was not understood.
public enum ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownModel(String, nearest: String)
  case unknownOption(String, model: String, nearest: String)
  case invalidValue(String, option: String, model: String, expected: String)
  case malformed(String)

  public var description: String {
    switch self {
    case .unknownModel(let name, let nearest):
      "unknown model '\(name)'; did you mean '\(nearest)'? 'espalier models' lists all"
    case .unknownOption(let option, let model, let nearest):
      "model '\(model)' has no option '\(option)'; did you mean '\(nearest)'?"
    case .invalidValue(let value, let option, let model, let expected):
      "model '\(model)': option '\(option)': expected \(expected), found '\(value)'"
    case .malformed(let text):
      "'\(text)' is no model; expected name[:key=value,…], such as resnet20:shortcut=b"
    }
  }
}
