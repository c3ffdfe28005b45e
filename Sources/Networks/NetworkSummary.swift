/// What a network is and costs, node by node and in total.
public struct NetworkSummary: Hashable, Sendable {
  /// One node.
  public struct Row: Hashable, Sendable {
    public let name: String
    public let layer: Layer
    public let outputShape: FeatureShape
    /// Whether the output's shape is another than the (first) input's.
    public let changesShape: Bool
    /// Trainable parameters.
    public let parameters: Int
    /// Operations per image, by the summary's convention.
    public let operations: Int
    /// nil for vectors, which see the whole image.
    public let receptiveField: ReceptiveField?
  }

  public let rows: [Row]
  /// Trainable parameters.
  public let parameters: Int
  /// Running means and variances, which are no parameters.
  public let batchNormState: Int
  public let convention: CountingConvention
  /// Operations per image, by the convention.
  public let operations: Int

  /// - Throws: ``NetworkError`` where the network's shapes do not fit, ``UncountableLayer`` where the
  ///   convention has no rule for one of its layers.
  public init(_ network: Network, convention: CountingConvention = .multiplyAccumulates) throws {
    let shapes = try network.shapes()
    let fields = try network.receptiveFields(shapes: shapes)
    let table = try ParameterTable(network)
    let costs = try network.operations(convention)
    var parametersOf: [Substring: Int] = [:]
    for parameter in table.parameters {
      let node = parameter.name.prefix(upTo: parameter.name.lastIndex(of: ".") ?? parameter.name.endIndex)
      parametersOf[node, default: 0] += parameter.count
    }
    rows = zip(network.nodes, costs.perNode).compactMap { node, cost in
      guard let shape = shapes[node.name] else { return nil }
      return Row(
        name: node.name, layer: node.layer, outputShape: shape,
        changesShape: node.inputs.first.flatMap { shapes[$0] } != shape,
        parameters: parametersOf[node.name[...]] ?? 0, operations: cost, receptiveField: fields[node.name])
    }
    parameters = table.parameterCount
    batchNormState = table.statisticsCount
    self.convention = convention
    operations = costs.total
  }
}

extension NetworkSummary.Row {
  /// Whether the node has parameters, costs something or changes the shape: all but ReLUs, sums and the like.
  public var isNotable: Bool { parameters > 0 || operations > 0 || changesShape }
}
