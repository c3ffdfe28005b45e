/// The memory that a batch's features take in fp32, by the rule of ``definition``: a property of the network,
/// which the arena of a device may undercut or exceed.
public struct ActivationMemory: Hashable, Sendable {
  public let batchSize: Int
  public let inferenceBytes: Int
  public let trainingBytes: Int

  /// What is counted, to be printed with the numbers.
  public static let definition = """
    fp32 outputs of all nodes and the images; batch norm, ReLU, sums and gates that follow each other, each \
    read by the next alone, share one output, and flattening makes none. Inference: the most that is alive at \
    one time, from the node that writes it to the last that reads it. Training: all of them.
    """

  /// - Throws: ``NetworkError`` where the network's shapes do not fit, or the batch is too large.
  public init(_ network: Network, batchSize: Int) throws {
    let outputs = try OutputLifetimes(network)
    func bytes(_ elements: Int) throws -> Int {
      try CheckedSizes.product(
        [elements, batchSize, MemoryLayout<Float>.size], limit: .max, of: "bytes of features",
        node: Network.inputName)
    }
    self.batchSize = batchSize
    inferenceBytes = try bytes(outputs.peak)
    trainingBytes = try bytes(outputs.total)
  }
}

/// The outputs that a network's nodes write, and from when to when each is needed.
private struct OutputLifetimes {
  private struct Output {
    var elements: Int
    /// Numbers of nodes; -1 for the images.
    var firstWrite: Int
    var lastRead: Int
  }

  private var outputs: [Output] = []
  private let nodeCount: Int

  init(_ network: Network) throws {
    let shapes = try network.shapes()
    nodeCount = network.nodes.count
    let readers = network.readers()
    var layers: [String: Layer] = [:]
    var outputOf = [Network.inputName: 0]
    outputs = [Output(elements: shapes[Network.inputName]?.count ?? 0, firstWrite: -1, lastRead: -1)]
    for (index, node) in network.nodes.enumerated() {
      for input in node.inputs { outputOf[input].map { outputs[$0].lastRead = index } }
      let overwritten = node.inputs.first { input in
        if node.layer == .flatten { return true }
        return node.layer.isElementwise && layers[input]?.isElementwise == true && readers[input]?.count == 1
      }
      if let overwritten, let output = outputOf[overwritten] {
        outputOf[node.name] = output
      } else {
        outputOf[node.name] = outputs.count
        let elements = shapes[node.name]?.count ?? 0
        outputs.append(Output(elements: elements, firstWrite: index, lastRead: index))
      }
      layers[node.name] = node.layer
    }
  }

  var total: Int { outputs.reduce(0) { $0 + $1.elements } }

  /// The largest sum of what is alive while a node runs.
  var peak: Int {
    // One place more than nodes: the images are written before the first.
    var change = [Int](repeating: 0, count: nodeCount + 2)
    for output in outputs {
      change[output.firstWrite + 1] += output.elements
      change[output.lastRead + 2] -= output.elements
    }
    var alive = 0
    return change.reduce(0) { peak, difference in
      alive += difference
      return max(peak, alive)
    }
  }
}

extension Layer {
  /// Whether each value of the output depends on one value of each input, so that it can take that one's
  /// place.
  fileprivate var isElementwise: Bool {
    switch self {
    case .batchNorm, .relu, .add, .gate: true
    case .convolution, .pooling, .globalAveragePool, .flatten, .shortcut, .linear, .concatenate,
      .scaleChannels:
      false
    }
  }
}
