import Networks

/// Nodes that one module holds, such as all that begin with `layer3.1.`: what a stage consists of.
public struct NetworkModule: Hashable, Sendable {
  /// Up to the first number in its nodes' names: `layer3.1`; or a residual block's.
  public let name: String
  /// What comes before the number: `layer3`.
  public let stage: String
  /// The number.
  public let index: Int
  /// The names of its nodes, in order.
  public let nodes: [String]
}

extension Network {
  /// The modules in the order of their first nodes, by the names of nodes; where no name shows one, the residual blocks.
  ///
  /// A number at the end of a name counts its layer, not a module: `features.3` is in none.
  public func modules() -> [NetworkModule] {
    let named = namedModules()
    guard named.isEmpty else { return named }
    return residualBlocks().enumerated().map { index, block in
      let members = Set(block.branch + block.skip + [block.sum])
      return NetworkModule(
        name: block.name, stage: "blocks", index: index, nodes: nodes.map(\.name).filter(members.contains))
    }
  }

  private func namedModules() -> [NetworkModule] {
    var modules: [(name: String, stage: String, index: Int, nodes: [String])] = []
    var places: [String: Int] = [:]
    for node in nodes {
      let parts = node.name.split(separator: ".")
      guard let position = parts.dropLast().firstIndex(where: { Int($0) != nil }), position > 0,
        let index = Int(parts[position])
      else { continue }
      let stage = parts[..<position].joined(separator: ".")
      let name = "\(stage).\(parts[position])"
      if let place = places[name] {
        modules[place].nodes.append(node.name)
      } else {
        places[name] = modules.count
        modules.append((name, stage, index, [node.name]))
      }
    }
    // A sum that is named after its convolution makes no module.
    let weighted = Set(nodes.filter { $0.layer.isConvolution }.map(\.name))
    return modules.filter { $0.nodes.contains(where: weighted.contains) }.map {
      NetworkModule(name: $0.name, stage: $0.stage, index: $0.index, nodes: $0.nodes)
    }
  }
}
