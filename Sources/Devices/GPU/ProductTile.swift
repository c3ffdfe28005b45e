/// The tile of a matrix product that one work-group of Kernels/gpu/tile.cl computes, and how: whatever the tile, a sum
/// takes its products in the same order, so that a choice between tiles is about speed alone.
package struct ProductTile: Hashable, Sendable {
  /// Work-items side by side, along a row of the result.
  package let itemsAcross: Int
  /// Work-items above each other, along a column of the result.
  package let itemsDown: Int
  /// Rows of the result per item.
  package let sumsDown: Int
  /// Columns of the result per item.
  package let sumsAcross: Int
  /// Products per sum between two visits to global memory.
  package let depth: Int
  /// Words that an item reads from local memory at once: 1, 2 or 4.
  package let vectorWidth: Int
  /// Whether local memory holds two steps' factors, so that items which are done with one step gather the next while
  /// others still multiply.
  package let isDoubleBuffered: Bool

  /// What Kernels/gpu/tile.cl computes without definitions: 16×16 items of 2×4 sums, 16 deep.
  package static let standard = ProductTile(
    unchecked: (16, 16), sums: (2, 4), depth: 16, vectorWidth: 1, isDoubleBuffered: false)

  /// - Throws: ``ProductTileError/impossible(tile:reason:)`` for numbers that the kernels cannot work with.
  package init(
    itemsAcross: Int, itemsDown: Int, sumsDown: Int, sumsAcross: Int, depth: Int, vectorWidth: Int = 1,
    isDoubleBuffered: Bool = false
  ) throws(ProductTileError) {
    self.init(
      unchecked: (itemsAcross, itemsDown), sums: (sumsDown, sumsAcross), depth: depth,
      vectorWidth: vectorWidth, isDoubleBuffered: isDoubleBuffered)
    if let obstacle = obstacleInKernels {
      throw .impossible(tile: "\(self)", reason: obstacle)
    }
  }

  private init(
    unchecked items: (across: Int, down: Int), sums: (down: Int, across: Int), depth: Int, vectorWidth: Int,
    isDoubleBuffered: Bool
  ) {
    itemsAcross = items.across
    itemsDown = items.down
    sumsDown = sums.down
    sumsAcross = sums.across
    self.depth = depth
    self.vectorWidth = vectorWidth
    self.isDoubleBuffered = isDoubleBuffered
  }

  /// Work-items of a group.
  package var items: Int { itemsAcross * itemsDown }
  /// Rows of the result that a group computes.
  package var rows: Int { itemsDown * sumsDown }
  /// Columns of the result that a group computes.
  package var columns: Int { itemsAcross * sumsAcross }
  /// Work-group memory for the left factor, its lines padded by a vector.
  package var leftWords: Int { (rows + vectorWidth) * depth * (isDoubleBuffered ? 2 : 1) }
  /// Work-group memory for the right factor, its lines padded by a vector.
  package var rightWords: Int { (columns + vectorWidth) * depth * (isDoubleBuffered ? 2 : 1) }
  package var localMemoryBytes: Int { 4 * (leftWords + rightWords) }
}

// What a launch needs.
extension ProductTile {
  /// The arguments of kind TILE, which come last.
  var scratch: [Argument] { [.local(words: leftWords), .local(words: rightWords)] }

  var local: GridSize { GridSize(itemsAcross, itemsDown) }

  /// The work-items for a result of `rows` × `columns`, `depth` times.
  func global(rows: Int, columns: Int, depth: Int = 1) -> GridSize {
    let groups = groups(rows: rows, columns: columns)
    return GridSize(groups.across * itemsAcross, groups.down * itemsDown, depth)
  }

  /// How many tiles cover a result of `rows` × `columns`.
  func count(rows: Int, columns: Int) -> Int {
    let groups = groups(rows: rows, columns: columns)
    return groups.across * groups.down
  }

  private func groups(rows: Int, columns: Int) -> (across: Int, down: Int) {
    ((columns + self.columns - 1) / self.columns, (rows + self.rows - 1) / self.rows)
  }

  /// The preprocessor's definitions of what is not standard.
  package var definitions: [String] {
    let standard = Self.standard.macros
    return macros.filter { $0.value != standard[$0.key] }.map { "\($0.key)=\($0.value)" }.sorted()
  }

  /// The numbers by their names in Kernels/gpu/tile.cl.
  private var macros: [String: Int] {
    [
      "ITEMS_ACROSS": itemsAcross, "ITEMS_DOWN": itemsDown, "ITEM_ROWS": sumsDown,
      "ITEM_COLUMNS": sumsAcross, "TILE_DEPTH": depth, "TILE_VECTOR": vectorWidth,
      "TILE_BUFFERS": isDoubleBuffered ? 2 : 1,
    ]
  }
}
