/// What a legend says about one series.
struct LegendEntry: Equatable {
  enum Sign: Equatable {
    case line(isDashed: Bool)
    case symbol(SymbolShape)
    case symbolOnLine(SymbolShape, isDashed: Bool)
    case box
    case missing
  }

  var name: String
  var colour: String
  var sign: Sign
}

/// The top of every chart: title, subtitle and, below them, the legend, where it covers no data.
struct Header {
  static let margin = 18.0

  private let titleLines: [String]
  private let subtitleLines: [String]
  /// The legend's entries with their left edges, row by row.
  private let legendRows: [[(entry: LegendEntry, left: Double)]]

  /// Lays out a header of a picture `width` pixels wide.
  init(title: String, subtitle: String?, legend: [LegendEntry], width: Double) {
    let available = width - 2 * Header.margin
    titleLines = TextMetrics.wrapped(title, to: available, size: Header.titleSize, bold: true)
    subtitleLines = TextMetrics.wrapped(subtitle ?? "", to: available, size: Header.subtitleSize)
    var rows: [[(entry: LegendEntry, left: Double)]] = []
    var right = Double.infinity
    for var entry in legend {
      entry.name = TextMetrics.shortened(
        entry.name, to: available - Header.signWidth, size: Header.legendSize)
      let entryWidth = Header.signWidth + TextMetrics.width(of: entry.name, size: Header.legendSize)
      if right + entryWidth > width - Header.margin {
        rows.append([])
        right = Header.margin
      }
      rows[rows.count - 1].append((entry, right))
      right += entryWidth + 16
    }
    legendRows = rows
  }

  /// From the picture's top to the first pixel below the header.
  var height: Double {
    var height = 12.0
    height += Double(titleLines.count) * Header.titleLeading
    height += Double(subtitleLines.count) * Header.subtitleLeading
    height += Double(legendRows.count) * Header.legendLeading + (legendRows.isEmpty ? 0 : 4)
    return height + 8
  }

  func draw(on canvas: inout Canvas) {
    var top = 12.0
    for line in titleLines {
      canvas.text(
        line, at: Position(x: Header.margin, y: top + Header.titleLeading / 2), size: Header.titleSize,
        colour: Palette.title, bold: true)
      top += Header.titleLeading
    }
    for line in subtitleLines {
      canvas.text(
        line, at: Position(x: Header.margin, y: top + Header.subtitleLeading / 2), size: Header.subtitleSize)
      top += Header.subtitleLeading
    }
    top += 4
    for row in legendRows {
      for (entry, left) in row {
        draw(entry, at: Position(x: left, y: top + Header.legendLeading / 2), on: &canvas)
      }
      top += Header.legendLeading
    }
  }

  private func draw(_ entry: LegendEntry, at start: Position, on canvas: inout Canvas) {
    let centre = Position(x: start.x + 11, y: start.y)
    let box = Box(left: centre.x - 6, top: centre.y - 6, right: centre.x + 6, bottom: centre.y + 6)
    switch entry.sign {
    case .line(let isDashed):
      drawLine(of: entry, isDashed: isDashed, from: start, on: &canvas)
    case .symbol(let shape):
      canvas.symbols(shape, at: [centre], radius: 4, Stroke(colour: entry.colour))
    case .symbolOnLine(let shape, let isDashed):
      drawLine(of: entry, isDashed: isDashed, from: start, on: &canvas)
      canvas.symbols(shape, at: [centre], radius: 4, Stroke(colour: entry.colour))
    case .box:
      canvas.rectangles([box], fill: entry.colour)
    case .missing:
      canvas.missingCells([box])
    }
    canvas.text(
      entry.name, at: Position(x: start.x + Header.signWidth, y: start.y), size: Header.legendSize)
  }

  private func drawLine(of entry: LegendEntry, isDashed: Bool, from start: Position, on canvas: inout Canvas)
  {
    canvas.line(
      from: start, to: Position(x: start.x + 22, y: start.y),
      Stroke(colour: entry.colour, width: 2, isDashed: isDashed))
  }

  private static let titleSize = 16.0
  private static let titleLeading = 22.0
  private static let subtitleSize = 12.5
  private static let subtitleLeading = 18.0
  private static let legendSize = 12.0
  private static let legendLeading = 20.0
  /// A line or symbol and the gap behind it.
  private static let signWidth = 28.0
}
