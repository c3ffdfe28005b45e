/// Lays out and draws a line chart.
struct LineChartPainter {
  let chart: LineChart
  let header: Header
  let markerTexts: MarkerTexts
  let plot: Box
  /// The picture's size in pixels.
  let width: Double
  let height: Double
  let xScale: PlotScale
  let yScale: PlotScale
  private let xTicks: Ticks
  private let yTicks: Ticks
  private let isEmpty: Bool

  init(_ chart: LineChart) {
    self.chart = chart
    width = PlotFrame.side(chart.width, default: 760)
    let points = chart.series.flatMap(\.points).filter { point in
      Domain.coordinate(of: point.x, on: chart.x.scale) != nil
        && Domain.coordinate(of: point.y, on: chart.y.scale) != nil
    }
    isEmpty = points.isEmpty
    let hasSymbols = chart.series.contains { $0.hasSymbols }
    let xDomain = Domain(
      chart.x,
      covering: points.flatMap { LineChartPainter.extent($0.x, $0.xError) } + chart.markers.map(\.x),
      padding: hasSymbols ? 0.05 : 0)
    let yDomain = Domain(
      chart.y, covering: points.flatMap { LineChartPainter.extent($0.y, $0.yError) }, padding: 0.05)
    xTicks = Ticks(xDomain, style: chart.x.numbers)
    yTicks = Ticks(yDomain, style: chart.y.numbers)

    var legend: [LegendEntry] = []
    for (index, series) in chart.series.enumerated() {
      if let entry = series.legendEntry(index: index), !legend.contains(entry) { legend.append(entry) }
    }
    header = Header(title: chart.title, subtitle: chart.subtitle, legend: legend, width: width)
    let left = max(
      PlotFrame.marginLeft(tickLabels: isEmpty ? [] : yTicks.labels, label: chart.y.label, width: width),
      PlotFrame.overhang(xTicks.labels.first))
    let right = width - max(Header.margin, PlotFrame.overhang(xTicks.labels.last))
    xScale = PlotScale(domain: xDomain, start: left, end: right)
    markerTexts = MarkerTexts(chart.markers, on: xScale, within: width)
    let top = header.height + markerTexts.height + 4
    let marginBottom = PlotFrame.marginBottom(label: chart.x.label)
    height = max(PlotFrame.side(chart.height, default: 440), (top + 150 + marginBottom).rounded(.up))
    plot = Box(left: left, top: top, right: right, bottom: height - marginBottom)
    yScale = PlotScale(domain: yDomain, start: plot.bottom, end: plot.top)
  }

  func document() -> String {
    var canvas = Canvas()
    canvas.plotArea(plot)
    header.draw(on: &canvas)
    let frame = PlotFrame(plot: plot)
    if isEmpty {
      frame.drawNoData(on: &canvas)
    } else {
      frame.drawVerticalAxis(yTicks, yScale, grid: true, on: &canvas)
      frame.drawHorizontalAxis(xTicks, xScale, grid: true, on: &canvas)
      frame.drawBaseline(at: plot.bottom, on: &canvas)
      for (index, series) in chart.series.enumerated() { draw(series, index: index, on: &canvas) }
      markerTexts.draw(plot: plot, on: &canvas)
      PointLabels(self).draw(on: &canvas)
    }
    frame.drawLabels(x: chart.x.label, y: chart.y.label, bottom: height - 8, on: &canvas)
    return canvas.document(width: width, height: height, title: chart.title)
  }

  /// Where a point lies, nil where it has no place.
  func position(of point: LineChart.Point) -> Position? {
    guard let x = xScale.position(point.x), let y = yScale.position(point.y) else { return nil }
    return Position(x: x, y: y)
  }

  /// The connected stretches of a series' line inside the plot.
  func runs(of series: LineChart.Series) -> [[Position]] {
    var runs: [[Position]] = []
    var previous: Position?
    for point in series.points {
      let current = position(of: point)
      if let previous, let current, let part = plot.clip(from: previous, to: current) {
        if let end = runs.last?.last, end == part.start {
          runs[runs.count - 1].append(part.end)
        } else {
          runs.append([part.start, part.end])
        }
      }
      previous = current
    }
    return runs
  }

  private func draw(_ series: LineChart.Series, index: Int, on canvas: inout Canvas) {
    let stroke = series.stroke(index: index)
    if series.hasLine { canvas.lines(runs(of: series), stroke) }
    let errors = series.points.flatMap { errorBars(of: $0) }
    canvas.lines(errors, Stroke(colour: stroke.colour, width: 1.2, opacity: stroke.opacity))
    let symbols =
      series.hasSymbols
      ? series.points.compactMap { position(of: $0) }.filter { plot.contains($0) }
      : lonelyPositions(of: series)
    let radius = min(10, max(series.hasSymbols ? 4 : 0, stroke.width * 1.5))
    canvas.symbols(series.shape(index: index), at: symbols, radius: radius, stroke)
  }

  /// The points of a line without a neighbour to draw a line to.
  private func lonelyPositions(of series: LineChart.Series) -> [Position] {
    let positions = series.points.map { position(of: $0) }
    return positions.indices.compactMap { index in
      guard let position = positions[index], plot.contains(position) else { return nil }
      let hasNeighbour =
        (index > 0 && positions[index - 1] != nil)
        || (index + 1 < positions.count && positions[index + 1] != nil)
      return hasNeighbour ? nil : position
    }
  }

  /// The strokes of a point's error bars, cut off at the plot's edges.
  func errorBars(of point: LineChart.Point) -> [[Position]] {
    guard let centre = position(of: point), plot.contains(centre) else { return [] }
    var strokes: [[Position]] = []
    let cap = 3.5
    if let bar = ends(point.y, point.yError, on: yScale, plot.top...plot.bottom) {
      strokes.append(bar.ends.map { Position(x: centre.x, y: $0) })
      strokes += bar.caps.map { [Position(x: centre.x - cap, y: $0), Position(x: centre.x + cap, y: $0)] }
    }
    if let bar = ends(point.x, point.xError, on: xScale, plot.left...plot.right) {
      strokes.append(bar.ends.map { Position(x: $0, y: centre.y) })
      strokes += bar.caps.map { [Position(x: $0, y: centre.y - cap), Position(x: $0, y: centre.y + cap)] }
    }
    return strokes
  }

  /// The pixels of an error bar's two ends, and of those among them that are not cut off.
  private func ends(
    _ value: Double, _ error: Double?, on scale: PlotScale, _ visible: ClosedRange<Double>
  ) -> (ends: [Double], caps: [Double])? {
    guard let error, error.isFinite, error != 0 else { return nil }
    // What has no place on a logarithmic axis lies infinitely far down.
    let low = scale.position(value - abs(error)) ?? scale.start
    let high = scale.position(value + abs(error)) ?? scale.end
    let lowIsOnAxis = scale.position(value - abs(error)) != nil
    let slack = (visible.lowerBound - 0.05)...(visible.upperBound + 0.05)
    let caps = (lowIsOnAxis ? [low] : []) + [high]
    return (
      [low, high].map { min(max($0, visible.lowerBound), visible.upperBound) },
      caps.filter { slack.contains($0) }
    )
  }

  /// What an axis must cover to show a value and its error.
  private static func extent(_ value: Double, _ error: Double?) -> [Double] {
    guard let error, error.isFinite else { return [value] }
    return [value, value - error, value + error]
  }
}
