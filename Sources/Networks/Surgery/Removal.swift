/// What to remove from a network.
public struct Removal: Hashable, Sendable {
  /// Units by the name of their ``UnitGroup``, counted from 0.
  public var units: [String: Set<Int>]
  /// Residual blocks by name.
  public var blocks: Set<String>

  public init(units: [String: Set<Int>] = [:], blocks: Set<String> = []) {
    self.units = units
    self.blocks = blocks
  }
}

/// Why units or blocks cannot be removed.
public enum RemovalError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownGroup(String, known: [String])
  case unknownUnit(Int, group: String, count: Int)
  case unknownBlock(String, known: [String])
  /// All units of a group that is still needed.
  case nothingLeft(group: String)

  public var description: String {
    switch self {
    case .unknownGroup(let name, let known):
      "there is no group of removable units '\(name)'; there are \(known.joined(separator: ", "))"
    case .unknownUnit(let unit, let group, let count):
      "group '\(group)' has no unit \(unit): it has \(count), counted from 0"
    case .unknownBlock(let name, let known):
      "there is no residual block '\(name)'; there are \(known.joined(separator: ", "))"
    case .nothingLeft(let group):
      "all units of group '\(group)' would go, which leaves its readers without input; keep one, or remove its block"
    }
  }
}
