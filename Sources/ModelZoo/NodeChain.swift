import Networks

/// Builds a network's nodes one behind another.
struct NodeChain {
  private(set) var nodes: [Node] = []
  /// The node that the next one reads.
  private(set) var last = Network.inputName
  /// Channels, or values, at ``last``.
  private(set) var channels: Int

  init(_ input: ImageShape) { channels = input.channels }

  /// Appends a layer that reads the last node.
  mutating func append(_ name: String, _ layer: Layer) {
    nodes.append(Node(name, layer, last))
    last = name
    channels = layer.outputs ?? channels
  }

  /// Appends layers that lead from an earlier node to a sum with the last one. No layers make an identity
  /// skip.
  mutating func addSkip(_ name: String, from source: (node: String, channels: Int), _ path: [(String, Layer)])
  {
    let branch = last
    (last, channels) = source
    for (name, layer) in path { append(name, layer) }
    nodes.append(Node(name, .add, branch, last))
    last = name
  }
}

extension NodeChain {
  /// How a residual block passes its input on where size or channels change.
  enum Shortcut {
    /// Every stride-th pixel; zeros for new channels, none of those that are too many: no parameters.
    case optionA
    /// A 1×1 convolution, and batch norm if the block has any, called `.0` and `.1` of that.
    case projection(String, bias: Bool)
  }

  /// Appends relu(branch x + shortcut x): convolutions, with batch norm unless told otherwise, and ReLU between
  /// them.
  mutating func appendBlock(
    _ name: String, _ convolutions: [Layer.Convolution], _ shortcut: Shortcut, hasBatchNorm: Bool = true
  ) {
    let source = (node: last, channels: channels)
    for (index, convolution) in convolutions.enumerated() {
      if index > 0 { append("\(name).relu\(index)", .relu) }
      append("\(name).conv\(index + 1)", .convolution(convolution))
      if hasBatchNorm { append("\(name).bn\(index + 1)", .batchNorm) }
    }
    let stride = convolutions.reduce(1) { $0 * $1.stride[0] }
    var path: [(String, Layer)] = []
    if stride != 1 || channels != source.channels {
      switch shortcut {
      case .optionA:
        path = [("\(name).shortcut", .shortcut(.init(outputs: channels, stride: stride)))]
      case .projection(let suffix, let bias):
        let convolution = Layer.Convolution(channels, kernel: 1, stride: stride, bias: bias)
        path = [("\(name).\(suffix).0", .convolution(convolution))]
        if hasBatchNorm { path.append(("\(name).\(suffix).1", .batchNorm)) }
      }
    }
    addSkip("\(name).add", from: source, path)
    append("\(name).relu\(convolutions.count)", .relu)
  }
}

extension Layer {
  /// The channels, or values, of a layer that decides on them itself.
  fileprivate var outputs: Int? {
    switch self {
    case .convolution(let layer): layer.outputs
    case .linear(let layer): layer.outputs
    case .shortcut(let layer): layer.outputs
    case .batchNorm, .relu, .add, .pooling, .globalAveragePool, .flatten, .gate, .concatenate,
      .scaleChannels:
      nil
    }
  }
}
