/// Lays out and draws a graph of layers.
struct LayerGraphPainter {
  private let graph: LayerGraph
  private let header: Header
  private let lanes: EdgeLanes
  private let domain: Domain
  private let ticks: Ticks
  private let scale: PlotScale
  private let width: Double
  private let height: Double
  /// The middle of the nodes' boxes.
  private let spine: Double
  /// The left edge of each column of texts.
  private let columnLefts: [Double]
  /// The top of the first row.
  private let top: Double
  private let plot: Box

  init(_ graph: LayerGraph) {
    self.graph = graph
    width = PlotFrame.side(graph.width, default: 900)
    let used = Set(graph.nodes.compactMap(\.category))
    header = Header(
      title: graph.title, subtitle: graph.subtitle,
      legend: graph.categories.enumerated().filter { used.contains($0.offset) }.map {
        LegendEntry(name: $0.element.name, colour: Palette.category($0.element.colour), sign: .box)
      }, width: width)
    lanes = EdgeLanes(inputs: graph.nodes.map(\.inputs))
    spine = Header.margin + Double(min(lanes.count, Self.mostLanes)) * Self.laneWidth + 14
    var left = spine + 16
    var lefts: [Double] = []
    for column in -1..<graph.columns.count {
      let texts =
        column < 0
        ? graph.nodes.map(\.name)
        : [graph.columns[column]]
          + graph.nodes.map { $0.texts.indices.contains(column) ? $0.texts[column] : "" }
      lefts.append(left)
      left += (texts.map { TextMetrics.width(of: $0, size: Self.textSize) }.max() ?? 0) + 14
    }
    columnLefts = lefts
    top = header.height + Self.headRoom
    let values = graph.nodes.compactMap(\.range).flatMap { [$0.lowerBound, $0.upperBound] }
    domain = Domain(graph.scale, covering: values + [graph.marker?.value].compactMap(\.self))
    ticks = Ticks(domain, style: graph.scale.numbers)
    let bottom = top + Double(max(1, graph.nodes.count)) * Self.rowHeight
    plot = Box(left: min(left + 6, width - 140), top: top, right: width - 24, bottom: bottom)
    scale = PlotScale(domain: domain, start: plot.left, end: plot.right)
    height = bottom + 44
  }

  func document() -> String {
    var canvas = Canvas()
    header.draw(on: &canvas)
    drawScale(on: &canvas)
    drawEdges(on: &canvas)
    for (index, node) in graph.nodes.enumerated() { draw(node, at: index, on: &canvas) }
    drawBorder(on: &canvas)
    return canvas.document(width: width, height: height, title: graph.title)
  }

  private func middle(_ row: Int) -> Double { top + (Double(row) + 0.5) * Self.rowHeight }

  private func drawScale(_ stroke: Stroke = Stroke(colour: Palette.grid), on canvas: inout Canvas) {
    let places = ticks.values.compactMap(scale.position)
    canvas.lines(
      places.map { [Position(x: $0, y: plot.top), Position(x: $0, y: plot.bottom)] }, stroke)
    for (place, label) in zip(places, ticks.labels) {
      canvas.text(
        label, at: Position(x: place, y: plot.bottom + 12), size: Self.tickSize, anchor: .middle)
    }
    canvas.text(
      graph.scale.label, at: Position(x: (plot.left + plot.right) / 2, y: plot.bottom + 30),
      size: Self.textSize, anchor: .middle)
    for (column, left) in zip(graph.columns, columnLefts.dropFirst()) {
      canvas.text(column, at: Position(x: left, y: top - 10), size: Self.tickSize, bold: true)
    }
    guard let marker = graph.marker, let place = scale.position(marker.value) else { return }
    canvas.line(
      from: Position(x: place, y: plot.top), to: Position(x: place, y: plot.bottom),
      Stroke(colour: Palette.title, width: 1.5, isDashed: true))
    canvas.text(
      marker.text, at: Position(x: place, y: top - 10), size: Self.tickSize, anchor: .middle,
      colour: Palette.title)
  }

  private func drawEdges(on canvas: inout Canvas) {
    let stroke = Stroke(colour: Palette.axis, width: 1.2)
    var runs: [[Position]] = []
    for (index, node) in graph.nodes.enumerated() where node.inputs.contains(index - 1) {
      runs.append([Position(x: spine, y: middle(index - 1)), Position(x: spine, y: middle(index))])
    }
    for edge in lanes.edges {
      let x = spine - 12 - Double(min(edge.lane, Self.mostLanes - 1)) * Self.laneWidth
      let (start, end) = (middle(edge.from) + 2.5, middle(edge.to) - 2.5)
      runs.append([
        Position(x: spine, y: start), Position(x: x + 4, y: start), Position(x: x, y: start + 4),
        Position(x: x, y: end - 4), Position(x: x + 4, y: end), Position(x: spine, y: end),
      ])
    }
    canvas.lines(runs, stroke)
  }

  private func draw(_ node: LayerGraph.Node, at row: Int, on canvas: inout Canvas) {
    let y = middle(row)
    let category = node.category.flatMap {
      graph.categories.indices.contains($0) ? graph.categories[$0] : nil
    }
    let colour = category.map { Palette.category($0.colour) }
    let half = category == nil ? 3.0 : 6.0
    canvas.rectangles(
      [Box(left: spine - half, top: y - half, right: spine + half, bottom: y + half)],
      fill: colour ?? Palette.axis)
    for (text, left) in zip([node.name] + node.texts, columnLefts) {
      canvas.text(text, at: Position(x: left, y: y), size: Self.textSize, colour: Palette.text)
    }
    guard let range = node.range, let low = scale.position(range.lowerBound),
      let high = scale.position(range.upperBound)
    else { return }
    let bar = Box(left: low - 1.5, top: y - 4, right: max(high, low) + 1.5, bottom: y + 4)
    canvas.rectangles([bar], fill: colour ?? Palette.axis)
  }

  private func drawBorder(on canvas: inout Canvas) {
    guard let border = graph.border, graph.nodes.indices.contains(border.after) else { return }
    let y = top + Double(border.after + 1) * Self.rowHeight
    canvas.line(
      from: Position(x: spine - 10, y: y), to: Position(x: plot.right, y: y),
      Stroke(colour: Palette.region, width: 1.5))
    canvas.text(
      border.text, at: Position(x: plot.right, y: y + 9), size: Self.tickSize, anchor: .end,
      colour: Palette.region)
  }

  private static let rowHeight = 19.0
  private static let laneWidth = 9.0
  /// More than these are drawn over each other.
  private static let mostLanes = 12
  private static let headRoom = 26.0
  private static let textSize = 11.5
  private static let tickSize = 11.0
}
