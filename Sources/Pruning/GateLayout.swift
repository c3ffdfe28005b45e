import Networks

/// Gates that belong together: the units of a group, or the one gate of a residual block.
public struct GateSet: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, Codable {
    /// Units of a layer.
    case units
    /// Channels of a residual stream.
    case stream
    /// A residual block.
    case block
  }

  /// The name of the group or of the block.
  public let name: String
  public let kind: Kind
  /// The layers that produce the units, or the nodes of the block's branch.
  public let nodes: [String]
  /// Where the gates of the set stand in a layout's vectors.
  public let range: Range<Int>

  public var count: Int { range.count }
}

/// The gates of a network as one flat vector: the groups of units in node order, then the blocks.
///
/// Everything that is known per gate (probabilities, masks, gradients, prices) is a vector in this order.
public struct GateLayout: Hashable, Sendable {
  public let network: Network
  /// The network with a gate wherever a unit or a block is masked.
  public let gated: GatedNetwork
  public let sets: [GateSet]
  /// Number of gates.
  public let count: Int
  /// In the order of the gated network's parameter table.
  let sites: [Site]

  /// A gate node, and the gates that are multiplied there.
  struct Site: Hashable {
    var channels: Int
    /// The first gate of its units.
    var units: Int?
    /// The gate of the block whose branch ends there.
    var block: Int?
  }

  /// The gates of a network before pruning.
  /// - Throws: `NetworkError` where the network's shapes do not fit.
  public init(_ network: Network, scope: GateScope) throws {
    try self.init(
      network, blocks: scope.hasLayers ? network.residualBlocks() : []
    ) { scope.contains($0) ? ($0.isResidualStream ? .stream : .units) : nil }
  }

  /// What is left of the gates that a network had before pruning. A group may have lost its first layer, by which it is
  /// called, and a residual stream all its sums: it stays what it was.
  /// - Throws: `NetworkError` where the network's shapes do not fit.
  public init(_ network: Network, matching structure: GateStructure) throws {
    try self.init(
      network, blocks: network.residualBlocks().filter { block in structure.has(block: block.name) }
    ) { structure.kind(ofGroupWith: $0.layers[0]) }
  }

  private init(
    _ network: Network, blocks: [ResidualBlock], kind: (UnitGroup) -> GateSet.Kind?
  ) throws {
    self.network = network
    var sets: [GateSet] = []
    var count = 0
    func add(_ name: String, _ kind: GateSet.Kind, _ nodes: [String], _ gates: Int) {
      sets.append(GateSet(name: name, kind: kind, nodes: nodes, range: count..<(count + gates)))
      count += gates
    }
    for group in try network.unitGroups() {
      if let kind = kind(group) { add(group.name, kind, group.layers, group.count) }
    }
    for block in blocks { add(block.name, .block, block.branch, 1) }
    gated = try GatedNetwork(network, groupsWhere: { kind($0) != nil }, blocks: !blocks.isEmpty)
    let starts = Dictionary(
      sets.map { ("\($0.kind == .block) \($0.name)", $0.range.lowerBound) },
      uniquingKeysWith: { first, _ in first })
    let siteOfGate = Dictionary(gated.sites.map { ($0.gate, $0) }, uniquingKeysWith: { first, _ in first })
    sites = try ParameterTable(gated.network).gates.compactMap { siteOfGate[$0.name] }.map { site in
      Site(
        channels: site.channels, units: site.group.flatMap { starts["false \($0)"] },
        block: site.block.flatMap { starts["true \($0)"] })
    }
    self.sets = sets
    self.count = count
  }

  /// The values of one row of gates on the device: the channels of all sites.
  public var deviceCount: Int { sites.reduce(0) { $0 + $1.channels } }

  /// What to remove where these gates stay.
  ///
  /// - Parameter isKept: one per gate.
  public func removal(keeping isKept: [Bool]) -> Removal {
    var removal = Removal()
    for set in sets {
      let removed = Set(set.range.filter { !isKept[$0] }.map { $0 - set.range.lowerBound })
      guard !removed.isEmpty else { continue }
      if set.kind == .block { removal.blocks.insert(set.name) } else { removal.units[set.name] = removed }
    }
    return removal
  }
}
