/// Finds places for the texts beside single points where they hide little.
struct PointLabels {
  private struct Label {
    let text: String
    let box: Box
  }

  private var labels: [Label] = []

  init(_ painter: LineChartPainter) {
    let labelled = painter.chart.series.filter { series in series.points.contains { $0.label != nil } }
    guard !labelled.isEmpty else { return }
    // Translucent series are a background that may be anywhere and that a label may cover.
    let avoided = painter.chart.series.filter { $0.opacity >= 0.5 }
    let symbols = avoided.filter(\.hasSymbols).flatMap(\.points).compactMap { painter.position(of: $0) }
      .filter { painter.plot.contains($0) }
    let lines =
      avoided.filter(\.hasLine).flatMap { painter.runs(of: $0) }
      + avoided.flatMap(\.points).flatMap { painter.errorBars(of: $0) }
    let picture = Box(left: 0, top: 0, right: painter.width, bottom: painter.height)
    for point in labelled.flatMap(\.points) {
      guard let label = point.label, !label.isEmpty, let centre = painter.position(of: point),
        painter.plot.contains(centre)
      else { continue }
      let text = TextMetrics.shortened(label, to: painter.plot.width / 2, size: PointLabels.size)
      let boxes = PointLabels.candidates(around: centre, text: text).map { $0.moved(into: picture) }
      let costs = boxes.map { cost(of: $0, plot: painter.plot, symbols: symbols, lines: lines) }
      let best = costs.indices.min { costs[$0] < costs[$1] } ?? 0
      labels.append(Label(text: text, box: boxes[best]))
    }
  }

  func draw(on canvas: inout Canvas) {
    for label in labels {
      canvas.veil(label.box.inset(by: 1))
      canvas.text(
        label.text, at: label.box.centre, size: PointLabels.size, anchor: .middle, colour: Palette.title)
    }
  }

  /// How bad it is to cover a box; the better of two equally bad places is the earlier candidate.
  private func cost(of box: Box, plot: Box, symbols: [Position], lines: [[Position]]) -> Double {
    var cost = 0.0
    if box.left < plot.left || box.right > plot.right || box.top < plot.top || box.bottom > plot.bottom {
      cost += 50
    }
    cost += 20 * Double(labels.count { $0.box.intersects(box) })
    cost += 10 * Double(symbols.count { box.inset(by: -3).contains($0) })
    for run in lines {
      for (start, end) in zip(run, run.dropFirst()) where box.clip(from: start, to: end) != nil { cost += 2 }
    }
    return cost
  }

  /// Boxes for a text next to a point, the usual place first.
  private static func candidates(around centre: Position, text: String) -> [Box] {
    let width = TextMetrics.width(of: text, size: size) + 4
    let height = size + 4
    // Far enough from the point for its error bars' caps, and for the texts above and beside it not to meet.
    let gap = 6.0
    let verticalGap = 8.0
    let diagonalGap = 4.5
    let directions: [(x: Double, y: Double)] = [
      (1, 0), (0, -1), (0, 1), (-1, 0), (1, -1), (-1, -1), (1, 1), (-1, 1),
    ]
    return directions.map { direction in
      let isDiagonal = direction.x != 0 && direction.y != 0
      let x = centre.x + direction.x * (width / 2 + (isDiagonal ? diagonalGap : gap))
      let y = centre.y + direction.y * (height / 2 + (isDiagonal ? diagonalGap : verticalGap))
      return Box(left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2)
    }
  }

  private static let size = 11.0
}
