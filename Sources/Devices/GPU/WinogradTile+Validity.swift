extension WinogradTile {
  /// Words of both factors' transforms that an item carries to local memory per step.
  private var gatheredWords: Int { Self.points * (tiles + channels) * depth / items }

  /// Why the kernels cannot work with these numbers on any device, or nil.
  var obstacleInKernels: String? {
    let numbers = [
      ("tiles", tiles), ("channels", channels), ("depth", depth), ("tiles per item", itemTiles),
      ("channels per item", itemChannels),
    ]
    if let obstacle = TileRules.obstacle(numbers: numbers) { return obstacle }
    if itemTiles > tiles || itemChannels > channels {
      return "an item's \(itemTiles)x\(itemChannels) sums exceed the group's \(tiles)x\(channels)"
    }
    if let obstacle = TileRules.obstacle(sums: itemTiles * itemChannels) { return obstacle }
    let lines = max(tiles, channels, depth)
    if items < lines {
      return
        "\(items) work-items gather \(lines) words side by side; there must be one for each word at least"
    }
    return TileRules.obstacle(gatheredWords: gatheredWords)
  }

  /// Why a device with these limits cannot run the tile, or nil.
  package func obstacle(on limits: ProductTile.Limits) -> String? {
    limits.obstacle(items: items, localMemoryBytes: localMemoryBytes)
  }

  /// The tiles worth trying on a device with these limits, made one at a time: every combination of sides, depths and
  /// buffers that is possible.
  package static func candidates(for limits: ProductTile.Limits) -> some Sequence<WinogradTile> {
    (0..<choices.count).lazy.compactMap(candidate).filter { $0.obstacle(on: limits) == nil }
  }

  /// Tiles, channels, depth, tiles and channels per item, buffers. Fewer than 2 sums per item along either side would
  /// wait for local memory.
  private static let choices = Combinations(choices: [
    [16, 32, 64], [16, 32, 64], [4, 8, 16], [2, 4, 8], [2, 4, 8], [1, 2],
  ])

  /// The combination with this number, or nil where it is impossible.
  private static func candidate(_ number: Int) -> WinogradTile? {
    let choice = choices[number]
    return try? WinogradTile(
      tiles: choice[0], channels: choice[1], depth: choice[2], itemTiles: choice[3], itemChannels: choice[4],
      isDoubleBuffered: choice[5] == 2)
  }
}
