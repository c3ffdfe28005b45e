import Networks

extension Network {
  /// The poolings, and the convolutions with a stride, that are read by one path only, in order: what can be left out to
  /// keep maps large.
  func downsamplings() -> [Node] {
    nodes.filter { node in
      switch node.layer {
      case .pooling(let pooling): pooling.stride > 1
      case .convolution(let convolution): convolution.stride.contains { $0 > 1 }
      default: false
      }
    }
  }

  /// The network without a pooling, or with a stride of 1 at a convolution.
  /// - Throws: ``RedesignError/unknownNode(_:network:)``, or `NetworkError` where what is left does not fit together.
  func keepingResolution(at name: String) throws -> Network {
    guard let index = nodes.firstIndex(where: { $0.name == name }) else {
      throw RedesignError.unknownNode(name, network: self.name)
    }
    var result = self
    switch nodes[index].layer {
    case .pooling:
      result.nodes.remove(at: index)
      result.read(nodes[index].inputs[0], insteadOf: name)
    case .convolution(var convolution):
      convolution.stride = [1, 1]
      result.nodes[index].layer = .convolution(convolution)
    default: throw RedesignError.unknownNode(name, network: self.name)
    }
    _ = try result.shapes()
    return result
  }

  /// Makes readers of one node read another.
  mutating func read(_ source: String, insteadOf name: String) {
    for index in nodes.indices {
      nodes[index].inputs = nodes[index].inputs.map { $0 == name ? source : $0 }
    }
  }
}
