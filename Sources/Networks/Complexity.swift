/// What a network costs: trainable parameters (convolution, linear, batch norm's scale and shift) and
/// multiply-accumulates of convolutions and linear layers per image, without biases and batch norm.
public struct Complexity: Hashable, Sendable {
  public let parameters: Int
  public let multiplyAccumulates: Int

  /// - Throws: ``NetworkError`` where the network's shapes do not fit.
  public init(_ network: Network) throws {
    parameters = try ParameterTable(network).parameterCount
    multiplyAccumulates = try network.operations(.multiplyAccumulates).total
  }
}

extension Network {
  /// What each node costs by a convention, in node order, and the sum.
  func operations(_ convention: CountingConvention) throws -> (perNode: [Int], total: Int) {
    let shapes = try shapes()
    var total = 0
    let perNode = try nodes.map { node in
      guard let input = node.inputs.first.flatMap({ shapes[$0] }), let output = shapes[node.name] else {
        return 0
      }
      let count = try node.operations(convention, input: input, output: output)
      total = try CheckedSizes.sum(total, count, limit: .max, of: "operations", node: node.name)
      return count
    }
    return (perNode, total)
  }
}
