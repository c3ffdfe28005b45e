/// The tile of a result that one work-group computes in Kernels/gpu/tile.cl.
enum TileSize {
  static let rows = 32
  static let columns = 64
  static let depth = 16
  static let local = GridSize(16, 16)
  /// The two factors' tiles in local memory, each line with a word of padding.
  static let scratch: [Argument] = [.local(words: (rows + 1) * depth), .local(words: (columns + 1) * depth)]

  /// The work-items for a result of `rows` × `columns`, `depth` times.
  static func global(rows: Int, columns: Int, depth: Int = 1) -> GridSize {
    let tilesDown = (rows + Self.rows - 1) / Self.rows
    let tilesAcross = (columns + Self.columns - 1) / Self.columns
    return GridSize(tilesAcross * local.x, tilesDown * local.y, depth)
  }
}
