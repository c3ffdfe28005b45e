import Networks

/// A piece of a network that one device operator executes: batch norm, ReLU, gate and addition that follow each other
/// become one epilogue, everything else stays a node of its own.
enum Section: Hashable {
  case node(Node)
  case epilogue(EpilogueSection)

  /// The node whose output the section gives.
  var output: String {
    switch self {
    case .node(let node): node.name
    case .epilogue(let epilogue): epilogue.output
    }
  }
}

/// `reluAfter(gate · reluBefore(normalise(input)) + residual)`, each part optional.
struct EpilogueSection: Hashable {
  var input: String
  /// The batch-norm node.
  var normalisation: String?
  var reluBefore = false
  /// The gate node.
  var gate: String?
  var residual: String?
  var reluAfter = false
  var output: String
}

extension Network {
  /// The network as sections in an order in which every input is there when it is needed.
  ///
  /// - Parameter kept: Nodes whose values are wanted: they end their sections.
  func sections(keeping kept: Set<String> = []) -> [Section] {
    var fusion = Fusion(self, keeping: kept)
    return fusion.sections()
  }
}

/// Follows chains of nodes that nobody else reads.
private struct Fusion {
  private let nodes: [Node]
  private let readers: [String: [Int]]
  private let kept: Set<String>
  private var absorbed: [Bool]

  init(_ network: Network, keeping kept: Set<String>) {
    self.kept = kept
    nodes = network.nodes
    absorbed = Array(repeating: false, count: nodes.count)
    readers = network.readers()
  }

  /// A section runs where its last node stands: all its inputs are earlier.
  mutating func sections() -> [Section] {
    var placed: [(position: Int, section: Section)] = []
    for index in nodes.indices where !absorbed[index] {
      switch nodes[index].layer {
      case .batchNorm, .relu, .add, .gate:
        let (epilogue, position) = epilogue(from: index)
        placed.append((position, .epilogue(epilogue)))
      default: placed.append((index, .node(nodes[index])))
      }
    }
    return placed.sorted { $0.position < $1.position }.map(\.section)
  }

  private mutating func epilogue(from first: Int) -> (EpilogueSection, position: Int) {
    var section = EpilogueSection(input: nodes[first].inputs[0], output: nodes[first].name)
    var position = first
    var next: Int? = first
    /// Makes the next node part of the section if it is such a layer.
    func take(_ layer: Layer) -> Bool {
      guard let candidate = next, nodes[candidate].layer == layer else { return false }
      if layer == .add {
        section.residual =
          candidate == first
          ? nodes[first].inputs[1] : otherInput(of: candidate, than: nodes[position].name)
      }
      absorbed[candidate] = true
      position = candidate
      next = soleConsumer(of: candidate)
      return true
    }
    if take(.batchNorm) { section.normalisation = nodes[position].name }
    if let relu = next, let follower = soleConsumer(of: relu), [.gate, .add].contains(nodes[follower].layer) {
      section.reluBefore = take(.relu)
    }
    if take(.gate) { section.gate = nodes[position].name }
    _ = take(.add)
    section.reluAfter = take(.relu)
    section.output = nodes[position].name
    return (section, position)
  }

  /// The only reader of a node, unless it is part of another section or the node's value is wanted.
  private func soleConsumer(of index: Int) -> Int? {
    guard !kept.contains(nodes[index].name), let readers = readers[nodes[index].name], readers.count == 1,
      !absorbed[readers[0]]
    else {
      return nil
    }
    return readers[0]
  }

  private func otherInput(of index: Int, than name: String) -> String {
    let inputs = nodes[index].inputs
    return inputs[0] == name ? inputs[1] : inputs[0]
  }
}
