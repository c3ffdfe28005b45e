/// Lays out and draws a heat map.
struct HeatMapPainter {
  private let map: HeatMap
  private let header: Header
  private let width: Double
  private let height: Double
  private let plot: Box
  private let rowCount: Int
  private let columnCount: Int
  private let columnLabels: CategoryLabels?
  private let rowTicks: Ticks?
  private let colourDomain: Domain
  private let colourTicks: Ticks
  private let isEmpty: Bool

  init(_ map: HeatMap) {
    self.map = map
    width = PlotFrame.side(map.width, default: 760)
    rowCount = max(map.values.count, map.rows.names?.count ?? 0)
    columnCount = max(map.values.map(\.count).max() ?? 0, map.columns.names?.count ?? 0)
    let values = map.values.flatMap { $0 }.compactMap { $0 }.filter(HeatMapPainter.isShown)
    isEmpty = values.isEmpty
    colourDomain = Domain(map.colours, covering: values)
    colourTicks = Ticks(colourDomain, style: map.colours.numbers)
    let hasMissing = values.count < rowCount * columnCount && !values.isEmpty
    let region = map.region.map {
      LegendEntry(name: $0.name, colour: Palette.region, sign: .line(isDashed: false))
    }
    let missing =
      hasMissing ? LegendEntry(name: "no value", colour: Palette.missing, sign: .missing) : nil
    header = Header(
      title: map.title, subtitle: map.subtitle, legend: [region, missing].compactMap { $0 }, width: width)

    rowTicks = map.rows.domain(count: rowCount).map { Ticks($0.domain, style: $0.style) }
    let rowTexts = map.rows.names ?? rowTicks?.labels ?? []
    let marginLeft = PlotFrame.marginLeft(tickLabels: rowTexts, label: map.rows.label, width: width)
    let right = width - HeatMapPainter.legendWidth(colourTicks, label: map.colours.label, width: width)
    let count = Double(max(1, columnCount))
    let names = map.columns.names
    let overhang = names.map { CategoryLabels($0, band: (right - marginLeft) / count).overhang } ?? 0
    let columnTicks = map.columns.domain(count: columnCount).map { Ticks($0.domain, style: $0.style) }
    let left = max(marginLeft, overhang + 8, PlotFrame.overhang(columnTicks?.labels.first))
    columnLabels = names.map { CategoryLabels($0, band: (right - left) / count) }
    let marginBottom =
      PlotFrame.tickGap + (columnLabels?.height ?? PlotFrame.tickSize) + 8
      + (map.columns.label.isEmpty ? 4 : PlotFrame.labelRoom)
    let top = header.height + 4
    height = max(PlotFrame.side(map.height, default: 440), (top + 120 + marginBottom).rounded(.up))
    plot = Box(left: left, top: top, right: right, bottom: height - marginBottom)
  }

  func document() -> String {
    var canvas = Canvas()
    canvas.plotArea(plot)
    header.draw(on: &canvas)
    let frame = PlotFrame(plot: plot)
    if isEmpty {
      frame.drawNoData(on: &canvas)
    } else {
      drawCells(on: &canvas)
      drawColours(on: &canvas)
    }
    if rowCount > 0, columnCount > 0 { drawAxes(frame, on: &canvas) }
    frame.drawLabels(x: map.columns.label, y: map.rows.label, bottom: height - 8, on: &canvas)
    return canvas.document(width: width, height: height, title: map.title)
  }

  private func drawAxes(_ frame: PlotFrame, on canvas: inout Canvas) {
    columnLabels?.draw(left: plot.left, top: plot.bottom + PlotFrame.tickGap, on: &canvas)
    if let (domain, style) = map.columns.domain(count: columnCount) {
      let scale = PlotScale(domain: domain, start: plot.left, end: plot.right)
      frame.drawHorizontalAxis(Ticks(domain, style: style), scale, grid: false, on: &canvas)
    }
    if let (domain, _) = map.rows.domain(count: rowCount), let rowTicks {
      let scale = PlotScale(domain: domain, start: plot.bottom, end: plot.top)
      frame.drawVerticalAxis(rowTicks, scale, grid: false, on: &canvas)
    }
    let names = map.rows.names ?? []
    let stride = max(1, Int((13 / (plot.height / Double(max(1, rowCount)))).rounded(.up)))
    for index in Swift.stride(from: 0, to: names.count, by: stride) {
      let text = TextMetrics.shortened(
        names[index], to: PlotFrame.maximalLabelWidth(width: width), size: PlotFrame.tickSize)
      canvas.text(
        text, at: Position(x: plot.left - PlotFrame.tickGap, y: box(row: index, columns: 0..<1).centre.y),
        size: PlotFrame.tickSize, anchor: .end)
    }
  }

  /// One path for each colour, of runs of neighbours with that colour: a large map has few elements.
  private func drawCells(on canvas: inout Canvas) {
    var boxes = [[Box]](repeating: [], count: ColourRamp.steps)
    var missing: [Box] = []
    for row in 0..<rowCount {
      var column = 0
      while column < columnCount {
        let step = step(row: row, column: column)
        var end = column + 1
        while !hasGaps, end < columnCount, self.step(row: row, column: end) == step { end += 1 }
        let box = box(row: row, columns: column..<end).inset(by: hasGaps ? 0.5 : 0)
        if let step { boxes[step].append(box) } else { missing.append(box) }
        column = end
      }
    }
    canvas.missingCells(missing)
    for (step, boxes) in boxes.enumerated() {
      canvas.rectangles(boxes, fill: ColourRamp.colour(step), crisp: true)
    }
    drawValues(on: &canvas)
    drawRegion(on: &canvas)
  }

