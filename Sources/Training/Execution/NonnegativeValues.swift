import Networks

extension Network {
  /// The values that are at least 0 whatever the weights: what a ReLU made, and what keeps its signs.
  func nonnegativeValues() -> Set<String> {
    var values: Set<String> = []
    for node in nodes
    where node.layer.keepsSigns ? node.inputs.allSatisfy(values.contains) : node.layer == .relu {
      values.insert(node.name)
    }
    return values
  }
}

extension Layer {
  /// Whether inputs of at least 0 give an output of at least 0. Gates are at least 0.
  fileprivate var keepsSigns: Bool {
    switch self {
    case .pooling, .globalAveragePool, .flatten, .shortcut, .add, .gate, .concatenate: true
    case .convolution, .linear, .batchNorm, .relu, .scaleChannels: false
    }
  }
}
