extension Network {
  /// The blocks that can be left out whole, in order: residual blocks or, in a network without sums, ``chainBlocks()``.
  public func removableBlocks() throws -> [RemovableBlock] {
    let shapes = try shapes()
    func block(_ name: String, _ source: String, _ end: String, _ branch: String) throws -> RemovableBlock {
      guard let input = shapes[source], let output = shapes[end] else {
        throw NetworkError.unknownInput(node: name, input: source)
      }
      return RemovableBlock(name: name, branchEnd: branch, input: input, output: output)
    }
    let chain = try chainBlocks().map { try block($0.name, $0.source, $0.end, $0.end) }
    return try chain
      + residualBlocks().map { try block($0.name, $0.source, $0.sum, $0.branch.last ?? $0.sum) }
  }

  /// The network without some blocks.
  ///
  /// Of a residual block its skip path stays. In a chain, what comes behind a block reads what came before it: where the
  /// block changed the number of channels, its reader takes others, and where it made the maps smaller, the next block of
  /// the same output shape does so instead; without one, maps stay as large as they were. Nodes keep their names.
  ///
  /// - Throws: ``RemovalError/unknownBlock(_:known:)``, or ``NetworkError`` where what remains does not fit together.
  public func withoutBlocks(_ names: Set<String>) throws -> Network {
    let chain = chainBlocks()
    guard !chain.isEmpty else { return try removing(Removal(blocks: names)).network }
    if let unknown = names.subtracting(chain.map(\.name)).min() {
      throw RemovalError.unknownBlock(unknown, known: chain.map(\.name))
    }
    let shapes = try shapes()
    var strides = Strides(self)
    for (index, block) in chain.enumerated() where names.contains(block.name) {
      let heir = chain[(index + 1)...].first {
        !names.contains($0.name) && shapes[$0.end] == shapes[block.end]
      }
      if let heir { strides.move(from: block, to: heir) }
    }
    var replacement: [String: String] = [:]
    var result = self
    result.nodes = []
    let removed = Dictionary(
      uniqueKeysWithValues: chain.filter { names.contains($0.name) }.flatMap { block in
        block.nodes.map { ($0, block) }
      })
    for var node in nodes {
      if let block = removed[node.name] {
        replacement[node.name] = replacement[block.source] ?? block.source
        continue
      }
      node.inputs = node.inputs.map { replacement[$0] ?? $0 }
      node.layer = strides.layer(of: node)
      result.nodes.append(node)
    }
    _ = try result.shapes()
    return result
  }

  /// Those of some blocks that can go together, taken from the last to the first: what is left fits together and, if that is
  /// asked for, does not cost more.
  ///
  /// - Throws: `NetworkError` where the network itself does not fit together.
  public func removable(_ names: [String], guardingMacs: Bool) throws -> [String] {
    var accepted: Set<String> = []
    var cost = try Complexity(self).multiplyAccumulates
    for name in names.reversed() {
      guard let smaller = try? Complexity(withoutBlocks(accepted.union([name]))) else { continue }
      if guardingMacs, smaller.multiplyAccumulates > cost { continue }
      cost = smaller.multiplyAccumulates
      accepted.insert(name)
    }
    return names.filter(accepted.contains)
  }
}

/// A block that can be left out whole.
public struct RemovableBlock: Hashable, Sendable {
  public let name: String
  /// The node in which what the block adds to its input can be seen: the end of a residual branch, or of a chain's block.
  public let branchEnd: String
  public let input: FeatureShape
  public let output: FeatureShape
}

/// The strides of a chain's convolutions, while blocks go.
private struct Strides {
  private var strides: [String: [Int]] = [:]

  init(_ network: Network) {
    for node in network.nodes {
      if case .convolution(let convolution) = node.layer { strides[node.name] = convolution.stride }
    }
  }

  /// The first convolution of a block takes on the strides of one that goes.
  mutating func move(from block: ChainBlock, to heir: ChainBlock) {
    guard let first = heir.nodes.first(where: { strides[$0] != nil }) else { return }
    for name in block.nodes {
      guard let stride = strides[name] else { continue }
      strides[first] = zip(strides[first] ?? [1, 1], stride).map { $0 * $1 }
      strides[name] = stride.map { _ in 1 }
    }
  }

  func layer(of node: Node) -> Layer {
    guard case .convolution(var convolution) = node.layer, let stride = strides[node.name] else {
      return node.layer
    }
    convolution.stride = stride
    return .convolution(convolution)
  }
}
