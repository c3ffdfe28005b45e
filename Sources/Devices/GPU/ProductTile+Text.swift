extension ProductTile: CustomStringConvertible {
  /// Items across × down, sums per item down × across × depth, and what is out of the ordinary, such as
  /// `16x16:2x4x16` or `8x32:4x4x8:vector4:double`.
  package var description: String {
    var text = "\(itemsAcross)x\(itemsDown):\(sumsDown)x\(sumsAcross)x\(depth)"
    if options.vectorWidth != 1 { text += ":vector\(options.vectorWidth)" }
    if options.isDoubleBuffered { text += ":double" }
    if options.usesUnits { text += ":units" }
    if options.parts != 1 { text += ":parts\(options.parts)" }
    if options.hasFixedSizes { text += ":fixed" }
    return text
  }

  /// Understands what ``description`` gives.
  /// - Throws: ``ProductTileError`` where the text is no tile, or one that the kernels cannot work with.
  package init(parsing text: String) throws(ProductTileError) {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false)[...]
    let items = SizeText.numbers(parts.popFirst())
    let sums = SizeText.numbers(parts.popFirst())
    guard items.count == 2, sums.count == 3 else { throw .notUnderstood(text) }
    var options = Options()
    if let width = try Self.number(after: "vector", &parts, of: text) { options.vectorWidth = width }
    options.isDoubleBuffered = Self.take("double", &parts)
    options.usesUnits = Self.take("units", &parts)
    if let count = try Self.number(after: "parts", &parts, of: text) { options.parts = count }
    options.hasFixedSizes = Self.take("fixed", &parts)
    guard parts.isEmpty else { throw .notUnderstood(text) }
    try self.init(
      itemsAcross: items[0], itemsDown: items[1], sumsDown: sums[0], sumsAcross: sums[1], depth: sums[2],
      options: options)
  }

  /// Whether the next of `parts` is `word`, which is then taken off them.
  private static func take(_ word: String, _ parts: inout ArraySlice<Substring>) -> Bool {
    guard parts.first == word[...] else { return false }
    parts.removeFirst()
    return true
  }

  /// The number behind `word` in the next of `parts`, which is then taken off them; nil where it begins otherwise.
  private static func number(
    after word: String, _ parts: inout ArraySlice<Substring>, of text: String
  ) throws(ProductTileError) -> Int? {
    guard let part = parts.first, part.hasPrefix(word) else { return nil }
    guard let number = SizeText.number(part.dropFirst(word.count)) else { throw .notUnderstood(text) }
    parts.removeFirst()
    return number
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
