/// Why a network cannot be redesigned.
public enum RedesignError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Nothing before the head would be left.
  case nothingLeft(network: String, strategy: DesignStrategy)
  /// A stage that has nothing to repeat.
  case notRepeatable(block: String, reason: String)
  case unknownNode(String, network: String)

  public var description: String {
    switch self {
    case .nothingLeft(let network, let strategy):
      "\(network): \(strategy.rawValue) would leave no block, as even the first sees all that is to be seen; take larger images"
        + (strategy == .cut
          ? ", or efficiency, hybrid or performance, which change a large stem" : ", or performance")
    case .notRepeatable(let block, let reason):
      "block '\(block)' cannot be repeated: \(reason)"
    case .unknownNode(let name, let network):
      "network '\(network)' has no node '\(name)' of the kind that is needed"
    }
  }
}
