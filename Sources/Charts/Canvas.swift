/// How a line is drawn.
struct Stroke {
  var colour: String
  /// In pixels.
  var width = 1.0
  var opacity = 1.0
  var isDashed = false
}

/// Collects the elements of an SVG picture.
///
/// Callers speak in pixels. The picture's own unit is a tenth of that, so that every number in it is whole and short:
/// charts with tens of thousands of points stay small.
struct Canvas {
  /// Where a text stands relative to its position.
  enum Anchor: String { case start, middle, end }

  private var elements = ""

  /// The whole picture.
  ///
  /// - Parameters:
  ///   - width: In pixels, like `height`.
  ///   - title: What a screen reader says.
  func document(width: Double, height: Double, title: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(pixels(width))" height="\(pixels(height))" \
    viewBox="0 0 \(units(width)) \(units(height))" role="img" font-family="sans-serif" fill="none" \
    stroke-linecap="round" stroke-linejoin="round">
    <title>\(Canvas.escaped(title))</title>
    <rect width="\(units(width))" height="\(units(height))" fill="\(Palette.background)"/>
    \(elements)</svg>

    """
  }

  mutating func line(from start: Position, to end: Position, _ stroke: Stroke) {
    lines([[start, end]], stroke)
  }

  /// Connected lines through the positions of each run.
  mutating func lines(_ runs: [[Position]], _ stroke: Stroke) {
    path(runs.map { pathData($0) }.joined(), attributes(stroke))
  }

  mutating func rectangles(_ boxes: [Box], fill: String, crisp: Bool = false) {
    path(
      boxes.map { pathData($0) }.joined(),
      "fill=\"\(fill)\"" + (crisp ? " shape-rendering=\"crispEdges\"" : ""))
  }

  /// The frame and ground of a plot.
  mutating func plotArea(_ box: Box) {
    elements +=
      "<rect class=\"plot\" x=\"\(units(box.left))\" y=\"\(units(box.top))\" "
      + "width=\"\(units(box.right) - units(box.left))\" height=\"\(units(box.bottom) - units(box.top))\" "
      + "fill=\"\(Palette.background)\"/>\n"
  }

  /// A ground that lets text be read in front of lines.
  mutating func veil(_ box: Box) {
    path(pathData(box), "fill=\"\(Palette.background)\" fill-opacity=\".75\"")
  }

  /// Small symbols, one around each position.
  mutating func symbols(_ shape: SymbolShape, at positions: [Position], radius: Double, _ stroke: Stroke) {
    let data = positions.map { position in
      "M\(units(position.x)) \(units(position.y))" + shape.pathData(radius: units(radius))
    }
    path(
      data.joined(),
      "fill=\"\(stroke.colour)\" stroke=\"\(Palette.background)\" stroke-width=\"8\""
        + (stroke.opacity < 1
          ? " fill-opacity=\"\(fraction(stroke.opacity))\" stroke-opacity=\"\(fraction(stroke.opacity))\""
          : ""))
  }

  /// Cells without a value: grey, crossed out where they are large enough to show it.
  mutating func missingCells(_ boxes: [Box]) {
    rectangles(boxes, fill: Palette.missing, crisp: true)
    let strokes = boxes.filter { min($0.width, $0.height) >= 6 }.map { box in
      let box = box.inset(by: 1)
      return [Position(x: box.left, y: box.bottom), Position(x: box.right, y: box.top)]
    }
    lines(strokes, Stroke(colour: "#b5b5b5"))
  }

  /// One line of text.
  ///
  /// - Parameters:
  ///   - position: The middle of the text's height at its start, middle or end.
  ///   - rotation: In degrees, clockwise, about the position.
  mutating func text(
    _ text: String, at position: Position, size: Double, anchor: Anchor = .start,
    colour: String = Palette.text,
    bold: Bool = false, rotation: Int = 0
  ) {
    guard !text.isEmpty else { return }
    // Half the height of a digit. The attribute for this is one that not all viewers know.
    let drop = size * 0.35
    var attributes = "font-size=\"\(units(size))\" fill=\"\(colour)\""
    if anchor != .start { attributes += " text-anchor=\"\(anchor.rawValue)\"" }
    if bold { attributes += " font-weight=\"bold\"" }
    if rotation == 0 {
      attributes += " x=\"\(units(position.x))\" y=\"\(units(position.y + drop))\""
    } else {
      attributes += " y=\"\(units(drop))\" "
      attributes += "transform=\"translate(\(units(position.x)) \(units(position.y))) rotate(\(rotation))\""
    }
    elements += "<text \(attributes)>\(Canvas.escaped(text))</text>\n"
  }

  /// Text as the content of an element or an attribute. Characters that XML has no way to write are replaced.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result += " "
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private mutating func path(_ data: String, _ attributes: String) {
    guard !data.isEmpty else { return }
    elements += "<path d=\"\(data)\" \(attributes)/>\n"
  }

  /// A run of positions as a start and steps; the steps add up to rounded positions, so errors do not.
  private func pathData(_ run: [Position]) -> String {
    guard let start = run.first else { return "" }
    var x = units(start.x)
    var y = units(start.y)
    var data = "M\(x) \(y)"
    for (index, position) in run.enumerated().dropFirst() {
      let nextX = units(position.x)
      let nextY = units(position.y)
      data += index == 1 ? "l" : nextX < x ? "" : " "
      data += "\(nextX - x)"
      data += nextY < y ? "" : " "
      data += "\(nextY - y)"
      x = nextX
      y = nextY
    }
    return data
  }

  private func pathData(_ box: Box) -> String {
    let left = units(box.left)
    let top = units(box.top)
    let width = units(box.right) - left
    return "M\(left) \(top)h\(width)v\(units(box.bottom) - top)h\(-width)z"
  }

  private func attributes(_ stroke: Stroke) -> String {
    var text = "stroke=\"\(stroke.colour)\" stroke-width=\"\(units(stroke.width))\""
    if stroke.opacity < 1 { text += " stroke-opacity=\"\(fraction(stroke.opacity))\"" }
    if stroke.isDashed { text += " stroke-dasharray=\"50 45\"" }
    return text
  }

  private func units(_ pixels: Double) -> Int { Int((min(max(pixels, -1e7), 1e7) * 10).rounded()) }

  private func pixels(_ value: Double) -> Int { Int(value.rounded()) }

  /// A number from 0 to 1 in hundredths.
  private func fraction(_ value: Double) -> String {
    let hundredths = Int((min(max(value, 0), 1) * 100).rounded())
    return hundredths == 100 ? "1" : hundredths < 10 ? ".0\(hundredths)" : ".\(hundredths)"
  }
}
