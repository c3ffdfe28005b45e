import Networks

/// A piece of a network that one device operator executes: batch norm, ReLU and addition that follow each other become
/// one epilogue, everything else stays a node of its own.
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

/// `reluAfter(reluBefore(normalise(input)) + residual)`, each part optional.
struct EpilogueSection: Hashable {
  var input: String
  /// The batch-norm node.
  var normalisation: String?
  var reluBefore = false
  var residual: String?
  var reluAfter = false
  var output: String
}

extension Network {
  /// The network as sections in an order in which every input is there when it is needed.
  func sections() -> [Section] {
    var fusion = Fusion(self)
    return fusion.sections()
  }
}

/// Follows chains of nodes that nobody else reads.
private struct Fusion {
  private let nodes: [Node]
  private var consumers: [String: [Int]] = [:]
  private var absorbed: [Bool]

  init(_ network: Network) {
    nodes = network.nodes
    absorbed = Array(repeating: false, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { consumers[input, default: []].append(index) }
    }
  }

  /// A section runs where its last node stands: all its inputs are earlier.
  mutating func sections() -> [Section] {
    var placed: [(position: Int, section: Section)] = []
    for index in nodes.indices where !absorbed[index] {
      switch nodes[index].layer {
      case .batchNorm, .relu, .add:
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
    if nodes[first].layer == .batchNorm {
      section.normalisation = nodes[first].name
      if let relu = soleConsumer(of: position, is: .relu), soleConsumer(of: relu, is: .add) != nil {
        section.reluBefore = true
        position = absorb(relu)
      }
      if let add = soleConsumer(of: position, is: .add) {
        section.residual = otherInput(of: add, than: nodes[position].name)
        position = absorb(add)
      }
    } else if nodes[first].layer == .add {
      section.residual = nodes[first].inputs[1]
    } else {
      section.reluAfter = true
      return (section, position)
    }
    if let relu = soleConsumer(of: position, is: .relu) {
      section.reluAfter = true
      position = absorb(relu)
    }
    section.output = nodes[position].name
    return (section, position)
  }

  private mutating func absorb(_ index: Int) -> Int {
    absorbed[index] = true
    return index
  }

  /// The only reader of a node, if it is such a layer and not part of another section.
  private func soleConsumer(of index: Int, is layer: Layer) -> Int? {
    guard let readers = consumers[nodes[index].name], readers.count == 1, !absorbed[readers[0]],
      nodes[readers[0]].layer == layer
    else { return nil }
    return readers[0]
  }

  private func otherInput(of index: Int, than name: String) -> String {
    let inputs = nodes[index].inputs
    return inputs[0] == name ? inputs[1] : inputs[0]
  }
}
