/// What a network costs: trainable parameters (convolution, linear, batch norm's scale and shift) and multiply-accumulates
/// of convolutions and linear layers per image, without biases and batch norm.
public struct Complexity: Hashable, Sendable {
  public let parameters: Int
  public let multiplyAccumulates: Int

  /// - Throws: ``NetworkError`` where the network's shapes do not fit.
  public init(_ network: Network) throws {
    let shapes = try network.shapes()
    parameters = try ParameterTable(network).parameterCount
    multiplyAccumulates = try network.nodes.reduce(0) { sum, node in
      guard let input = node.inputs.first.flatMap({ shapes[$0] }), let output = shapes[node.name] else {
        return sum
      }
      var factors = [output.count]
      switch (node.layer, input) {
      case (.convolution(let convolution), .maps(let maps)):
        factors += [maps.channels / convolution.groups] + convolution.kernel
      case (.linear, .vector(let inputs)): factors.append(inputs)
      default: return sum
      }
      let what = "multiply-accumulates"
      let cost = try CheckedSizes.product(factors, limit: .max, of: what, node: node.name)
      return try CheckedSizes.sum(sum, cost, limit: .max, of: what, node: node.name)
    }
  }
}