  /// The edges between cells of the region and others.
  private func drawRegion(on canvas: inout Canvas) {
    guard map.region != nil else { return }
    var edges: [[Position]] = []
    for row in 0..<rowCount {
      for column in 0..<columnCount where isInRegion(row, column) {
        let box = box(row: row, columns: column..<(column + 1))
        let corners = [
          Position(x: box.left, y: box.top), Position(x: box.right, y: box.top),
          Position(x: box.right, y: box.bottom), Position(x: box.left, y: box.bottom),
        ]
        let above = map.rows.names == nil ? row + 1 : row - 1
        let neighbours = [(above, column), (row, column + 1), (2 * row - above, column), (row, column - 1)]
        for (side, neighbour) in neighbours.enumerated() where !isInRegion(neighbour.0, neighbour.1) {
          edges.append([corners[side], corners[(side + 1) % 4]])
        }
      }
    }
    canvas.lines(edges, Stroke(colour: Palette.region, width: 2.5))
  }

  private func isInRegion(_ row: Int, _ column: Int) -> Bool {
    guard let contains = map.region?.contains, contains.indices.contains(row) else { return false }
    return contains[row].indices.contains(column) && contains[row][column]
  }

  /// The values themselves, if all of them fit in their cells.
  private func drawValues(on canvas: inout Canvas) {
    let size = 11.0
    guard cellWidth > 20, cellHeight > size + 3 else { return }
    var texts: [(text: String, centre: Position, colour: String)] = []
    for row in 0..<rowCount {
      for column in 0..<columnCount {
        guard let value = value(row: row, column: column), let step = step(row: row, column: column)
        else { continue }
        let text = NumberText.short(value, style: map.colours.numbers)
        guard TextMetrics.width(of: text, size: size) + 4 <= cellWidth else { return }
        let box = box(row: row, columns: column..<(column + 1))
        texts.append((text, box.centre, ColourRamp.textColour(on: step)))
      }
    }
    for text in texts {
      canvas.text(text.text, at: text.centre, size: size, anchor: .middle, colour: text.colour)
    }
  }

  /// The bar of colours at the right side.
  private func drawColours(on canvas: inout Canvas) {
    let bar = Box(
      left: plot.right + HeatMapPainter.legendGap, top: plot.top,
      right: plot.right + HeatMapPainter.legendGap + HeatMapPainter.barWidth, bottom: plot.bottom)
    let slice = bar.height / Double(ColourRamp.steps)
    for step in 0..<ColourRamp.steps {
      let bottom = bar.bottom - slice * Double(step)
      canvas.rectangles(
        [Box(left: bar.left, top: bottom - slice, right: bar.right, bottom: bottom)],
        fill: ColourRamp.colour(step), crisp: true)
    }
    let scale = PlotScale(domain: colourDomain, start: bar.bottom, end: bar.top)
    for (value, label) in zip(colourTicks.values, colourTicks.labels) {
      guard let y = scale.position(value) else { continue }
      canvas.line(
        from: Position(x: bar.right, y: y), to: Position(x: bar.right + 4, y: y),
        Stroke(colour: Palette.axis))
      canvas.text(label, at: Position(x: bar.right + PlotFrame.tickGap, y: y), size: PlotFrame.tickSize)
    }
    canvas.text(
      TextMetrics.shortened(map.colours.label, to: plot.height, size: PlotFrame.labelSize),
      at: Position(x: width - 12 - PlotFrame.labelSize / 2, y: plot.centre.y), size: PlotFrame.labelSize,
      anchor: .middle, rotation: -90)
  }

  private var cellWidth: Double { plot.width / Double(max(1, columnCount)) }
  private var cellHeight: Double { plot.height / Double(max(1, rowCount)) }

  /// Whether cells are large enough to be set apart by white lines.
  private var hasGaps: Bool { min(cellWidth, cellHeight) >= 12 }

  private func box(row: Int, columns: Range<Int>) -> Box {
    let fromTop = map.rows.names == nil ? rowCount - 1 - row : row
    return Box(
      left: plot.left + cellWidth * Double(columns.lowerBound),
      top: plot.top + cellHeight * Double(fromTop),
      right: plot.left + cellWidth * Double(columns.upperBound),
      bottom: plot.top + cellHeight * Double(fromTop + 1))
  }

  private func value(row: Int, column: Int) -> Double? {
    guard row < map.values.count, column < map.values[row].count, let value = map.values[row][column],
      HeatMapPainter.isShown(value)
    else { return nil }
    return value
  }

  /// The colour of a cell, nil for a missing one.
  private func step(row: Int, column: Int) -> Int? {
    value(row: row, column: column).map { ColourRamp.step(of: colourDomain.share(of: $0) ?? 0) }
  }

  private static func isShown(_ value: Double) -> Bool {
    Domain.coordinate(of: value, on: .linear) != nil
  }

  private static func legendWidth(_ ticks: Ticks, label: String, width: Double) -> Double {
    let widest = PlotFrame.widest(ticks.labels, width: width)
    return legendGap + barWidth + PlotFrame.tickGap + widest + 12 + (label.isEmpty ? 0 : PlotFrame.labelRoom)
  }

  private static let legendGap = 16.0
  private static let barWidth = 14.0
}
