/// A rectangle of an image, in pixels; its edges may lie within pixels.
package struct ImageRegion: Equatable, Sendable {
  package var left: Double
  package var top: Double
  package var width: Double
  package var height: Double

  package init(left: Double, top: Double, width: Double, height: Double) {
    self.left = left
    self.top = top
    self.width = width
    self.height = height
  }

  /// What evaluation sees of an image of `width` × `height` pixels as `size` × `size`: the centre, after the shorter
  /// side has been resized to size · 256 / 224, rounded.
  package static func center(width: Int, height: Int, size: Int) -> ImageRegion {
    let shorter = Int((Double(size) * 256 / 224).rounded())
    let longer = shorter * max(width, height) / min(width, height)
    func side(_ length: Int, resized: Int) -> (start: Double, extent: Double) {
      let margin = (Double(resized - size) / 2).rounded(.toNearestOrEven)
      let scale = Double(length) / Double(resized)
      return (margin * scale, Double(size) * scale)
    }
    let horizontal = side(width, resized: width <= height ? shorter : longer)
    let vertical = side(height, resized: width <= height ? longer : shorter)
    return ImageRegion(
      left: horizontal.start, top: vertical.start, width: horizontal.extent, height: vertical.extent)
  }

  /// The same rectangle where the whole image has been scaled.
  func scaled(by factor: Double) -> ImageRegion {
    ImageRegion(left: left * factor, top: top * factor, width: width * factor, height: height * factor)
  }
}
