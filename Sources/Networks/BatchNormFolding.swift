extension Layer {
  /// What batch norm adds to a variance before it takes the root, as PyTorch does.
  public static let batchNormEpsilon = 1e-5
}

extension Network {
  /// The network for inference that has batch norms folded into the layers before them.
  ///
  /// A batch norm with running statistics is an affine map per channel. Where its input is a convolution or
  /// linear layer that nobody else reads, that layer takes its scale into the weights and its shift into the
  /// bias, which it gets if it has none, and keeps its name. All other batch norms stay. The arithmetic is in
  /// float64 and rounded once.
  ///
  /// - Parameter state: the tensors of this network, of which momentum is ignored.
  /// - Returns: the new network, which computes the same logits but for rounding, and its state; momentum is
  ///   zero.
  /// - Throws: ``NetworkError`` where the network's shapes do not fit, ``ModelStateError`` where a tensor is
  ///   missing or of another size.
  public func foldingBatchNorm(_ state: ModelState) throws -> (network: Network, state: ModelState) {
    var folding = try BatchNormFolding(self, state)
    for node in nodes { try folding.append(node) }
    return folding.result(self)
  }
}

/// Takes a network's nodes one after the other.
private struct BatchNormFolding {
  /// The readers of each node of the original network.
  private let readers: [String: [Int]]
  /// The layer that each folded batch norm became part of.
  private var successors: [String: String] = [:]
  private var nodes: [Node] = []
  private var state: ModelState

  init(_ network: Network, _ state: ModelState) throws {
    self.state = state
    self.state.parameters = [:]
    self.state.statistics = [:]
    let table = try ParameterTable(network)
    readers = network.readers()
    for entry in table.parameters { self.state.parameters[entry.name] = try state.values(of: entry) }
    for entry in table.statistics { self.state.statistics[entry.name] = try state.values(of: entry) }
  }

  mutating func append(_ node: Node) throws {
    var renamed = node
    renamed.inputs = node.inputs.map { successors[$0] ?? $0 }
    guard node.layer == .batchNorm, readers[node.inputs[0]]?.count == 1,
      let index = nodes.lastIndex(where: { $0.name == renamed.inputs[0] }),
      let successor = nodes[index].withBias
    else {
      nodes.append(renamed)
      return
    }
    fold(node.name, into: successor.name)
    successors[node.name] = successor.name
    // In the batch norm's place: the last node must stay the last.
    nodes.remove(at: index)
    nodes.append(successor)
  }

  /// w ← w · s and b ← (b − mean) · s + shift, where s = scale / √(variance + ε), for each output.
  private mutating func fold(_ batchNorm: String, into layer: String) {
    func take(_ suffix: String, from tensors: inout [String: [Float]]) -> [Double] {
      (tensors.removeValue(forKey: "\(batchNorm).\(suffix)") ?? []).map(Double.init)
    }
    let shift = take("bias", from: &state.parameters)
    let mean = take("running_mean", from: &state.statistics)
    let variance = take("running_var", from: &state.statistics)
    let scale = zip(take("weight", from: &state.parameters), variance).map { scale, variance in
      scale / (variance + Layer.batchNormEpsilon).squareRoot()
    }
    let bias = state.parameters["\(layer).bias"] ?? Array(repeating: 0, count: scale.count)
    state.parameters["\(layer).bias"] = scale.indices.map {
      Float((Double(bias[$0]) - mean[$0]) * scale[$0] + shift[$0])
    }
    let weights = state.parameters["\(layer).weight"] ?? []
    let fanIn = weights.count / scale.count
    state.parameters["\(layer).weight"] = weights.indices.map {
      Float(Double(weights[$0]) * scale[$0 / fanIn])
    }
  }

  func result(_ network: Network) -> (network: Network, state: ModelState) {
    var network = network
    network.nodes = nodes
    return (network, ModelState(parameters: state.parameters, statistics: state.statistics))
  }
}

extension Node {
  /// This convolution or linear layer with a bias; nil for any other layer.
  fileprivate var withBias: Node? {
    var node = self
    switch layer {
    case .convolution(var convolution):
      convolution.bias = true
      node.layer = .convolution(convolution)
    case .linear(var linear):
      linear.bias = true
      node.layer = .linear(linear)
    default: return nil
    }
    return node
  }
}
