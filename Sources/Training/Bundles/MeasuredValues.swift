import Networks

/// Which of a network's values bundles are looked for in.
public enum MeasuredValues: String, CaseIterable, Hashable, Sendable {
  /// Blocks where the network has residual blocks, layers where it has none.
  case auto
  /// What each convolution or hidden linear layer comes to, after its ReLU; what ends a block is that block's.
  case layers
  /// The output of each residual block.
  case blocks
  /// The end of each residual branch, before it is added.
  case branches
  /// The same, scaled by what batch norm makes of a step, as the authors' code does; for at most a batch of images.
  case scaledBranches = "scaled-branches"

  /// The nodes whose values these are, from the images to the logits; neither of the two is among them.
  func nodes(of network: Network) -> [String] {
    let blocks = network.residualBlocks()
    switch self {
    case .auto: return (blocks.isEmpty ? Self.layers : Self.blocks).nodes(of: network)
    case .layers: return network.nodes.filter { $0.layer == .relu }.map(\.name)
    case .branches, .scaledBranches: return blocks.compactMap(\.branch.last)
    case .blocks: return blocks.map { network.end(of: $0) }
    }
  }
}

extension Network {
  /// The block's sum or, where one follows, the ReLU behind it.
  func end(of block: ResidualBlock) -> String {
    let readers = nodes.filter { $0.inputs.contains(block.sum) }
    guard readers.count == 1, readers[0].layer == .relu else { return block.sum }
    return readers[0].name
  }

  /// The convolutions and linear layers that read a value, be it through sums and layers that move or mask it only.
  func weightedReaders(of name: String) -> [Node] {
    // Readers come later than what they read: one pass finds all that carry the value on.
    var carriers: Set<String> = [name]
    var readers: [Node] = []
    for node in nodes where node.inputs.contains(where: carriers.contains) {
      switch node.layer {
      case .convolution, .linear: readers.append(node)
      case .pooling, .globalAveragePool, .flatten, .gate, .relu, .add, .concatenate, .scaleChannels:
        carriers.insert(node.name)
      // A shortcut without parameters makes other channels of them.
      case .batchNorm, .shortcut: break
      }
    }
    return readers
  }
}
