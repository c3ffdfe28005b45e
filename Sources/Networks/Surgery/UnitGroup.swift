/// Units, that is output channels, that can only be removed together: those of one layer, or those of all layers whose
/// outputs are added up, such as the channels of a residual stream.
public struct UnitGroup: Hashable, Sendable {
  /// That of its first layer.
  public let name: String
  /// Number of units.
  public let count: Int
  /// The convolutions and linear layers that produce the units, in node order.
  public let layers: [String]
  /// Whether residual blocks read or write these units beside their branches: the channels of a residual stream.
  public let isResidualStream: Bool

  public init(name: String, count: Int, layers: [String], isResidualStream: Bool = false) {
    self.name = name
    self.count = count
    self.layers = layers
    self.isResidualStream = isResidualStream
  }
}

extension Network {
  /// The groups whose units can be removed, in node order. Left out are the logits, what the images are added to, and
  /// what grouped convolutions, concatenations and channel factors read and write.
  /// - Throws: ``NetworkError`` where the network's shapes do not fit.
  public func unitGroups() throws -> [UnitGroup] { try ChannelAnalysis(self).groups }
}

/// Follows channels through a network: which nodes carry the same units.
package struct ChannelAnalysis {
  package let shapes: [String: FeatureShape]
  package private(set) var groups: [UnitGroup] = []
  /// The position in ``groups`` of the units that a node carries.
  package private(set) var groupIndex: [String: Int] = [:]

  /// The set of each node and how many values of a vector each unit has become.
  private var places: [String: Place] = [:]
  private var parents: [Int] = []
  private var isFixed: [Bool] = []

  private struct Place {
    var set: Int
    var valuesPerUnit: Int
  }

  package init(_ network: Network) throws {
    shapes = try network.shapes()
    places[Network.inputName] = Place(set: newSet(isFixed: true), valuesPerUnit: 1)
    for node in network.nodes { places[node.name] = try place(node) }
    if let output = network.nodes.last { fix(output.name) }
    collectGroups(network)
  }

  private mutating func place(_ node: Node) throws -> Place {
    let inputs = try node.inputs.map { name in
      guard let place = places[name] else { throw NetworkError.unknownInput(node: node.name, input: name) }
      return place
    }
    switch node.layer {
    case .convolution(let convolution):
      if convolution.groups > 1 { fix(node.inputs[0]) }
      return Place(set: newSet(isFixed: convolution.groups > 1), valuesPerUnit: 1)
    case .linear, .shortcut: return Place(set: newSet(isFixed: false), valuesPerUnit: 1)
    case .add:
      join(inputs[0].set, inputs[1].set)
      if inputs[0].valuesPerUnit != inputs[1].valuesPerUnit { fix(node.inputs[0]) }
      return inputs[0]
    case .flatten:
      let values = shapes[node.inputs[0]].map { $0.count / $0.channels } ?? 1
      return Place(set: inputs[0].set, valuesPerUnit: inputs[0].valuesPerUnit * values)
    case .batchNorm, .relu, .pooling, .globalAveragePool, .gate: return inputs[0]
    case .concatenate, .scaleChannels:
      for input in node.inputs { fix(input) }
      return Place(set: newSet(isFixed: true), valuesPerUnit: 1)
    }
  }

  private mutating func collectGroups(_ network: Network) {
    var layers: [Int: [Node]] = [:]
    var order: [Int] = []
    for node in network.nodes where node.layer.producesUnits {
      guard let set = places[node.name].map({ root($0.set) }), !isFixed[set] else { continue }
      if layers[set] == nil { order.append(set) }
      layers[set, default: []].append(node)
    }
    let carriers =
      network.nodes.filter { $0.layer == .add }.map(\.name) + network.residualBlocks().map(\.source)
    let streams = Set(carriers.compactMap { places[$0].map { root($0.set) } })
    var positions: [Int: Int] = [:]
    for set in order {
      guard let members = layers[set], let count = shapes[members[0].name]?.channels else { continue }
      positions[set] = groups.count
      groups.append(
        UnitGroup(
          name: members[0].name, count: count, layers: members.map(\.name),
          isResidualStream: streams.contains(set)))
    }
    for (name, place) in places { groupIndex[name] = positions[root(place.set)] }
  }

  // MARK: - Disjoint sets

  private mutating func newSet(isFixed fixed: Bool) -> Int {
    parents.append(parents.count)
    isFixed.append(fixed)
    return parents.count - 1
  }

  private func root(_ set: Int) -> Int {
    var set = set
    while parents[set] != set { set = parents[set] }
    return set
  }

  private mutating func join(_ first: Int, _ second: Int) {
    let (low, high) = (min(root(first), root(second)), max(root(first), root(second)))
    parents[high] = low
    isFixed[low] = isFixed[low] || isFixed[high]
  }

  /// Keeps the units of a node from being removed.
  private mutating func fix(_ name: String) {
    if let place = places[name] { isFixed[root(place.set)] = true }
  }
}

extension Layer {
  var producesUnits: Bool {
    switch self {
    case .convolution, .linear: true
    default: false
    }
  }
}
