extension Network {
  /// The network without some units and blocks: it computes what this one computes where those are masked with zeros
  /// after batch norm and ReLU.
  ///
  /// A removed block leaves its skip path; where that is the identity, a ReLU after the sum goes too if it reads what
  /// is not negative anyway. Nodes keep their names.
  ///
  /// - Throws: ``RemovalError``, or ``NetworkError`` where the network's own shapes do not fit.
  public func removing(_ removal: Removal) throws -> Surgery {
    let analysis = try ChannelAnalysis(self)
    try check(removal, analysis.groups)
    let trimmed = removingBlocks(removal.blocks)
    var slicing = Slicing(self, analysis, removal)
    for node in trimmed { try slicing.append(node) }
    let network = Network(name: name, input: input, classes: classes, nodes: slicing.nodes)
    _ = try network.shapes()
    return Surgery(network: network, slices: try slicing.slices(network))
  }

  private func check(_ removal: Removal, _ groups: [UnitGroup]) throws(RemovalError) {
    for (name, units) in removal.units.sorted(by: { $0.key < $1.key }) {
      guard let group = groups.first(where: { $0.name == name }) else {
        throw .unknownGroup(name, known: groups.map(\.name))
      }
      if let unit = units.sorted().first(where: { !(0..<group.count).contains($0) }) {
        throw .unknownUnit(unit, group: name, count: group.count)
      }
    }
    let known = residualBlocks().map(\.name)
    if let block = removal.blocks.sorted().first(where: { !known.contains($0) }) {
      throw .unknownBlock(block, known: known)
    }
  }

  /// The nodes without those blocks' branches, and without what nobody reads any more.
  private func removingBlocks(_ names: Set<String>) -> [Node] {
    let blocks = Dictionary(
      residualBlocks().filter { names.contains($0.name) }.map { ($0.sum, $0) },
      uniquingKeysWith: { first, _ in first })
    guard !blocks.isEmpty else { return nodes }
    let isNonnegative = nonnegativeNodes()
    var replacement: [String: String] = [:]
    var remaining: [Node] = []
    for var node in nodes {
      let original = node.inputs
      node.inputs = original.map { replacement[$0] ?? $0 }
      if blocks[node.name] != nil, node.name != nodes.last?.name {
        replacement[node.name] = node.inputs[1]
      } else if node.layer == .relu, let block = blocks[original[0]], block.skip.isEmpty,
        isNonnegative.contains(block.source), node.name != nodes.last?.name
      {
        replacement[node.name] = node.inputs[0]
      } else {
        remaining.append(node)
      }
    }
    return Self.withoutUnread(remaining)
  }

  private static func withoutUnread(_ nodes: [Node]) -> [Node] {
    var read: Set<String> = []
    var result: [Node] = []
    for (index, node) in nodes.enumerated().reversed() {
      guard index == nodes.count - 1 || read.contains(node.name) else { continue }
      read.formUnion(node.inputs)
      result.append(node)
    }
    return result.reversed()
  }

  /// The nodes whose values cannot be negative.
  private func nonnegativeNodes() -> Set<String> {
    var names: Set<String> = []
    for node in nodes {
      switch node.layer {
      case .relu: names.insert(node.name)
      case .pooling, .globalAveragePool, .flatten, .shortcut, .add, .concatenate:
        if node.inputs.allSatisfy(names.contains) { names.insert(node.name) }
      case .convolution, .batchNorm, .linear, .gate, .scaleChannels: break
      }
    }
    return names
  }
}

/// Rebuilds nodes with the channels that stay, in node order.
private struct Slicing {
  private(set) var nodes: [Node] = []
  private let original: Network
  private let analysis: ChannelAnalysis
  private let removal: Removal
  /// The channels, or values of a vector, that stay at each node; nil for all.
  private var kept: [String: [Int]] = [:]

  init(_ network: Network, _ analysis: ChannelAnalysis, _ removal: Removal) {
    original = network
    self.analysis = analysis
    self.removal = removal
  }

  mutating func append(_ node: Node) throws {
    var node = node
    let input = kept[node.inputs[0]]
    switch node.layer {
    case .convolution(var convolution):
      kept[node.name] = try remainingUnits(node.name)
      convolution.outputs = kept[node.name]?.count ?? convolution.outputs
      node.layer = .convolution(convolution)
    case .linear(var linear):
      kept[node.name] = try remainingUnits(node.name)
      linear.outputs = kept[node.name]?.count ?? linear.outputs
      node.layer = .linear(linear)
    case .shortcut(let shortcut):
      kept[node.name] = try remainingUnits(node.name)
      node.layer = .shortcut(self.shortcut(shortcut, node))
    case .flatten:
      let area = analysis.shapes[node.inputs[0]].map { $0.count / $0.channels } ?? 1
      kept[node.name] = input.map { $0.flatMap { channel in channel * area..<(channel + 1) * area } }
    case .batchNorm, .relu, .add, .pooling, .globalAveragePool, .gate: kept[node.name] = input
    // All of their units stay.
    case .concatenate, .scaleChannels: break
    }
    nodes.append(node)
  }

  /// The units of a layer that stay; nil for all.
  private func remainingUnits(_ name: String) throws(RemovalError) -> [Int]? {
    guard let index = analysis.groupIndex[name] else { return nil }
    let group = analysis.groups[index]
    guard let removed = removal.units[group.name], !removed.isEmpty else { return nil }
    let remaining = (0..<group.count).filter { !removed.contains($0) }
    guard !remaining.isEmpty else { throw .nothingLeft(group: group.name) }
    return remaining
  }

  /// A shortcut between the channels that stay on its two sides.
  private func shortcut(_ shortcut: Layer.Shortcut, _ node: Node) -> Layer.Shortcut {
    let inputs = analysis.shapes[node.inputs[0]]?.channels ?? 0
    let keptInputs = kept[node.inputs[0]] ?? Array(0..<inputs)
    let positions = Dictionary(uniqueKeysWithValues: keptInputs.enumerated().map { ($1, $0) })
    let sources = shortcut.sources(inputs: inputs)
    let channels = (kept[node.name] ?? Array(sources.indices)).map { positions[sources[$0]] ?? -1 }
    let centred = Layer.Shortcut(outputs: channels.count, stride: shortcut.stride)
    if centred.sources(inputs: keptInputs.count) == channels { return centred }
    return Layer.Shortcut(outputs: channels.count, stride: shortcut.stride, channels: channels)
  }

  /// How each tensor of the rebuilt network is cut out of the original's.
  func slices(_ network: Network) throws -> [TensorSlice] {
    let originals = try ParameterTable(original)
    let table = try ParameterTable(network)
    var sliceOf: [String: [[Int]?]] = [:]
    for node in nodes {
      let (input, output) = (kept[node.inputs[0]], kept[node.name])
      sliceOf["\(node.name).weight"] = node.layer.producesUnits ? [output, input] : [output]
      for suffix in ["bias", "running_mean", "running_var"] { sliceOf["\(node.name).\(suffix)"] = [output] }
    }
    let statistics = Set(table.statistics.map(\.name))
    return (table.parameters + table.statistics).map { entry in
      let shape = originals[entry.name]?.shape ?? entry.shape
      let kept = sliceOf[entry.name] ?? []
      return TensorSlice(
        name: entry.name, isStatistic: statistics.contains(entry.name), shape: shape,
        kept: shape.indices.map { $0 < kept.count ? kept[$0] : nil })
    }
  }
}
