/// Why a network makes no sense.
public enum NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An input that no earlier node produces.
  case unknownInput(node: String, input: String)
  case duplicateName(String)
  /// A node whose input does not fit: what it takes, what it got, what to do.
  case wrongInput(node: String, expected: String, found: String)
  /// A node with sizes that leave no output or contradict each other.
  case invalidLayer(node: String, reason: String)
  /// A node with more elements, parameters or multiply-accumulates than can be counted.
  case tooLarge(node: String, what: String)
  /// The last node does not give one logit per class.
  case wrongOutput(network: String, expected: String, found: String)

  public var description: String {
    switch self {
    case .unknownInput(let node, let input):
      "node '\(node)' takes its input from '\(input)', which no earlier node produces"
    case .duplicateName(let name): "two nodes are named '\(name)'"
    case .wrongInput(let node, let expected, let found):
      "node '\(node)': expected \(expected), found \(found)"
    case .invalidLayer(let node, let reason): "node '\(node)': \(reason)"
    case .tooLarge(let node, let what): "node '\(node)': too many \(what); make it smaller"
    case .wrongOutput(let network, let expected, let found):
      "network '\(network)': expected \(expected), found \(found)"
    }
  }
}
