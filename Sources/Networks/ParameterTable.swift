/// One trainable tensor or running statistic of a network: its PyTorch name and its place in a flat arena.
public struct Parameter: Hashable, Sendable {
  public enum Role: Hashable, Sendable {
    case convolutionWeight
    case linearWeight
    case bias
    /// γ of batch norm.
    case scale
    /// β of batch norm.
    case shift
    case runningMean
    case runningVariance
    /// A factor from outside; not trained with the weights and no parameter.
    case gate
  }

  public let name: String
  public let role: Role
  /// PyTorch's shape: `[outputs, inputs, height, width]`, `[outputs, inputs]` or `[channels]`.
  public let shape: [Int]
  /// The first of its words in the arena.
  public let offset: Int

  public var count: Int { shape.reduce(1, *) }
  /// Inputs of one output: the product of all but the first dimension.
  public var fanIn: Int { shape.dropFirst().reduce(1, *) }
  /// Outputs times the area of the kernel: the product of all but the second dimension.
  public var fanOut: Int { shape.prefix(1).reduce(1, *) * shape.dropFirst(2).reduce(1, *) }
}

/// The parameters of a network in one unpadded arena, its running statistics and its gates in two others, all in node
/// order.
public struct ParameterTable: Hashable, Sendable {
  private var parameterArena = Arena()
  private var statisticsArena = Arena()
  private var gateArena = Arena()
  private var entries: [String: Parameter] = [:]

  public var parameters: [Parameter] { parameterArena.entries }
  public var statistics: [Parameter] { statisticsArena.entries }
  /// By the names of their nodes.
  public var gates: [Parameter] { gateArena.entries }
  public var parameterCount: Int { parameterArena.count }
  public var statisticsCount: Int { statisticsArena.count }
  public var gateCount: Int { gateArena.count }

  private struct Arena: Hashable {
    var entries: [Parameter] = []
    var count = 0
  }

  /// - Throws: ``NetworkError`` where the network's shapes do not fit.
  public init(_ network: Network) throws {
    let shapes = try network.shapes()
    for node in network.nodes {
      guard let source = node.inputs.first, let input = shapes[source] else { continue }
      switch (node.layer, input) {
      case (.convolution(let convolution), .maps(let maps)):
        let shape = [convolution.outputs, maps.channels / convolution.groups] + convolution.kernel
        try add(node, "weight", .convolutionWeight, shape)
        if convolution.bias { try add(node, "bias", .bias, [convolution.outputs]) }
      case (.linear(let linear), .vector(let inputs)):
        try add(node, "weight", .linearWeight, [linear.outputs, inputs])
        if linear.bias { try add(node, "bias", .bias, [linear.outputs]) }
      case (.batchNorm, _):
        try add(node, "weight", .scale, [input.channels])
        try add(node, "bias", .shift, [input.channels])
        try add(node, "running_mean", .runningMean, [input.channels], to: \.statisticsArena)
        try add(node, "running_var", .runningVariance, [input.channels], to: \.statisticsArena)
      case (.gate, _): try add(node, nil, .gate, [input.channels], to: \.gateArena)
      default: break
      }
    }
  }

  /// The parameter, statistic or gate of that name.
  public subscript(name: String) -> Parameter? { entries[name] }

  private mutating func add(
    _ node: Node, _ suffix: String?, _ role: Parameter.Role, _ shape: [Int],
    to arena: WritableKeyPath<ParameterTable, Arena> = \.parameterArena
  ) throws {
    let words = try CheckedSizes.product(shape, of: "parameters", node: node.name)
    let entry = Parameter(
      name: suffix.map { "\(node.name).\($0)" } ?? node.name, role: role, shape: shape,
      offset: self[keyPath: arena].count)
    guard entries.updateValue(entry, forKey: entry.name) == nil else {
      throw NetworkError.duplicateName(entry.name)
    }
    self[keyPath: arena].entries.append(entry)
    self[keyPath: arena].count = try CheckedSizes.sum(
      entry.offset, words, of: "parameters", node: node.name)
  }
}
