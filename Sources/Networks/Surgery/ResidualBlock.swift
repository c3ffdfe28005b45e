/// A branch that is added to a skip path: `branch(source) + skip(source)`.
public struct ResidualBlock: Hashable, Sendable {
  /// That of its sum without `.add`, such as `layer1.0`.
  public let name: String
  /// The node that adds; its first input is the branch, its second the skip.
  public let sum: String
  /// The node that both paths start from.
  public let source: String
  /// The nodes of the branch, in order.
  public let branch: [String]
  /// The nodes of the skip path, in order; none where it is the identity.
  public let skip: [String]

  public init(name: String, sum: String, source: String, branch: [String], skip: [String]) {
    self.name = name
    self.sum = sum
    self.source = source
    self.branch = branch
    self.skip = skip
  }
}

extension Network {
  /// Every sum of two paths that part at one node, in node order. A path is a chain of nodes with one input each.
  public func residualBlocks() -> [ResidualBlock] {
    let byName = Dictionary(nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    return nodes.compactMap { node in
      guard node.layer == .add, node.inputs.count == 2 else { return nil }
      let branch = Self.chain(endingAt: node.inputs[0], byName)
      let skip = Self.chain(endingAt: node.inputs[1], byName)
      let onBranch = Dictionary(branch.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      guard let parting = skip.firstIndex(where: { onBranch[$0] != nil }),
        let length = onBranch[skip[parting]], length > 0
      else { return nil }
      return ResidualBlock(
        name: node.name.hasSuffix(".add") ? String(node.name.dropLast(4)) : node.name, sum: node.name,
        source: skip[parting], branch: branch[..<length].reversed(), skip: skip[..<parting].reversed())
    }
  }

  /// The names from `name` backwards: every node with one input, and the first one with more, or the images.
  private static func chain(endingAt name: String, _ byName: [String: Node]) -> [String] {
    var names = [name]
    while let node = byName[names[names.count - 1]], node.inputs.count == 1 { names.append(node.inputs[0]) }
    return names
  }
}
