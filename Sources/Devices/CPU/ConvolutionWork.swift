/// The pixels that a direct convolution keeps in registers: `columns` columns of `rows` rows, or of the same row of
/// `rows` images.
struct ConvolutionTile: Hashable, Sendable {
  var rows: Int
  var columns: Int

  /// How the kernels name it.
  var code: Int { 100 * rows + columns }
}

/// How a direct convolution's target is shared out.
struct ConvolutionWork: Hashable, Sendable {
  let tile: ConvolutionTile
  /// Rows, images and blocks of a work-item. Several images are those of a tile.
  let rows: Int
  let images: Int
  let blocks: Int
  /// Whether work-items that follow each other differ in their images first, else in their blocks.
  let blocksLast: Bool
  let grid: GridSize

  /// Whether each work-item writes whole planes.
  var coversPlanes: Bool { grid.x == 1 }

  /// Enough work-items for any number of threads that a batch can feed.
  private static let fewItems = 64
  /// Words of weights that stay in the second-level cache while an item's blocks take turns.
  private static let weightWords = 1 << 16

  /// What is walked at once: all pixels of the target, or those of one phase of the stride.
  struct Extents {
    var largest: Extent
    /// A tile must fit into the smallest phase.
    var smallest: Extent
  }

  init(
    source: BlockedLayout, target: BlockedLayout, extents: Extents, taps: Int, tiles: [ConvolutionTile]
  ) {
    let batch = target.shape.batch
    let choice = Self.choose(among: tiles, extents: extents, batch: batch)
    tile = choice.tile
    images = choice.ofImages ? tile.rows : 1
    let groups = batch.dividedRoundingUp(by: images)
    let panel = source.blocks * taps * BlockedLayout.lanes * BlockedLayout.lanes
    // Phases of a stride would come between the blocks that share what they read.
    let sharing =
      extents.largest.height < target.shape.height || extents.largest.width < target.shape.width
      ? 1 : Self.weightWords / panel
    blocks = max(1, min(target.blocks, sharing, groups * target.blocks / Self.fewItems))
    let panels = target.blocks.dividedRoundingUp(by: blocks)
    // Whole planes where there are enough of them, else as few rows as make enough items.
    let chunks = max(1, Self.fewItems / (groups * panels))
    let height = extents.largest.height
    rows = min(
      height.dividedRoundingUp(by: chunks).roundedUp(to: choice.ofImages ? 1 : tile.rows), height)
    // Weights that the second-level cache cannot hold pass by once, for all images; else the images do.
    blocksLast = panel * target.blocks > 2 * Self.weightWords
    let strips = height.dividedRoundingUp(by: rows)
    grid = blocksLast ? GridSize(strips, groups, panels) : GridSize(strips, panels, groups)
  }

  /// The tile that covers the pixels with the least work. Tiles of few pixels wait for the latency of their additions;
  /// rows of several images are preferred, since their taps leave out the zeros above and below.
  private static func choose(
    among tiles: [ConvolutionTile], extents: Extents, batch: Int
  ) -> (tile: ConvolutionTile, ofImages: Bool) {
    var best = (tile: ConvolutionTile(rows: 1, columns: 1), ofImages: false)
    var lowest = Double.infinity
    for tile in tiles where tile.columns <= extents.smallest.width {
      for ofImages in [true, false] {
        guard ofImages ? tile.rows > 1 && tile.rows <= batch : tile.rows <= extents.smallest.height else {
          continue
        }
        let height = extents.largest.height
        let rows =
          ofImages ? height * batch.roundedUp(to: tile.rows) : height.roundedUp(to: tile.rows) * batch
        let pixels = rows * extents.largest.width.roundedUp(to: tile.columns)
        let cost = Double(pixels) / min(1, 0.1 + Double(tile.rows * tile.columns) / 12)
        if cost < lowest {
          lowest = cost
          best = (tile, ofImages)
        }
      }
    }
    return best
  }
}
