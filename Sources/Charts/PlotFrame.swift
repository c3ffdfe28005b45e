/// Draws what surrounds the data of every chart: axes with ticks, grid and labels.
struct PlotFrame {
  static let tickSize = 11.0
  static let labelSize = 12.0
  /// Between a tick's label and the plot.
  static let tickGap = 7.0
  /// What an axis' label takes across.
  static let labelRoom = 22.0

  /// The length of a side of a picture that can be drawn: what was asked for, within reason.
  static func side(_ requested: Double, default standard: Double) -> Double {
    requested.isFinite ? min(max(requested, 320), 10_000).rounded() : standard
  }

  /// The room that a vertical axis takes beside a plot, in pixels, given its ticks' labels and its own label.
  static func marginLeft(tickLabels: [String], label: String, width: Double) -> Double {
    12 + (label.isEmpty ? 0 : labelRoom) + widest(tickLabels, width: width) + tickGap
  }

  /// The room for labels beside a vertical axis in a picture `width` pixels wide.
  static func widest(_ tickLabels: [String], width: Double) -> Double {
    let widest = tickLabels.map { TextMetrics.width(of: $0, size: tickSize) }.max() ?? 0
    return min(widest, maximalLabelWidth(width: width))
  }

  /// The room beyond a plot's side that the label of a tick at its very end takes, in pixels.
  static func overhang(_ label: String?) -> Double {
    TextMetrics.width(of: label ?? "", size: tickSize) / 2 + 6
  }

  /// The longest label beside a vertical axis, in pixels; longer ones are cut.
  static func maximalLabelWidth(width: Double) -> Double { min(150, width / 4) }

  /// The room that a horizontal axis with numbers takes below a plot, in pixels.
  static func marginBottom(label: String) -> Double {
    8 + tickGap + tickSize + (label.isEmpty ? 4 : labelRoom)
  }

  let plot: Box

  func drawHorizontalAxis(_ ticks: Ticks, _ scale: PlotScale, grid: Bool, on canvas: inout Canvas) {
    let positions = ticks.values.map { scale.position($0) ?? plot.left }
    if grid {
      canvas.lines(
        positions.map { [Position(x: $0, y: plot.top), Position(x: $0, y: plot.bottom)] },
        Stroke(colour: Palette.grid))
    }
    let marks = positions.map { (x: $0, length: 4.0) }
    let minorMarks = ticks.minor.compactMap { scale.position($0) }.map { (x: $0, length: 2.5) }
    canvas.lines(
      (marks + minorMarks).map { mark in
        [Position(x: mark.x, y: plot.bottom), Position(x: mark.x, y: plot.bottom + mark.length)]
      }, Stroke(colour: Palette.axis))
    let widest = ticks.labels.map { TextMetrics.width(of: $0, size: PlotFrame.tickSize) }.max() ?? 0
    let room = plot.width / Double(max(1, positions.count - 1))
    let stride = max(1, Int(((widest + 6) / room).rounded(.up)))
    for index in Swift.stride(from: 0, to: positions.count, by: stride) {
      canvas.text(
        ticks.labels[index],
        at: Position(x: positions[index], y: plot.bottom + PlotFrame.tickGap + PlotFrame.tickSize / 2),
        size: PlotFrame.tickSize, anchor: .middle)
    }
  }

  func drawVerticalAxis(_ ticks: Ticks, _ scale: PlotScale, grid: Bool, on canvas: inout Canvas) {
    let positions = ticks.values.map { scale.position($0) ?? plot.bottom }
    if grid {
      canvas.lines(
        positions.map { [Position(x: plot.left, y: $0), Position(x: plot.right, y: $0)] },
        Stroke(colour: Palette.grid))
    } else {
      canvas.lines(
        positions.map { [Position(x: plot.left - 4, y: $0), Position(x: plot.left, y: $0)] },
        Stroke(colour: Palette.axis))
    }
    canvas.lines(
      ticks.minor.compactMap { scale.position($0) }.map { y in
        [Position(x: plot.left - 2.5, y: y), Position(x: plot.left, y: y)]
      }, Stroke(colour: Palette.axis))
    for (position, label) in zip(positions, ticks.labels) {
      canvas.text(
        label, at: Position(x: plot.left - PlotFrame.tickGap, y: position), size: PlotFrame.tickSize,
        anchor: .end)
    }
  }

  /// The line along the plot's lower edge.
  func drawBaseline(at y: Double, on canvas: inout Canvas) {
    canvas.line(
      from: Position(x: plot.left, y: y), to: Position(x: plot.right, y: y), Stroke(colour: Palette.axis))
  }

  /// The axes' own labels, the horizontal one just above `bottom`.
  func drawLabels(x: String, y: String, bottom: Double, on canvas: inout Canvas) {
    canvas.text(
      TextMetrics.shortened(x, to: plot.width, size: PlotFrame.labelSize),
      at: Position(x: plot.centre.x, y: bottom - PlotFrame.labelSize / 2 - 1), size: PlotFrame.labelSize,
      anchor: .middle)
    canvas.text(
      TextMetrics.shortened(y, to: plot.height + 20, size: PlotFrame.labelSize),
      at: Position(x: 12 + PlotFrame.labelSize / 2, y: plot.centre.y), size: PlotFrame.labelSize,
      anchor: .middle, rotation: -90)
  }

  /// What stands in for the data of a chart without any.
  func drawNoData(on canvas: inout Canvas) {
    canvas.lines(
      [
        [
          Position(x: plot.left, y: plot.top), Position(x: plot.right, y: plot.top),
          Position(x: plot.right, y: plot.bottom), Position(x: plot.left, y: plot.bottom),
          Position(x: plot.left, y: plot.top),
        ]
      ], Stroke(colour: Palette.grid))
    canvas.text("no data", at: plot.centre, size: 14, anchor: .middle, colour: Palette.axis)
  }
}
