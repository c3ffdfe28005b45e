/// A network with gates: masking a unit or a block is setting a gate to 0.
public struct GatedNetwork: Hashable, Sendable {
  public let network: Network
  private let sites: [Site]

  /// Where a gate stands.
  private struct Site: Hashable {
    var gate: String
    var channels: Int
    /// The group of units that it masks.
    var group: String?
    /// The block whose branch it ends.
    var block: String?
  }

  /// Puts a gate behind every layer and shortcut whose units can be removed, and at the end of every residual branch:
  /// after batch norm and ReLU where they follow, so that 0 is exactly nothing. A gate is named after its layer: `conv1.gate`.
  /// - Throws: ``NetworkError`` where the network's shapes do not fit.
  public init(_ network: Network) throws {
    let analysis = try ChannelAnalysis(network)
    let blocks = network.residualBlocks()
    let chains = Chains(network)
    var gates: [String: Node] = [:]
    var sites: [Site] = []
    for node in network.nodes where node.layer.bringsUnits {
      let end = chains.end(of: node.name)
      let group = analysis.groupIndex[node.name].map { analysis.groups[$0].name }
      let block = blocks.first { $0.branch.last == end }?.name
      guard group != nil || block != nil else { continue }
      let gate = Node("\(node.name).gate", .gate, end)
      gates[end] = gate
      sites.append(
        Site(gate: gate.name, channels: analysis.shapes[node.name]?.channels ?? 0, group: group, block: block)
      )
    }
    // A branch that ends in something else, such as pooling.
    for block in blocks {
      guard let end = block.branch.last, gates[end] == nil else { continue }
      let gate = Node("\(block.name).gate", .gate, end)
      gates[end] = gate
      sites.append(
        Site(gate: gate.name, channels: analysis.shapes[end]?.channels ?? 0, group: nil, block: block.name))
    }
    self.sites = sites
    var gated = network
    gated.nodes = network.nodes.flatMap { node in
      var node = node
      node.inputs = node.inputs.map { gates[$0]?.name ?? $0 }
      return [node] + (gates[node.name].map { [$0] } ?? [])
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
  /// Whether units begin here: those of a layer with weights, and those that a shortcut brings from elsewhere.
  fileprivate var bringsUnits: Bool {
    if case .shortcut = self { true } else { producesUnits }
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
