/// The texts of a line chart's vertical markers, in rows above the plot so that they overlap neither each other nor
/// the data.
struct MarkerTexts {
  private struct Placed {
    let text: String
    let x: Double
    let centre: Double
    let row: Int
  }

  private let placed: [Placed]
  private let rowCount: Int

  /// - Parameter width: The picture's, in pixels.
  init(_ markers: [LineChart.Marker], on scale: PlotScale, within width: Double) {
    let visible = markers.compactMap { marker in
      scale.position(marker.x).map { (x: $0, text: marker.text) }
    }
    .filter { $0.x >= scale.start - 0.05 && $0.x <= scale.end + 0.05 }
    var placed: [Placed] = []
    // The right edges of the rows, the lowest row first.
    var rightEdges: [Double] = []
    for (x, text) in visible.sorted(by: { $0.x < $1.x }) {
      let text = TextMetrics.shortened(text, to: width / 2, size: MarkerTexts.size)
      let half = TextMetrics.width(of: text, size: MarkerTexts.size) / 2
      let centre = min(max(x, 8 + half), width - 8 - half)
      let row = rightEdges.firstIndex { $0 + 6 < centre - half } ?? rightEdges.count
      if row == rightEdges.count { rightEdges.append(0) }
      rightEdges[row] = centre + half
      placed.append(Placed(text: text, x: x, centre: centre, row: row))
    }
    self.placed = placed
    rowCount = rightEdges.count
  }

  /// The room above the plot that the texts take, in pixels.
  var height: Double { Double(rowCount) * MarkerTexts.leading }

  func draw(plot: Box, on canvas: inout Canvas) {
    for text in placed {
      let y = plot.top - (Double(text.row) + 0.5) * MarkerTexts.leading - 1
      canvas.line(
        from: Position(x: text.x, y: y + MarkerTexts.leading / 2 + 0.5),
        to: Position(x: text.x, y: plot.bottom),
        Stroke(colour: Palette.text, width: 1.2, isDashed: true))
      canvas.text(
        text.text, at: Position(x: text.centre, y: y), size: MarkerTexts.size, anchor: .middle,
        colour: Palette.title)
    }
  }

  private static let size = 11.5
  private static let leading = 15.0
}
