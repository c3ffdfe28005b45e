/// The tile of a matrix product that one work-group of Kernels/gpu/tile.cl computes, and how. But for matrix units and for
/// depth in parts, a sum takes its products in the same order whatever the tile: a choice between such tiles is about
/// speed alone.
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
  package let options: Options

  /// What is out of the ordinary.
  package struct Options: Hashable, Sendable {
    /// Words that an item reads from local memory at once: 1, 2 or 4.
    package var vectorWidth = 1
    /// Whether local memory holds two steps' factors, so that items which are done with one step store the next while
    /// others still multiply.
    package var isDoubleBuffered = false
    /// Whether matrix units multiply, in the type of the device's precision.
    package var usesUnits = false
    /// Into how many parts depth is cut, for work-groups of their own; their sums are added in order.
    package var parts = 1
    /// Whether a convolution's sizes are compiled in, for a program that serves this problem only.
    package var hasFixedSizes = false

    package init() {}
  }

  /// What Kernels/gpu/tile.cl computes without definitions: 16×16 items of 2×4 sums, 16 deep.
  package static let standard = ProductTile(
    unchecked: (16, 16), sums: (2, 4), depth: 16, options: Options())

  /// - Throws: ``ProductTileError/impossible(tile:reason:)`` for numbers that the kernels cannot work with.
  package init(
    itemsAcross: Int, itemsDown: Int, sumsDown: Int, sumsAcross: Int, depth: Int, options: Options = Options()
  ) throws(ProductTileError) {
    self.init(
      unchecked: (itemsAcross, itemsDown), sums: (sumsDown, sumsAcross), depth: depth, options: options)
    if let obstacle = obstacleInKernels {
      throw .impossible(tile: "\(self)", reason: obstacle)
    }
  }

  private init(
    unchecked items: (across: Int, down: Int), sums: (down: Int, across: Int), depth: Int, options: Options
  ) {
    itemsAcross = items.across
    itemsDown = items.down
    sumsDown = sums.down
    sumsAcross = sums.across
    self.depth = depth
    self.options = options
  }

  /// Work-items of a group.
  package var items: Int { itemsAcross * itemsDown }
  /// Rows of the result that a group computes.
  package var rows: Int { itemsDown * sumsDown }
  /// Columns of the result that a group computes.
  package var columns: Int { itemsAcross * sumsAcross }
}

// What a launch needs.
extension ProductTile {
  /// Work-group memory for the left factor and what else lies there.
  package func leftWords(_ arithmetic: MatrixArithmetic) -> Int {
    let exchange = options.usesUnits ? items * (arithmetic.units?.exchangeWords ?? 0) : 0
    // Once the product is done, statistics use the memory.
    return max(factorWords(lines: rows, arithmetic) + exchange, rows * itemsAcross)
  }

  package func rightWords(_ arithmetic: MatrixArithmetic) -> Int { factorWords(lines: columns, arithmetic) }

  package func localMemoryBytes(_ arithmetic: MatrixArithmetic) -> Int {
    4 * (leftWords(arithmetic) + rightWords(arithmetic))
  }

  /// `LEFT_SIZE` and `RIGHT_SIZE` of the kernels in words, for each buffer.
  private func factorWords(lines: Int, _ arithmetic: MatrixArithmetic) -> Int {
    let words =
      options.usesUnits
      ? lines * (depth / arithmetic.valuesPerUnitWord + 4) : (lines + options.vectorWidth) * depth
    return words * (options.isDoubleBuffered ? 2 : 1)
  }

  /// The arguments of kind TILE, which come last.
  func scratch(_ arithmetic: MatrixArithmetic) -> [Argument] {
    [.local(words: leftWords(arithmetic)), .local(words: rightWords(arithmetic))]
  }

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

  /// How many tiles lie side by side, and how many above each other.
  func groups(rows: Int, columns: Int) -> (across: Int, down: Int) {
    (columns.dividedRoundingUp(by: self.columns), rows.dividedRoundingUp(by: self.rows))
  }

  /// The preprocessor's definitions of what is not standard.
  package func definitions(_ arithmetic: MatrixArithmetic) -> [String] {
    let standard = Self.standard.macros(arithmetic)
    return macros(arithmetic).filter { $0.value != standard[$0.key] }.map { "\($0.key)=\($0.value)" }.sorted()
      + (options.usesUnits ? arithmetic.units?.definitions ?? [] : [])
  }

  /// The numbers by their names in Kernels/gpu/tile.cl.
  private func macros(_ arithmetic: MatrixArithmetic) -> [String: Int] {
    [
      "ITEMS_ACROSS": itemsAcross, "ITEMS_DOWN": itemsDown, "ITEM_ROWS": sumsDown,
      "ITEM_COLUMNS": sumsAcross, "TILE_DEPTH": depth, "TILE_VECTOR": options.vectorWidth,
      "TILE_BUFFERS": options.isDoubleBuffered ? 2 : 1, "TILE_PARTS": options.parts,
      "TILE_UNITS": options.usesUnits ? arithmetic.unitCode ?? 0 : 0,
    ]
  }
}
