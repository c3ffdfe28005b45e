/// Lines or points over two numeric axes.
///
/// ```swift
/// LineChart(
///   title: "Gates of stage 2", x: Axis("epoch", numbers: .whole), y: Axis("θ", range: 0...1),
///   series: [LineChart.Series("mean", values: means)]
/// ).svg
/// ```
public struct LineChart: Sendable, Equatable {
  /// A value `y` at `x`. One that is NaN, infinite or without a place on its axis is left out, and a line is
  /// interrupted there.
  public struct Point: Sendable, Equatable {
    public var x: Double
    public var y: Double
    /// Half the length of a horizontal error bar, in units of `x`.
    public var xError: Double?
    /// Half the length of a vertical error bar, in units of `y`.
    public var yError: Double?
    /// A text beside the point.
    public var label: String?

    public init(
      _ x: Double, _ y: Double, xError: Double? = nil, yError: Double? = nil, label: String? = nil
    ) {
      self.x = x
      self.y = y
      self.xError = xError
      self.yError = yError
      self.label = label
    }
  }

  /// What is drawn of a series.
  public enum Style: Sendable, Equatable {
    case line, points, both
  }

  /// Points that belong together, in the order in which a line runs through them.
  public struct Series: Sendable, Equatable {
    /// The legend's text; nil keeps the series out of the legend. Series that look alike and have the same name
    /// share one entry.
    public var name: String?
    public var points: [Point]
    public var style: Style
    public var isDashed: Bool
    /// From 0 (invisible) to 1.
    public var opacity: Double
    /// The line's width in pixels.
    public var strokeWidth: Double
    /// Which of the palette's seven colours (they repeat) and four symbols to use; nil is the place of the series in
    /// the chart, from 0.
    public var colour: Int?

    public init(
      _ name: String?, _ points: [Point], style: Style = .line, isDashed: Bool = false,
      opacity: Double = 1, strokeWidth: Double = 2, colour: Int? = nil
    ) {
      self.name = name
      self.points = points
      self.style = style
      self.isDashed = isDashed
      self.opacity = opacity
      self.strokeWidth = strokeWidth
      self.colour = colour
    }

    /// A series of values at x = `first`, `first` + 1, ….
    public init(
      _ name: String?, values: [Double], first: Double = 0, style: Style = .line, isDashed: Bool = false,
      opacity: Double = 1, strokeWidth: Double = 2, colour: Int? = nil
    ) {
      self.init(
        name, values.enumerated().map { Point(first + Double($0.offset), $0.element) }, style: style,
        isDashed: isDashed, opacity: opacity, strokeWidth: strokeWidth, colour: colour)
    }
  }

  /// A vertical line that says what happens at `x`.
  public struct Marker: Sendable, Equatable {
    public var x: Double
    public var text: String

    public init(_ text: String, at x: Double) {
      self.x = x
      self.text = text
    }
  }

  public var title: String
  public var subtitle: String?
  public var x: Axis
  public var y: Axis
  /// Later series are drawn over earlier ones.
  public var series: [Series]
  public var markers: [Marker]
  /// The picture's size in pixels, between 320 and 10,000 each. A picture grows taller where a long legend would not
  /// leave its plot a decent height.
  public var width: Double
  public var height: Double

  public init(
    title: String, subtitle: String? = nil, x: Axis, y: Axis, series: [Series], markers: [Marker] = [],
    width: Double = 760, height: Double = 440
  ) {
    self.title = title
    self.subtitle = subtitle
    self.x = x
    self.y = y
    self.series = series
    self.markers = markers
    self.width = width
    self.height = height
  }

  /// The picture as a complete SVG document. Equal charts give equal text.
  public var svg: String { LineChartPainter(self).document() }
}

extension LineChart.Series {
  /// Whether lines and symbols are drawn.
  var hasLine: Bool { style != .points }
  var hasSymbols: Bool { style != .line }

  /// How the line is drawn, with unusable numbers replaced.
  func stroke(index: Int) -> Stroke {
    Stroke(
      colour: Palette.category(colour ?? index),
      width: strokeWidth.isFinite ? min(max(strokeWidth, 0.1), 20) : 2,
      opacity: opacity.isFinite ? min(max(opacity, 0), 1) : 1, isDashed: isDashed)
  }

  func shape(index: Int) -> SymbolShape { SymbolShape(index: colour ?? index) }

  /// What the legend says, nil for a series without a name.
  func legendEntry(index: Int) -> LegendEntry? {
    guard let name else { return nil }
    let sign: LegendEntry.Sign
    switch style {
    case .line: sign = .line(isDashed: isDashed)
    case .points: sign = .symbol(shape(index: index))
    case .both: sign = .symbolOnLine(shape(index: index), isDashed: isDashed)
    }
    return LegendEntry(name: name, colour: Palette.category(colour ?? index), sign: sign)
  }
}
