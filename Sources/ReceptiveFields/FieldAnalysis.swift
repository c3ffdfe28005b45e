import Networks

/// What each layer of a network sees of its images, and which cannot help because what they read sees everything already.
/// Known without training.
///
/// Derived from Richter et al., arXiv 2106.12307, as docs/receptive-fields.md says.
///
/// ```swift
/// let network = try ModelZoo.network("vgg16", input: .init(channels: 3, height: 32, width: 32), classes: 10)
/// print(try FieldAnalysis(network).unproductive.map(\.name))
/// ```
public struct FieldAnalysis: Hashable, Sendable {
  public let network: Network
  public let rule: FieldRule
  /// What is to be seen, in pixels of height and width: the image, or the object in it.
  public let size: [Int]
  /// Every node, in order.
  public let layers: [FieldLayer]
  let readings: Readings

  /// - Parameter objectSize: Height and width of what is to be recognised; the whole image where left out.
  /// - Throws: `NetworkError` where the network's shapes do not fit, or where paths with different strides meet.
  public init(_ network: Network, rule: FieldRule = .field, objectSize: [Int]? = nil) throws {
    let summary = try NetworkSummary(network)
    let fields = summary.rows.reduce(into: [Network.inputName: ReceptiveField.pixel]) {
      $0[$1.name] = $1.receptiveField
    }
    try Self.checkJoins(network, fields, summary)
    let image = [network.input.height, network.input.width]
    let size = objectSize ?? image
    let readings = Readings(network, fields)
    self.network = network
    self.rule = rule
    self.size = size
    self.readings = readings
    layers = zip(network.nodes, summary.rows).map { node, row in
      var cover: Cover?
      if let field = row.receptiveField, case .maps(let maps) = row.outputShape {
        cover = Cover(field, positions: [maps.height, maps.width], size: image)
      }
      return FieldLayer(
        name: node.name, layer: node.layer, inputs: node.inputs, outputShape: row.outputShape,
        field: row.receptiveField,
        cover: cover,
        verdict: readings.verdict(on: node.name, rule, size: size),
        parameters: row.parameters, multiplyAccumulates: row.operations)
    }
  }

  /// Throws where paths meet whose positions lie apart by different numbers of pixels: what is seen there has no place.
  private static func checkJoins(
    _ network: Network, _ fields: [String: ReceptiveField], _ summary: NetworkSummary
  ) throws {
    for (node, row) in zip(network.nodes, summary.rows) where node.inputs.count > 1 {
      guard case .maps(let maps) = row.outputShape else { continue }
      for (axis, positions) in [maps.height, maps.width].enumerated() where positions > 1 {
        let jumps = Set(node.inputs.compactMap { fields[$0]?.axes[axis].jump })
        guard jumps.count > 1 else { continue }
        throw NetworkError.wrongInput(
          node: node.name, expected: "paths on which the strides multiply to the same",
          found: jumps.sorted().map { "\($0)" }.joined(separator: " and "))
      }
    }
  }

  var layersByName: [String: FieldLayer] {
    Dictionary(layers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Convolutions with a window of more than one position, in order.
  public var spatialLayers: [FieldLayer] { layers.filter(\.isSpatial) }
  /// Judged so by the rule, in order.
  public var unproductive: [FieldLayer] { layers.filter { $0.verdict == .unproductive } }
  public var critical: [FieldLayer] { layers.filter { $0.verdict == .critical } }

  public var parameters: Int { layers.reduce(0) { $0 + $1.parameters } }
  public var multiplyAccumulates: Int { layers.reduce(0) { $0 + $1.multiplyAccumulates } }

  /// Whether paths meet anywhere: the shortest field decides then, and it stays small.
  public var hasJoins: Bool { layers.contains { $0.inputs.count > 1 } }
}

/// What nodes read.
struct Readings: Hashable {
  private let nodes: [String: Node]
  private let fields: [String: ReceptiveField]

  init(_ network: Network, _ fields: [String: ReceptiveField]) {
    nodes = Dictionary(network.nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.fields = fields
  }

  /// The shortest field among a node's inputs, in height and width.
  private func shortest(of node: Node, countingPoolings: Bool) -> [Int] {
    let inputs = node.inputs.compactMap { fields[countingPoolings ? $0 : beforePoolings($0)] }
    return (0...1).map { axis in inputs.map { $0.axes[axis].shortest }.min() ?? 1 }
  }

  /// The node that a value comes from when what follows a convolution or a join is passed over.
  private func beforePoolings(_ name: String) -> String {
    var name = name
    while let node = nodes[name] {
      switch node.layer {
      case .pooling, .batchNorm, .relu, .gate: name = node.inputs[0]
      default: return name
      }
    }
    return name
  }

  /// nil for what is no convolution of the network, or one that the rule does not judge.
  func verdict(on name: String, _ rule: FieldRule, size: [Int]) -> FieldVerdict? {
    guard let node = nodes[name], case .convolution(let convolution) = node.layer, let field = fields[name],
      node.layer.isSpatial || rule.judgesPointwise
    else { return nil }
    let read = shortest(of: node, countingPoolings: rule.countsPoolings)
    let exceeds = zip(field.axes, size).map { $0.shortest > $1 }
    let seesAll =
      zip(read, size).allSatisfy { rule.covers($0, $1) }
      && (node.layer.isSpatial || exceeds.allSatisfy(\.self))
    if seesAll || (rule.judgesSmallMaps && isLinear(convolution, node, size: size)) { return .unproductive }
    if exceeds.allSatisfy(\.self) { return .critical }
    return exceeds.contains(true) ? .partial : .productive
  }

  /// Whether the window spans the maps that are read, as large as the strides before it say.
  private func isLinear(_ convolution: Layer.Convolution, _ node: Node, size: [Int]) -> Bool {
    node.inputs.allSatisfy { input in
      guard let field = fields[input] else { return false }
      return (0...1).allSatisfy { size[$0] / field.axes[$0].jump <= convolution.kernel[$0] }
    }
  }
}
