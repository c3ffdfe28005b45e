import Networks

/// The gates that a network had before pruning, to say what became of them.
public struct GateStructure: Hashable, Sendable, Codable {
  public struct Entry: Hashable, Sendable, Codable {
    public var name: String
    public var kind: GateSet.Kind
    public var count: Int
    /// The layers that produced the units, or the nodes of the block's branch.
    public var nodes: [String]
    /// Where it is in the network: the rows and columns of its feature maps, such as `28x28`.
    public var stage: String
    /// The block that the units are in; nil outside of blocks.
    public var block: String?
  }

  /// In the order of the layout.
  public let entries: [Entry]
  /// In the order of the network.
  public let stages: [String]
  /// Number of gates.
  public let count: Int

  /// - Throws: `NetworkError` where the network's shapes do not fit.
  public init(_ layout: GateLayout) throws {
    let shapes = try layout.network.shapes()
    func stage(_ node: String) -> String {
      if case .maps(let maps) = shapes[node] { "\(maps.height)x\(maps.width)" } else { "1x1" }
    }
    let blocks = layout.sets.filter { $0.kind == .block }
    entries = layout.sets.map { set in
      Entry(
        name: set.name, kind: set.kind, count: set.count, nodes: set.nodes,
        stage: stage(set.kind == .block ? set.nodes[set.nodes.count - 1] : set.nodes[0]),
        block: set.kind == .units ? blocks.first { $0.nodes.contains(set.nodes[0]) }?.name : nil)
    }
    var stages: [String] = []
    let present = Set(entries.map(\.stage))
    for node in layout.network.nodes {
      let stage = stage(node.name)
      if present.contains(stage), !stages.contains(stage) { stages.append(stage) }
    }
    self.stages = stages
    count = layout.count
  }

  func has(block: String) -> Bool { entries.contains { $0.kind == .block && $0.name == block } }

  /// Of the units that a layer produces; nil where they had no gates.
  func kind(ofGroupWith layer: String) -> GateSet.Kind? {
    entries.first { $0.kind != .block && $0.nodes.contains(layer) }?.kind
  }

  /// How many gates of each entry are among `gates`.
  ///
  /// - Parameter gates: positions in the layout that this describes.
  public func counts(of gates: [Int]) -> [Int] {
    var isPresent = [Bool](repeating: false, count: count)
    for gate in gates { isPresent[gate] = true }
    var first = 0
    return entries.map { entry in
      defer { first += entry.count }
      return isPresent[first..<(first + entry.count)].count { $0 }
    }
  }
}
