/// What a network costs: trainable parameters (convolution, linear, batch norm's scale and shift) and multiply-accumulates
/// of convolutions and linear layers per image, without biases and batch norm.
public struct Complexity: Hashable, Sendable {
  public let parameters: Int
  public let multiplyAccumulates: Int

  /// - Throws: ``NetworkError`` where the network's shapes do not fit.
  public init(_ network: Network) throws {
    let shapes = try network.shapes()
    parameters = try ParameterTable(network).parameterCount
    multiplyAccumulates = network.nodes.reduce(0) { sum, node in
      guard let input = node.inputs.first.flatMap({ shapes[$0] }), let output = shapes[node.name] else {
        return sum
      }
      switch (node.layer, input) {
      case (.convolution(let convolution), .maps(let maps)):
        return sum + output.count * maps.channels / convolution.groups * convolution.kernel.reduce(1, *)
      case (.linear, .vector(let inputs)): return sum + output.count * inputs
      default: return sum
      }
    }
  }
}
