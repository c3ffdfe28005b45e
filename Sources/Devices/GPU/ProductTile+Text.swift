extension ProductTile: CustomStringConvertible {
  /// Items across × down, sums per item down × across × depth, and what is out of the ordinary, such as
  /// `16x16:2x4x16` or `8x32:4x4x8:vector4:double`.
  package var description: String {
    "\(itemsAcross)x\(itemsDown):\(sumsDown)x\(sumsAcross)x\(depth)"
      + (vectorWidth == 1 ? "" : ":vector\(vectorWidth)") + (isDoubleBuffered ? ":double" : "")
  }

  /// Understands what ``description`` gives.
  /// - Throws: ``ProductTileError`` where the text is no tile, or one that the kernels cannot work with.
  package init(parsing text: String) throws(ProductTileError) {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false)[...]
    let items = Self.numbers(parts.popFirst())
    let sums = Self.numbers(parts.popFirst())
    guard items.count == 2, sums.count == 3 else { throw .notUnderstood(text) }
    var vectorWidth = 1
    if let option = parts.first, option.hasPrefix("vector") {
      guard let width = Self.number(option.dropFirst("vector".count)) else { throw .notUnderstood(text) }
      vectorWidth = width
      parts = parts.dropFirst()
    }
    let isDoubleBuffered = parts.first == "double"
    guard parts.count == (isDoubleBuffered ? 1 : 0) else { throw .notUnderstood(text) }
    try self.init(
      itemsAcross: items[0], itemsDown: items[1], sumsDown: sums[0], sumsAcross: sums[1], depth: sums[2],
      vectorWidth: vectorWidth, isDoubleBuffered: isDoubleBuffered)
  }

  /// Numbers with an x between; empty where there is anything else.
  private static func numbers(_ text: Substring?) -> [Int] {
    let parts = text?.split(separator: "x", omittingEmptySubsequences: false) ?? []
    let numbers = parts.compactMap(number)
    return numbers.count == parts.count ? numbers : []
  }

  /// Digits alone: `Int` would take a sign too.
  private static func number(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
  }
}

/// Why a tile cannot be used.
package enum ProductTileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A text that names no tile.
  case notUnderstood(String)
  /// No device can run the kernels with these numbers.
  case impossible(tile: String, reason: String)
  /// This device cannot.
  case unsuitable(tile: String, device: String, reason: String)

  package var description: String {
    switch self {
    case .notUnderstood(let text):
      "'\(text)' is no tile: expected items across x down, sums per item down x across x depth and options, "
        + "such as 16x16:2x4x16 or 8x32:4x4x8:vector4:double"
    case .impossible(let tile, let reason): "the tile \(tile) is impossible: \(reason)"
    case .unsuitable(let tile, let device, let reason): "the tile \(tile) does not suit \(device): \(reason)"
    }
  }
}
