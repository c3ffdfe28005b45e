/// A network with gates: masking a unit or a block is setting a gate to 0.
public struct GatedNetwork: Hashable, Sendable {
  public let network: Network
  /// Every gate.
  public let sites: [Site]

  /// Where a gate stands.
  public struct Site: Hashable, Sendable {
    /// The name of its node.
    public var gate: String
    public var channels: Int
    /// The group of units that it masks.
    public var group: String?
    /// The block whose branch it ends.
    public var block: String?
  }

  /// Puts a gate behind every layer whose units can be removed, before everything that reads a residual stream, and at the
  /// end of every residual branch: after batch norm and ReLU where they follow, so that 0 is exactly nothing.
  ///
  /// A channel of a residual stream is masked where it is read, not where it is written: the stream itself goes on, so
  /// that what a masked channel would have carried is known, and a ReLU behind a sum does not cut off its gradient. A gate
  /// is named after the node that it reads in a stream, and otherwise after the layer: `conv1.gate`.
  ///
  /// - Parameters:
  ///   - isGated: Which groups of units get gates.
  ///   - gatesBlocks: Whether branches get gates.
  /// - Throws: ``NetworkError`` where the network's shapes do not fit.
  public init(
    _ network: Network, groupsWhere isGated: (UnitGroup) -> Bool = { _ in true },
    blocks gatesBlocks: Bool = true
  ) throws {
    let analysis = try ChannelAnalysis(network)
    let blocks = gatesBlocks ? network.residualBlocks() : []
    let chains = Chains(network)
    /// The group of a node's units, if it has gates.
    func group(of node: String) -> UnitGroup? {
      analysis.groupIndex[node].map { analysis.groups[$0] }.flatMap { isGated($0) ? $0 : nil }
    }
    func channels(_ node: String) -> Int { analysis.shapes[node]?.channels ?? 0 }
    var sites: [Site] = []
    /// By the node behind which it stands: a gate for all readers, and one for those that read a stream.
    var gates: [String: Node] = [:]
    var streamGates: [String: Node] = [:]
    for node in network.nodes where node.layer.producesUnits {
      guard let group = group(of: node.name), !group.isResidualStream else { continue }
      let end = chains.end(of: node.name)
      let block = blocks.first { $0.branch.last == end }?.name
      gates[end] = Node("\(node.name).gate", .gate, end)
      sites.append(
        Site(gate: "\(node.name).gate", channels: channels(node.name), group: group.name, block: block))
    }
    for block in blocks {
      guard let end = block.branch.last, gates[end] == nil else { continue }
      gates[end] = Node("\(block.name).gate", .gate, end)
      sites.append(
        Site(gate: "\(block.name).gate", channels: channels(end), group: nil, block: block.name))
    }
    // What reads a flattened stream finds it masked already.
    let flattened = Set(network.nodes.filter { $0.layer == .flatten }.map(\.name))
    for node in network.nodes where node.layer.readsUnits {
      let source = node.inputs[0]
      guard let group = group(of: source), group.isResidualStream, channels(source) == group.count,
        streamGates[source] == nil, !flattened.contains(source)
      else { continue }
      streamGates[source] = Node("\(source).gate", .gate, source)
      sites.append(
        Site(gate: "\(source).gate", channels: group.count, group: group.name, block: nil))
    }
    self.sites = sites
    var gated = network
    gated.nodes = network.nodes.flatMap { node in
      var node = node
      node.inputs = node.inputs.map { input in
        (node.layer.readsUnits ? streamGates[input]?.name : nil) ?? gates[input]?.name ?? input
      }
      return [node] + [gates[node.name], streamGates[node.name]].compactMap(\.self)
    }
    _ = try gated.shapes()
    self.network = gated
  }

  /// The gates by name that mask what `removal` would remove.
  public func gates(masking removal: Removal) -> [String: [Float]] {
    Dictionary(
      uniqueKeysWithValues: sites.map { site in
        let isBlockMasked = site.block.map(removal.blocks.contains) ?? false
        let masked = site.group.flatMap { removal.units[$0] } ?? []
        return (
          site.gate,
          (0..<site.channels).map { isBlockMasked || masked.contains($0) ? 0 : 1 }
        )
      })
  }
}

extension Layer {
  /// Whether other units come out than go in, or their values lie elsewhere.
  fileprivate var readsUnits: Bool {
    switch self {
    case .convolution, .linear, .shortcut, .flatten: true
    case .batchNorm, .relu, .add, .pooling, .globalAveragePool, .gate, .concatenate, .scaleChannels: false
    }
  }
}

/// What follows a layer before anything else reads it.
private struct Chains {
  private let nodes: [Node]
  private let readers: [String: [Int]]

  init(_ network: Network) {
    nodes = network.nodes
    readers = network.readers()
  }

  /// The layer's batch norm, or the ReLU after that, as far as each is the only reader of what comes before.
  func end(of layer: String) -> String {
    var end = layer
    for expected in [Layer.batchNorm, .relu] {
      if let next = readers[end], next.count == 1, nodes[next[0]].layer == expected {
        end = nodes[next[0]].name
      }
    }
    return end
  }
}
