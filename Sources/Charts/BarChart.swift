/// Groups of bars over named categories, such as the width of every block before and after pruning.
public struct BarChart: Sendable, Equatable {
  /// One bar for every category.
  public struct Series: Sendable, Equatable {
    /// The legend's text; nil keeps the series out of the legend.
    public var name: String?
    /// Values in the order of the categories. Where the value is nil, missing, NaN or infinite, there is no bar.
    public var values: [Double?]
    /// Which of the palette's seven colours (they repeat) to use; nil is the place of the series in the chart,
    /// from 0.
    public var colour: Int?

    public init(_ name: String?, _ values: [Double?], colour: Int? = nil) {
      self.name = name
      self.values = values
      self.colour = colour
    }
  }

  public var title: String
  public var subtitle: String?
  /// What the categories are; may be empty.
  public var categoryLabel: String
  public var categories: [String]
  /// The direction of the values. Bars start at zero or at the end of the axis nearest to it.
  public var y: Axis
  /// Values beyond the number of categories are left out.
  public var series: [Series]
  /// The picture's size in pixels, between 320 and 10,000 each. A picture grows taller where a long legend would not
  /// leave its plot a decent height.
  public var width: Double
  public var height: Double

  public init(
    title: String, subtitle: String? = nil, categoryLabel: String = "", categories: [String], y: Axis,
    series: [Series], width: Double = 760, height: Double = 440
  ) {
    self.title = title
    self.subtitle = subtitle
    self.categoryLabel = categoryLabel
    self.categories = categories
    self.y = y
    self.series = series
    self.width = width
    self.height = height
  }

  /// The picture as a complete SVG document. Equal charts give equal text.
  public var svg: String { BarChartPainter(self).document() }
}
