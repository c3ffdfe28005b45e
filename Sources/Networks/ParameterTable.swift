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
        add(
          node, "weight", .convolutionWeight,
          [convolution.outputs, maps.channels / convolution.groups] + convolution.kernel)
        if convolution.bias { add(node, "bias", .bias, [convolution.outputs]) }
      case (.linear(let linear), .vector(let inputs)):
        add(node, "weight", .linearWeight, [linear.outputs, inputs])
        if linear.bias { add(node, "bias", .bias, [linear.outputs]) }
      case (.batchNorm, .maps(let maps)):
        add(node, "weight", .scale, [maps.channels])
        add(node, "bias", .shift, [maps.channels])
        addStatistic(node, "running_mean", .runningMean, [maps.channels])
        addStatistic(node, "running_var", .runningVariance, [maps.channels])
      default: break
      }
    }
  }

  /// The parameter or statistic of that name.
  public subscript(name: String) -> Parameter? {
    parameters.first { $0.name == name } ?? statistics.first { $0.name == name }
  }

  private mutating func add(_ node: Node, _ suffix: String, _ role: Parameter.Role, _ shape: [Int]) {
    parameters.append(
      Parameter(name: "\(node.name).\(suffix)", role: role, shape: shape, offset: parameterCount))
    parameterCount += shape.reduce(1, *)
  }

  private mutating func addStatistic(
    _ node: Node, _ suffix: String, _ role: Parameter.Role, _ shape: [Int]
  ) {
    statistics.append(
      Parameter(name: "\(node.name).\(suffix)", role: role, shape: shape, offset: statisticsCount))
    statisticsCount += shape.reduce(1, *)
  }
}
