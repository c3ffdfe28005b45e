/// A block of a network without shortcuts: a weighted layer with the batch norm and the ReLU behind it, or several such in a
/// row that one module holds, such as `layer1.0`.
public struct ChainBlock: Hashable, Sendable {
  /// That of its module: what stands before the last point of its layers' names where that ends with a number, else the name
  /// of its layer.
  public let name: String
  /// The node that it reads.
  public let source: String
  /// In order; the last is a ReLU.
  public let nodes: [String]

  public init(name: String, source: String, nodes: [String]) {
    self.name = name
    self.source = source
    self.nodes = nodes
  }

  /// The node whose values it passes on.
  public var end: String { nodes[nodes.count - 1] }
}

extension Network {
  /// The blocks of a network without shortcuts, in order; none for a network with sums.
  ///
  /// The one that reads the images, called the stem, is not among them, nor is what ends without ReLU.
  public func chainBlocks() -> [ChainBlock] {
    guard !nodes.contains(where: { $0.layer == .add }) else { return [] }
    let readers = readers()
    var blocks: [ChainBlock] = []
    for part in rectifiedLayers(readers) {
      let (name, names) = (Self.moduleName(part[0]), part.map(\.name))
      if let last = blocks.last, last.name == name, part[0].inputs == [last.end],
        readers[last.end]?.count == 1
      {
        blocks[blocks.count - 1] = ChainBlock(name: name, source: last.source, nodes: last.nodes + names)
      } else {
        blocks.append(ChainBlock(name: name, source: part[0].inputs[0], nodes: names))
      }
    }
    let stem = nodes.first(where: \.layer.producesUnits).map(Self.moduleName)
    return blocks.filter { $0.name != stem }
  }

  /// Every weighted layer with what follows it up to a ReLU, where each is the only one to read the one before.
  private func rectifiedLayers(_ readers: [String: [Int]]) -> [[Node]] {
    nodes.filter(\.layer.producesUnits).compactMap { layer in
      var part = [layer]
      while let next = readers[part[part.count - 1].name], next.count == 1 {
        let node = nodes[next[0]]
        guard node.layer == .batchNorm || node.layer == .relu else { return nil }
        part.append(node)
        if node.layer == .relu { return part }
      }
      return nil
    }
  }

  private static func moduleName(_ layer: Node) -> String {
    let holder = layer.name.split(separator: ".").dropLast()
    return holder.last.flatMap { Int($0) } == nil ? layer.name : holder.joined(separator: ".")
  }
}
