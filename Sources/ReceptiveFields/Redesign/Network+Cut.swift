import Networks

extension Network {
  /// The first node that makes a vector of maps: where the classifier begins.
  func headStart() -> String? {
    nodes.first { $0.layer == .globalAveragePool || $0.layer == .flatten }?.name
  }

  /// The network with the mean over each map where a classifier would read maps value by value: its size then does not
  /// depend on theirs.
  func poolingHead() -> Network {
    var result = self
    let mapped = (try? shapes())?.filter { if case .maps = $0.value { true } else { false } } ?? [:]
    for index in nodes.indices where nodes[index].layer == .flatten {
      let source = nodes[index].inputs[0]
      guard source != Self.inputName, mapped[source] != nil else { continue }
      result.nodes[index].layer = .globalAveragePool
    }
    return result
  }

  /// The network without the nodes from one up to, but not including, another: that one reads what the first did.
  ///
  /// Nodes keep their names; layers that read another number of channels then have other weights.
  ///
  /// - Throws: ``RedesignError/unknownNode(_:network:)``, or `NetworkError` where what is left does not fit together.
  func cut(from first: String, upTo end: String) throws -> Network {
    guard let start = nodes.firstIndex(where: { $0.name == first }),
      let stop = nodes.firstIndex(where: { $0.name == end }), start < stop
    else { throw RedesignError.unknownNode(first, network: name) }
    let removed = Set(nodes[start..<stop].map(\.name))
    let source = nodes[start].inputs[0]
    var result = self
    result.nodes.removeSubrange(start..<stop)
    for index in result.nodes.indices {
      result.nodes[index].inputs = result.nodes[index].inputs.map { removed.contains($0) ? source : $0 }
    }
    _ = try result.shapes()
    return result
  }
}
