extension WinogradTile: CustomStringConvertible {
  private static let method = "winograd"

  /// Tiles × channels × depth of a group, tiles × channels of an item, and what is out of the ordinary, such as
  /// `winograd:32x32x8:8x8` or `winograd:32x64x4:8x4:double`.
  package var description: String {
    "\(Self.method):\(tiles)x\(channels)x\(depth):\(itemTiles)x\(itemChannels)"
      + (isDoubleBuffered ? ":double" : "")
  }

  /// Understands what ``description`` gives.
  /// - Throws: ``WinogradTileError`` where the text is no tile, or one that the kernels cannot work with.
  package init(parsing text: String) throws(WinogradTileError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let isDoubleBuffered = parts.count == 4 && parts[3] == "double"
    guard parts.count == (isDoubleBuffered ? 4 : 3), parts[0] == Self.method else {
      throw .notUnderstood(text)
    }
    let group = SizeText.numbers(parts[1])
    let item = SizeText.numbers(parts[2])
    guard group.count == 3, item.count == 2 else { throw .notUnderstood(text) }
    try self.init(
      tiles: group[0], channels: group[1], depth: group[2], itemTiles: item[0], itemChannels: item[1],
      isDoubleBuffered: isDoubleBuffered)
  }
}

/// Why a tile of Winograd's convolution cannot be used.
package enum WinogradTileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A text that names no tile.
  case notUnderstood(String)
  /// No device can run the kernels with these numbers.
  case impossible(tile: String, reason: String)
  /// This device cannot.
  case unsuitable(tile: String, device: String, reason: String)

  package var description: String {
    switch self {
    case .notUnderstood(let text):
      "'\(text)' is no tile of Winograd's convolution: expected tiles x channels x depth of a group, tiles x channels "
        + "of a work-item and options, such as winograd:32x32x8:8x8 or winograd:32x64x4:8x4:double"
    case .impossible(let tile, let reason): "the tile \(tile) is impossible: \(reason)"
    case .unsuitable(let tile, let device, let reason): "the tile \(tile) does not suit \(device): \(reason)"
    }
  }
}
