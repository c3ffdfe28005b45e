import Networks

/// Writes a network's nodes down as operations, one after the other.
struct GraphBuilder {
  /// What the logits are called.
  static let outputName = "logits"

  private(set) var graph = ONNXGraph()
  private let network: Network
  private let shapes: [String: FeatureShape]
  /// Names that values, initializers and operations have. The empty name means "left out" in ONNX.
  private var usedNames: Set<String> = ["", Network.inputName, outputName]
  /// The value that each node gives.
  private var values = [Network.inputName: Network.inputName]

  static func graph(_ network: Network, state: ModelState) throws -> ONNXGraph {
    var builder = try GraphBuilder(network, state: state)
    for node in network.nodes { try builder.append(node) }
    return builder.graph
  }

  private init(_ network: Network, state: ModelState) throws {
    self.network = network
    shapes = try network.shapes()
    let table = try ParameterTable(network)
    for entry in table.parameters + table.statistics {
      usedNames.insert(entry.name)
      graph.initializers.append(
        ONNXTensor(entry.name, shape: entry.shape, floats: try state.values(of: entry)))
    }
    let images = network.input
    graph.name = network.name.isEmpty ? "network" : network.name
    graph.inputs = [
      ONNXValue(Network.inputName, batchOf: [images.channels, images.height, images.width])
    ]
    graph.outputs = [ONNXValue(Self.outputName, batchOf: [network.classes])]
  }

  /// The channels, or values, of a node's first input.
  func inputChannels(of node: Node) -> Int { shapes[node.inputs[0]]?.channels ?? 0 }

  /// The values that a node reads.
  func inputs(of node: Node) -> [String] { node.inputs.map { values[$0] ?? $0 } }

  /// Appends the operation that gives a node's value.
  mutating func finish(
    _ node: Node, _ operatorType: String, _ inputs: [String], _ attributes: [ONNXAttribute] = []
  ) {
    let output = node.name == network.nodes.last?.name ? Self.outputName : unused(node.name)
    values[node.name] = output
    append(operatorType, inputs, attributes, name: output, output: output)
  }

  /// Appends an operation on the way to a node's value.
  ///
  /// - Parameter suffix: tells the operation from others of the same node.
  /// - Returns: the name of the operation's value.
  mutating func begin(_ node: Node, _ suffix: String, _ operatorType: String, _ inputs: [String]) -> String {
    let output = unused("\(node.name).\(suffix)")
    append(operatorType, inputs, [], name: output, output: output)
    return output
  }

  /// Adds a vector of integers that an operation of a node takes as input.
  mutating func constant(_ node: Node, _ suffix: String, _ integers: [Int]) -> String {
    let name = unused("\(node.name).\(suffix)")
    graph.initializers.append(ONNXTensor(name, integers: integers))
    return name
  }

  private mutating func append(
    _ operatorType: String, _ inputs: [String], _ attributes: [ONNXAttribute], name: String, output: String
  ) {
    var operation = ONNXOperation()
    operation.name = name
    operation.operatorType = operatorType
    operation.inputs = inputs
    operation.outputs = [output]
    operation.attributes = attributes
    graph.operations.append(operation)
  }

  /// `wish`, or if it is taken, the first of `wish.2`, `wish.3`, … that is not.
  private mutating func unused(_ wish: String) -> String {
    var name = wish
    var number = 2
    while !usedNames.insert(name).inserted {
      name = "\(wish).\(number)"
      number += 1
    }
    return name
  }
}
