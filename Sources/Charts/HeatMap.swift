/// A table of values as a table of colours, pale for small values and dark for large ones.
public struct HeatMap: Sendable, Equatable {
  /// What the rows or the columns of a heat map are.
  public enum Dimension: Sendable, Equatable {
    /// A label for all and a name for each; names run from left to right or from top to bottom.
    case named(String, [String])
    /// Cells that divide the range of an axis, on its scale, into equal parts, such as the bins of a histogram.
    /// They run from left to right or from bottom to top. Without a range the axis counts the cells, from 0 on
    /// a linear scale and from 1 on a logarithmic one.
    case measured(Axis)
  }

  public var title: String
  public var subtitle: String?
  public var columns: Dimension
  public var rows: Dimension
  /// rows × columns. Cells that are nil, NaN, infinite or beyond the end of a row too short are shown as missing.
  public var values: [[Double?]]
  /// Cells to draw a line around; nil for none.
  public var region: Region?
  /// What the colours mean. Values outside its range, and on a logarithmic scale those that are not positive, get
  /// the colour of the nearer end.
  public var colours: Axis
  /// The picture's size in pixels, between 320 and 10,000 each.
  public var width: Double
  public var height: Double

  /// Some of the cells, which need not hang together.
  public struct Region: Sendable, Equatable {
    public var name: String
    /// rows × columns; cells beyond its end are not in it.
    public var contains: [[Bool]]

    public init(_ name: String, _ contains: [[Bool]]) {
      self.name = name
      self.contains = contains
    }
  }

  public init(
    title: String, subtitle: String? = nil, columns: Dimension, rows: Dimension, values: [[Double?]],
    region: Region? = nil, colours: Axis = Axis(), width: Double = 760, height: Double = 440
  ) {
    self.title = title
    self.subtitle = subtitle
    self.columns = columns
    self.rows = rows
    self.values = values
    self.region = region
    self.colours = colours
    self.width = width
    self.height = height
  }

  /// The picture as a complete SVG document. Equal charts give equal text.
  public var svg: String { HeatMapPainter(self).document() }
}

extension HeatMap.Dimension {
  var label: String {
    switch self {
    case .named(let label, _): label
    case .measured(let axis): axis.label
    }
  }

  /// The names of the cells, nil for those that an axis measures.
  var names: [String]? {
    switch self {
    case .named(_, let names): names
    case .measured: nil
    }
  }

  /// What the cells together span, nil for those that have names.
  func domain(count: Int) -> (domain: Domain, style: Axis.NumberStyle)? {
    guard case .measured(let axis) = self else { return nil }
    let first = axis.scale == .linear ? 0.0 : 1
    return (Domain(axis, covering: [first, first + Double(max(1, count))]), axis.numbers)
  }
}
