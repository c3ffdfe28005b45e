import Networks

/// The models by name: `name[:key=value,…]`, e.g. `resnet20`, `resnet56:shortcut=b,width=0.5`.
public enum ModelZoo {
  /// Every name that ``network(_:input:classes:)`` knows, without options.
  public static var names: [String] { CIFARResNet.depths.map { "resnet\($0)" } }

  /// - Parameter description: the model grammar; an option that is left out takes its default.
  /// - Throws: ``ModelError`` for an unknown name, option or value, naming what is known;
  ///   ``NetworkError`` where the model cannot take such images.
  public static func network(_ description: String, input: ImageShape, classes: Int) throws -> Network {
    var model = try ModelDescription(parsing: description)
    guard let depth = CIFARResNet.depths.first(where: { "resnet\($0)" == model.name }) else {
      throw ModelError.unknownModel(model.name, known: names)
    }
    let shortcut = try model.take("shortcut", default: CIFARResNet.ShortcutOption.a) {
      CIFARResNet.ShortcutOption(rawValue: $0)
    }
    let width = try model.take("width", default: 1.0) { text in
      Double(text).flatMap { $0 > 0 && $0 <= 64 ? $0 : nil }
    }
    try model.requireEmpty(known: ["shortcut", "width"])
    let network = CIFARResNet.network(
      name: description, depth: depth, shortcut: shortcut, width: width, input: input, classes: classes)
    _ = try network.shapes()
    return network
  }
}

/// Why a model's description was not understood.
public enum ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownModel(String, known: [String])
  case unknownOption(String, model: String, known: [String])
  case invalidValue(String, option: String, model: String)
  case malformed(String)

  public var description: String {
    switch self {
    case .unknownModel(let name, let known):
      "unknown model '\(name)'; known are \(known.joined(separator: ", "))"
    case .unknownOption(let option, let model, let known):
      "model '\(model)' has no option '\(option)'; it has \(known.joined(separator: ", "))"
    case .invalidValue(let value, let option, let model):
      "model '\(model)': '\(value)' is no value for option '\(option)'"
    case .malformed(let text):
      "'\(text)' is no model; expected name[:key=value,…], such as resnet20:shortcut=b"
    }
  }
}

/// A parsed model description whose options are taken one by one.
struct ModelDescription {
  let name: String
  private var options: [String: String] = [:]

  init(parsing text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    name = String(parts[0])
    guard !name.isEmpty else { throw ModelError.malformed(text) }
    guard parts.count == 2 else { return }
    for option in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
      let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty, options[String(pair[0])] == nil else {
        throw ModelError.malformed(text)
      }
      options[String(pair[0])] = String(pair[1])
    }
  }

  mutating func take<Value>(
    _ option: String, default fallback: Value, _ parse: (String) -> Value?
  ) throws -> Value {
    guard let text = options.removeValue(forKey: option) else { return fallback }
    guard let value = parse(text) else {
      throw ModelError.invalidValue(text, option: option, model: name)
    }
    return value
  }

  func requireEmpty(known: [String]) throws {
    if let option = options.keys.min() { throw ModelError.unknownOption(option, model: name, known: known) }
  }
}
