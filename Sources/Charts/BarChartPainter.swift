/// Lays out and draws a bar chart.
struct BarChartPainter {
  private enum ValueLabels { case none, horizontal, vertical }

  private let chart: BarChart
  private let header: Header
  private let labels: CategoryLabels
  private let width: Double
  private let height: Double
  private let plot: Box
  private let scale: PlotScale
  private let ticks: Ticks
  private let valueLabels: ValueLabels
  /// The width of one category and of one bar in it, in pixels.
  private let band: Double
  private let barWidth: Double
  private let isEmpty: Bool

  init(_ chart: BarChart) {
    self.chart = chart
    width = PlotFrame.side(chart.width, default: 760)
    let values = BarChartPainter.values(of: chart)
    isEmpty = values.isEmpty
    header = Header(
      title: chart.title, subtitle: chart.subtitle, legend: BarChartPainter.legend(of: chart), width: width)

    var domain = Domain(chart.y, covering: values + (chart.y.scale == .linear ? [0] : []))
    // Headroom for labels changes the ticks little, so a guess of the plot's height is good enough to reserve it.
    let guessedTicks = Ticks(domain, style: chart.y.numbers)
    let count = Double(max(1, chart.categories.count))
    let right = width - Header.margin
    let marginLeft = PlotFrame.marginLeft(
      tickLabels: values.isEmpty ? [] : guessedTicks.labels, label: chart.y.label, width: width)
    let guessedBand = (right - marginLeft) / count
    let left = max(
      marginLeft, CategoryLabels(chart.categories, band: guessedBand).overhang + 8)
    band = (right - left) / count
    barWidth = band * 0.8 / Double(max(1, chart.series.count))
    labels = CategoryLabels(chart.categories, band: band)
    let marginBottom =
      PlotFrame.tickGap + labels.height + 8 + (chart.categoryLabel.isEmpty ? 4 : PlotFrame.labelRoom)
    let top = header.height + 4
    height = max(PlotFrame.side(chart.height, default: 440), (top + 150 + marginBottom).rounded(.up))
    plot = Box(left: left, top: top, right: right, bottom: height - marginBottom)

    let texts = values.map { NumberText.short($0, style: chart.y.numbers) }
    let widest = texts.map { TextMetrics.width(of: $0, size: BarChartPainter.valueSize) }.max() ?? 0
    valueLabels =
      widest + 2 <= barWidth ? .horizontal : barWidth >= BarChartPainter.valueSize + 1 ? .vertical : .none
    if chart.y.range == nil {
      let room =
        valueLabels == .none ? 4 : (valueLabels == .horizontal ? BarChartPainter.valueSize : widest) + 6
      domain.addHeadroom(pixels: values.contains { $0 > 0 } ? room : 0, of: plot.height)
      domain.addFootroom(pixels: values.contains { $0 < 0 } ? room : 0, of: plot.height)
    }
    ticks = Ticks(domain, style: chart.y.numbers)
    scale = PlotScale(domain: domain, start: plot.bottom, end: plot.top)
  }

  func document() -> String {
    var canvas = Canvas()
    canvas.plotArea(plot)
    header.draw(on: &canvas)
    let frame = PlotFrame(plot: plot)
    if isEmpty {
      frame.drawNoData(on: &canvas)
    } else {
      frame.drawVerticalAxis(ticks, scale, grid: true, on: &canvas)
      for (index, series) in chart.series.enumerated() { draw(series, index: index, on: &canvas) }
      frame.drawBaseline(at: baseline, on: &canvas)
    }
    labels.draw(left: plot.left, top: plot.bottom + PlotFrame.tickGap, on: &canvas)
    frame.drawLabels(x: chart.categoryLabel, y: chart.y.label, bottom: height - 8, on: &canvas)
    return canvas.document(width: width, height: height, title: chart.title)
  }

  /// Where bars start: zero, or the end of the axis nearest to it.
  private var baseline: Double {
    clamped(scale.position(0) ?? plot.bottom)
  }

  private func draw(_ series: BarChart.Series, index: Int, on canvas: inout Canvas) {
    var boxes: [Box] = []
    var texts: [(text: String, end: Double, x: Double, isUp: Bool)] = []
    let indent = band * 0.1 + barWidth * Double(index)
    let gap = min(1, barWidth * 0.08)
    for (category, value) in series.values.prefix(chart.categories.count).enumerated() {
      guard let value, let end = scale.position(value).map(clamped) else { continue }
      let left = plot.left + band * Double(category) + indent
      let box = Box(
        left: left + gap / 2, top: min(end, baseline), right: left + barWidth - gap / 2,
        bottom: max(end, baseline))
      boxes.append(box)
      let text = NumberText.short(value, style: chart.y.numbers)
      texts.append((text, end, box.centre.x, value >= 0))
    }
    canvas.rectangles(boxes, fill: Palette.category(series.colour ?? index))
    for text in texts { draw(text.text, end: text.end, x: text.x, isUp: text.isUp, on: &canvas) }
  }

  /// A value beyond the end of its bar, where there is room between that and the plot's edge.
  private func draw(_ text: String, end: Double, x: Double, isUp: Bool, on canvas: inout Canvas) {
    let size = BarChartPainter.valueSize
    let extent = valueLabels == .horizontal ? size : TextMetrics.width(of: text, size: size)
    guard valueLabels != .none else { return }
    guard isUp ? end - extent - 3 >= plot.top - 6 : end + extent + 3 <= plot.bottom + 6 else { return }
    if valueLabels == .horizontal {
      let y = isUp ? end - size / 2 - 3 : end + size / 2 + 3
      canvas.text(text, at: Position(x: x, y: y), size: size, anchor: .middle)
    } else {
      let y = isUp ? end - 4 : end + 4
      canvas.text(text, at: Position(x: x, y: y), size: size, anchor: isUp ? .start : .end, rotation: -90)
    }
  }

  private func clamped(_ y: Double) -> Double { min(max(y, plot.top), plot.bottom) }

  /// The values that have a bar.
  private static func values(of chart: BarChart) -> [Double] {
    chart.series.flatMap { $0.values.prefix(chart.categories.count) }.compactMap { $0 }
      .filter { Domain.coordinate(of: $0, on: chart.y.scale) != nil }
  }

  private static func legend(of chart: BarChart) -> [LegendEntry] {
    chart.series.enumerated().compactMap { index, series in
      series.name.map {
        LegendEntry(name: $0, colour: Palette.category(series.colour ?? index), sign: .box)
      }
    }
  }

  private static let valueSize = 10.0
}
