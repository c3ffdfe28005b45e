/// The names below a row of equally wide bands, side by side where they fit, else slanted; where even that is too
/// dense, every n-th name.
struct CategoryLabels {
  private let names: [String]
  private let isSlanted: Bool
  private let stride: Int
  private let band: Double

  /// - Parameters:
  ///   - band: The width of one category, in pixels.
  init(_ names: [String], band: Double) {
    self.band = band
    let size = PlotFrame.tickSize
    let widest = names.map { TextMetrics.width(of: $0, size: size) }.max() ?? 0
    let isShort = widest <= 34
    isSlanted = widest + 6 > band && !isShort
    self.names = names.map { TextMetrics.shortened($0, to: CategoryLabels.maximalWidth, size: size) }
    let needed = isSlanted ? size * 1.35 : widest + 6
    stride = max(1, Int((needed / max(band, 1e-6)).rounded(.up)))
  }

  /// The room that the names take below their plot, in pixels.
  var height: Double { isSlanted ? widest * slope + PlotFrame.tickSize : PlotFrame.tickSize }

  /// How far a name reaches to the left of the first band.
  var overhang: Double { isSlanted ? max(0, widest * slope - band / 2) : 0 }

  /// - Parameter top: The upper edge of the room for the names.
  func draw(left: Double, top: Double, on canvas: inout Canvas) {
    for index in Swift.stride(from: 0, to: names.count, by: stride) {
      let x = left + (Double(index) + 0.5) * band
      if isSlanted {
        canvas.text(
          names[index], at: Position(x: x, y: top + 3), size: PlotFrame.tickSize, anchor: .end, rotation: -45)
      } else {
        canvas.text(
          names[index], at: Position(x: x, y: top + PlotFrame.tickSize / 2), size: PlotFrame.tickSize,
          anchor: .middle)
      }
    }
  }

  private var widest: Double {
    names.map { TextMetrics.width(of: $0, size: PlotFrame.tickSize) }.max() ?? 0
  }

  /// The sine of the slant.
  private var slope: Double { 0.7072 }

  private static let maximalWidth = 150.0
}
