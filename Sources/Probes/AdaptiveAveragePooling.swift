/// Means over parts of feature maps, as many whatever the maps' size, as PyTorch's `AdaptiveAvgPool2d`: cell i of m takes
/// from ⌊i·n/m⌋ up to ⌈(i+1)·n/m⌉ of n rows or columns. Cells share rows where m does not divide n, and repeat them where
/// n < m.
public struct AdaptiveAveragePooling: Hashable, Sendable {
  public let channels: Int
  public let height: Int
  public let width: Int
  /// Cells in each direction.
  public let size: Int
  private let rows: [Range<Int>]
  private let columns: [Range<Int>]

  /// - Throws: `ProbeError.outOfRange` unless all are at least 1.
  public init(channels: Int, height: Int, width: Int, size: Int) throws(ProbeError) {
    guard channels > 0, height > 0, width > 0, size > 0 else {
      throw .outOfRange(
        parameter: "pooling", expected: "maps and cells of at least 1",
        found: "\(channels)x\(height)x\(width) to \(size)")
    }
    (self.channels, self.height, self.width, self.size) = (channels, height, width, size)
    rows = Self.cells(of: height, size: size)
    columns = Self.cells(of: width, size: size)
  }

  /// Values per image afterwards.
  public var features: Int { channels * size * size }

  /// - Parameter values: `[samples, channels, height, width]`.
  /// - Returns: `[samples, channels, size, size]`, each mean rounded once.
  /// - Throws: `ProbeError.wrongCount` unless they are whole images.
  public func pooled(_ values: [Float]) throws(ProbeError) -> [Float] {
    let area = height * width
    guard values.count.isMultiple(of: channels * area) else {
      throw .wrongCount(
        of: "values of an image", expected: channels * area, found: values.count % (channels * area))
    }
    if height == 1, width == 1, size == 1 { return values }
    let maps = values.count / area
    var result: [Float] = []
    result.reserveCapacity(maps * size * size)
    values.withUnsafeBufferPointer { values in
      for map in 0..<maps {
        for rows in rows {
          for columns in columns {
            var sum = 0.0
            for row in rows {
              for column in columns { sum += Double(values[map &* area &+ row &* width &+ column]) }
            }
            result.append(Float(sum / Double(rows.count * columns.count)))
          }
        }
      }
    }
    return result
  }

  private static func cells(of length: Int, size: Int) -> [Range<Int>] {
    (0..<size).map { cell in (cell * length / size)..<(((cell + 1) * length + size - 1) / size) }
  }
}
