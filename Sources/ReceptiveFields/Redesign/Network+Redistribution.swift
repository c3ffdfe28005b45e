import Networks

extension Network {
  /// The network without its last stage, whose blocks are dealt to the stages before, one each from the last to the first and
  /// over again: as many blocks as before, on larger maps.
  ///
  /// A block that is added repeats the last one of its stage, at a stride of 1 and around an identity.
  ///
  /// - Returns: nil where there are not two stages.
  /// - Throws: ``RedesignError/notRepeatable(block:reason:)`` where such a block makes no sense.
  func redistributingLastStage() throws -> Network? {
    let modules = modules()
    guard let stage = modules.last?.stage,
      let first = modules.first(where: { $0.stage == stage })?.nodes.first,
      let last = modules.last?.nodes.last, let end = nodes.firstIndex(where: { $0.name == last }),
      nodes.indices.contains(end + 1)
    else { return nil }
    let remaining = modules.filter { $0.stage != stage }
    var stages: [String] = []
    for module in remaining where stages.last != module.stage { stages.append(module.stage) }
    guard !stages.isEmpty else { return nil }
    let count = modules.count - remaining.count
    var result = try cut(from: first, upTo: nodes[end + 1].name)
    for (place, name) in stages.reversed().enumerated() {
      let added = count / stages.count + (place < count % stages.count ? 1 : 0)
      for _ in 0..<added { try result.repeatLastBlock(of: name) }
    }
    return result
  }

  /// Appends to a stage what its last block does, without the change of size or channels.
  private mutating func repeatLastBlock(of stage: String) throws {
    guard let module = modules().last(where: { $0.stage == stage }) else { return }
    let members = nodes.filter { module.nodes.contains($0.name) }
    guard let block = residualBlocks().first(where: { module.nodes.contains($0.sum) }),
      let end = members.last?.name, let position = nodes.firstIndex(where: { $0.name == end })
    else {
      throw RedesignError.notRepeatable(block: module.name, reason: "it adds nothing to its input")
    }
    let copy = "\(stage).\(module.index + 1)"
    func name(_ original: String) -> String {
      if original == block.source { return end }
      return original.hasPrefix(module.name + ".") ? copy + original.dropFirst(module.name.count) : original
    }
    var added: [Node] = []
    for var node in members where !block.skip.contains(node.name) {
      node.inputs = node.name == block.sum ? [node.inputs[0], block.source] : node.inputs
      if case .convolution(var convolution) = node.layer {
        convolution.stride = [1, 1]
        node.layer = .convolution(convolution)
      }
      node.name = name(node.name)
      node.inputs = node.inputs.map(name)
      added.append(node)
    }
    guard let newEnd = added.last?.name else { return }
    read(newEnd, insteadOf: end)
    nodes.insert(contentsOf: added, at: position + 1)
    _ = try shapes()
  }
}
