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
}

/// The parameters of a network in one unpadded arena, and its running statistics in another, both in node order.
public struct ParameterTable: Hashable, Sendable {
  public private(set) var parameters: [Parameter] = []
  public private(set) var statistics: [Parameter] = []
  public private(set) var parameterCount = 0
  public private(set) var statisticsCount = 0

  /// - Throws: ``NetworkError`` where the network's shapes do not fit.
  public init(_ network: Network) throws {
    let shapes = try network.shapes()
    for node in network.nodes {
      guard let source = node.inputs.first, let input = shapes[source] else { continue }
      switch (node.layer, input) {
      case (.convolution(let convolution), .maps(let maps)):
        try add(
          node, "weight", .convolutionWeight,
          [convolution.outputs, maps.channels / convolution.groups] + convolution.kernel)
        if convolution.bias { try add(node, "bias", .bias, [convolution.outputs]) }
      case (.linear(let linear), .vector(let inputs)):
        try add(node, "weight", .linearWeight, [linear.outputs, inputs])
        if linear.bias { try add(node, "bias", .bias, [linear.outputs]) }
      case (.batchNorm, .maps(let maps)):
        try add(node, "weight", .scale, [maps.channels])
        try add(node, "bias", .shift, [maps.channels])
        try addStatistic(node, "running_mean", .runningMean, [maps.channels])
        try addStatistic(node, "running_var", .runningVariance, [maps.channels])
      default: break
      }
    }
  }

  /// The parameter or statistic of that name.
  public subscript(name: String) -> Parameter? {
    parameters.first { $0.name == name } ?? statistics.first { $0.name == name }
  }

  private mutating func add(_ node: Node, _ suffix: String, _ role: Parameter.Role, _ shape: [Int]) throws {
    parameters.append(
      Parameter(name: "\(node.name).\(suffix)", role: role, shape: shape, offset: parameterCount))
    parameterCount = try Self.end(parameterCount, shape, node)
  }

  private mutating func addStatistic(
    _ node: Node, _ suffix: String, _ role: Parameter.Role, _ shape: [Int]
  ) throws {
    statistics.append(
      Parameter(name: "\(node.name).\(suffix)", role: role, shape: shape, offset: statisticsCount))
    statisticsCount = try Self.end(statisticsCount, shape, node)
  }

  /// Where the arena ends after a tensor of that shape.
  private static func end(_ count: Int, _ shape: [Int], _ node: Node) throws -> Int {
    let words = try CheckedSizes.product(shape, of: "parameters", node: node.name)
    return try CheckedSizes.sum(count, words, of: "parameters", node: node.name)
  }
}
