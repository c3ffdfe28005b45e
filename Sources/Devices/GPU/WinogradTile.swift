/// How one work-group of Kernels/gpu/winograd_tile.cl works: whatever the tile, a sum takes its products in the same
/// order, so that a choice between tiles is about speed alone.
///
/// Each of the 16 points of Winograd's transforms is a matrix product of its own. A work-group computes ``tiles`` ×
/// ``channels`` sums of every point, and a work-item ``itemTiles`` × ``itemChannels`` sums of one point. In the
/// gradient of the weights input channels take the place of tiles, and the sums are over tiles.
package struct WinogradTile: Hashable, Sendable {
  /// Tiles of 2×2 pixels per group.
  package let tiles: Int
  /// Channels of the result per group.
  package let channels: Int
  /// Products per sum between two visits to global memory.
  package let depth: Int
  /// Tiles per item.
  package let itemTiles: Int
  /// Channels of the result per item.
  package let itemChannels: Int
  /// Whether local memory holds two steps' factors, so that items which are done with one step gather the next while
  /// others still multiply.
  package let isDoubleBuffered: Bool

  /// What the kernels compute without definitions: 32 tiles × 32 channels, 8 deep, by 256 items of 8×8 sums.
  package static let standard = WinogradTile(
    unchecked: (32, 32), depth: 8, item: (8, 8), isDoubleBuffered: false)

  /// The points of a transform.
  static let points = 16

  /// - Throws: ``WinogradTileError/impossible(tile:reason:)`` for numbers that the kernels cannot work with.
  package init(
    tiles: Int, channels: Int, depth: Int, itemTiles: Int, itemChannels: Int, isDoubleBuffered: Bool = false
  ) throws(WinogradTileError) {
    self.init(
      unchecked: (tiles, channels), depth: depth, item: (itemTiles, itemChannels),
      isDoubleBuffered: isDoubleBuffered)
    if let obstacle = obstacleInKernels { throw .impossible(tile: "\(self)", reason: obstacle) }
  }

  private init(
    unchecked group: (tiles: Int, channels: Int), depth: Int, item: (tiles: Int, channels: Int),
    isDoubleBuffered: Bool
  ) {
    tiles = group.tiles
    channels = group.channels
    self.depth = depth
    itemTiles = item.tiles
    itemChannels = item.channels
    self.isDoubleBuffered = isDoubleBuffered
  }

  /// Work-items of a group.
  package var items: Int { Self.points * (tiles / itemTiles) * (channels / itemChannels) }

  /// Work-group memory: the transformed factors of one step or two, their lines padded by a vector, or at the end the
  /// points of at least one channel per item.
  package var localMemoryBytes: Int { 4 * localWords }

  private var localWords: Int {
    let tilePitch = tiles + min(itemTiles, Self.widestVector)
    let channelPitch = channels + min(itemChannels, Self.widestVector)
    let panels = Self.points * depth * (tilePitch + channelPitch)
    return max(panels * (isDoubleBuffered ? 2 : 1), Self.points * (channels / itemChannels) * tilePitch)
  }

  /// Words that an item reads from local memory at once where it has as many neighbouring sums.
  private static let widestVector = 4
}

// What a launch needs.
extension WinogradTile {
  /// The argument of kind PANELS, which comes last.
  var scratch: Argument { .local(words: localWords) }

  var local: GridSize { GridSize(items) }

  /// The work-items for a result of `tiles` × `channels` at every point, `chunks` times.
  func global(tiles: Int, channels: Int, chunks: Int = 1) -> GridSize {
    GridSize(
      tiles.dividedRoundingUp(by: self.tiles) * items, channels.dividedRoundingUp(by: self.channels), chunks)
  }

  /// The preprocessor's definitions of what is not standard.
  package var definitions: [String] {
    let standard = Self.standard.macros
    return macros.filter { $0.value != standard[$0.key] }.map { "\($0.key)=\($0.value)" }.sorted()
  }

  /// The numbers by their names in Kernels/gpu/winograd_tile.cl.
  private var macros: [String: Int] {
    [
      "WINOGRAD_TILES": tiles, "WINOGRAD_CHANNELS": channels, "WINOGRAD_DEPTH": depth,
      "WINOGRAD_ITEM_TILES": itemTiles, "WINOGRAD_ITEM_CHANNELS": itemChannels,
      "WINOGRAD_BUFFERS": isDoubleBuffered ? 2 : 1,
    ]
  }
}
