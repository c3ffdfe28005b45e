import Randomness

/// A random part of an image, as networks for ImageNet are trained with.
package enum RandomResizedCrop {
  /// The share of the image's area.
  private static let areas: Range<Float> = 0.08..<1
  /// The natural logarithm of width over height: of 3/4 to 4/3.
  private static let logarithmsOfRatio: Range<Float> = -0.287682..<0.287682
  /// Draws that may fail, as the part would be wider or higher than the image.
  private static let attempts = 10

  /// A part with a random area, ratio and place; the largest one in the centre with an allowed ratio if ten draws fail.
  package static func region(width: Int, height: Int, _ random: inout RandomStream) -> ImageRegion {
    let area = Double(width) * Double(height)
    for _ in 0..<attempts {
      let share = area * Double(random.uniform(in: areas))
      let ratio = exponential(Double(random.uniform(in: logarithmsOfRatio)))
      let columns = Int((share * ratio).squareRoot().rounded())
      let rows = Int((share / ratio).squareRoot().rounded())
      guard (1...width).contains(columns), (1...height).contains(rows) else { continue }
      let top = random.integer(below: height - rows + 1)
      let left = random.integer(below: width - columns + 1)
      return ImageRegion(
        left: Double(left), top: Double(top), width: Double(columns), height: Double(rows))
    }
    let ratio = min(4.0 / 3, max(3.0 / 4, Double(width) / Double(height)))
    let columns = min(width, max(1, Int((Double(height) * ratio).rounded())))
    let rows = min(height, max(1, Int((Double(width) / ratio).rounded())))
    return ImageRegion(
      left: Double((width - columns) / 2), top: Double((height - rows) / 2), width: Double(columns),
      height: Double(rows))
  }

  /// e to the power of `x` for |x| < ½, from operations that every machine rounds alike.
  private static func exponential(_ x: Double) -> Double {
    stride(from: 14.0, through: 1, by: -1).reduce(1) { sum, n in 1 + x / n * sum }
  }
}
