/// A decoded image. Decoding another one into it reuses its memory.
package struct Raster {
  /// Columns.
  package private(set) var width = 0
  /// Rows.
  package private(set) var height = 0
  /// Red, green and blue of each pixel, row by row: shape [height, width, 3]; perhaps followed by unused bytes.
  package private(set) var pixels: [UInt8] = []

  package init() {}

  /// Takes a size and lets `body` fill the pixels; returns what it returns.
  mutating func fill(
    width: Int, height: Int, _ body: (UnsafeMutablePointer<UInt8>) -> String?
  ) -> String? {
    let count = 3 * width * height
    if pixels.count < count { pixels = [UInt8](repeating: 0, count: count) }
    self.width = width
    self.height = height
    return pixels.withUnsafeMutableBufferPointer { pixels in pixels.baseAddress.flatMap(body) }
  }
}
