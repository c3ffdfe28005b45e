/// Σ x and Σ xxᵀ over rows x, in double precision, of which each product is computed once.
///
/// Rows wait until there are ``blockRows`` of them. Blocks begin at multiples of that, however many rows come at a time, so
/// that the sums do not depend on how rows are handed over.
struct OuterProductSum: Hashable, Sendable {
  let columns: Int
  private(set) var rows = 0
  /// Groups of four columns, the last one filled up with zeros.
  private let panels: Int
  /// `[panels, blockRows, 4]`: what has not been added yet.
  private var block: [Double]
  private var waiting = 0
  /// 4×4 products of every two panels, the second not before the first.
  private var tiles: [Double]
  private var sums: [Double]

  /// As many as leave two panels in a processor's first cache.
  static let blockRows = 64

  /// - Parameter columns: At least 1.
  init(columns: Int) {
    self.columns = columns
    panels = (columns + 3) / 4
    block = [Double](repeating: 0, count: panels * Self.blockRows * 4)
    tiles = [Double](repeating: 0, count: panels * (panels + 1) / 2 * 16)
    sums = [Double](repeating: 0, count: panels * 4)
  }

  /// Adds rows.
  ///
  /// - Parameter fill: Writes some rows of a column: the r-th of them at `places[4 * r]`.
  @inline(__always)
  mutating func add(
    rows count: Int,
    _ fill: (_ column: Int, _ rows: Range<Int>, _ places: UnsafeMutablePointer<Double>) -> Void
  ) {
    var first = 0
    while first < count {
      let taken = min(count - first, Self.blockRows - waiting)
      let (columns, waiting) = (columns, waiting)
      block.withUnsafeMutableBufferPointer { block in
        guard let base = block.baseAddress else { return }
        for column in 0..<columns {
          let place = (column / 4 * Self.blockRows + waiting) * 4 + column % 4
          fill(column, first..<(first + taken), base + place)
        }
      }
      self.waiting += taken
      first += taken
      if self.waiting == Self.blockRows { addBlock() }
    }
    rows += count
  }

  /// Σ x, `[columns]`, and Σ xxᵀ, `[columns, columns]`, of all rows so far.
  func totals() -> (sums: [Double], products: [Double]) {
    var copy = self
    copy.addBlock()
    var products = [Double](repeating: 0, count: columns * columns)
    var tile = 0
    for first in 0..<panels {
      for second in first..<panels {
        for element in 0..<16 {
          let (row, column) = (first * 4 + element / 4, second * 4 + element % 4)
          guard row < columns, column < columns else { continue }
          products[row * columns + column] = copy.tiles[tile * 16 + element]
          products[column * columns + row] = copy.tiles[tile * 16 + element]
        }
        tile += 1
      }
    }
    return (Array(copy.sums.prefix(columns)), products)
  }

  private mutating func addBlock() {
    guard waiting > 0 else { return }
    let (panels, rows, block) = (panels, waiting, block)
    block.withUnsafeBytes { block in
      guard let block = block.baseAddress else { return }
      sums.withUnsafeMutableBytes { sums in
        guard let sums = sums.baseAddress else { return }
        for panel in 0..<panels {
          let values = block + panel * Self.blockRows * 32
          var sum = SIMD4<Double>.zero
          for row in 0..<rows {
            sum += values.loadUnaligned(fromByteOffset: row &* 32, as: SIMD4<Double>.self)
          }
          Self.add(sum, to: sums, at: panel * 32)
        }
      }
      tiles.withUnsafeMutableBytes { tiles in
        guard var tile = tiles.baseAddress else { return }
        for first in 0..<panels {
          for second in first..<panels {
            Self.multiply(
              block + first * Self.blockRows * 32, block + second * Self.blockRows * 32, rows: rows,
              addingTo: tile)
            tile += 16 * 8
          }
        }
      }
    }
    waiting = 0
  }

  /// Adds `firstᵀ · second` of two panels of rows to a tile.
  @inline(__always)
  private static func multiply(
    _ first: UnsafeRawPointer, _ second: UnsafeRawPointer, rows: Int, addingTo tile: UnsafeMutableRawPointer
  ) {
    var (sum0, sum1) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    var (sum2, sum3) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    for row in 0..<rows {
      let left = first.loadUnaligned(fromByteOffset: row &* 32, as: SIMD4<Double>.self)
      let right = second.loadUnaligned(fromByteOffset: row &* 32, as: SIMD4<Double>.self)
      sum0 += left[0] * right
      sum1 += left[1] * right
      sum2 += left[2] * right
      sum3 += left[3] * right
    }
    add(sum0, to: tile, at: 0)
    add(sum1, to: tile, at: 32)
    add(sum2, to: tile, at: 64)
    add(sum3, to: tile, at: 96)
  }

  @inline(__always)
  private static func add(_ values: SIMD4<Double>, to bytes: UnsafeMutableRawPointer, at offset: Int) {
    let old = bytes.loadUnaligned(fromByteOffset: offset, as: SIMD4<Double>.self)
    bytes.storeBytes(of: old + values, toByteOffset: offset, as: SIMD4<Double>.self)
  }
}
