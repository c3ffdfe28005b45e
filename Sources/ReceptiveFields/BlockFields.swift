import Networks

/// What the convolutions of a block see.
public struct BlockFields: Hashable, Sendable {
  public let module: NetworkModule
  /// Names, in order.
  public let spatialLayers: [String]
  /// The smallest and the largest r_min of ``spatialLayers``.
  public let shortest: ClosedRange<Int>
  /// Whether the shortest field of every one of ``spatialLayers`` is larger than the image.
  public let exceedsImage: Bool

  public var name: String { module.name }
}

extension FieldAnalysis {
  /// The modules with spatial convolutions, in order.
  public var blocks: [BlockFields] {
    let byName = layersByName
    return network.modules().compactMap { module in
      let spatial = module.nodes.compactMap { byName[$0] }.filter(\.isSpatial)
      let fields = spatial.compactMap(\.shortest)
      guard let smallest = fields.min(), let largest = fields.max() else { return nil }
      return BlockFields(
        module: module, spatialLayers: spatial.map(\.name), shortest: smallest...largest,
        exceedsImage: spatial.allSatisfy(exceedsImage))
    }
  }

  /// The blocks at the network's end all of whose convolutions have a shortest field that exceeds the image.
  public var unproductiveBlocks: [BlockFields] {
    let blocks = blocks
    let last = blocks.lastIndex { !$0.exceedsImage }
    return Array(blocks[((last ?? -1) + 1)...])
  }

  /// How many blocks of each stage are not ``unproductiveBlocks``, in order.
  public var productiveBlocksPerStage: [Int] {
    let blocks = blocks
    let kept = blocks.count - unproductiveBlocks.count
    var stages: [(name: String, count: Int)] = []
    for (position, block) in blocks.enumerated() {
      if stages.last?.name != block.module.stage { stages.append((block.module.stage, 0)) }
      if position < kept { stages[stages.count - 1].count += 1 }
    }
    return stages.map(\.count)
  }
}
