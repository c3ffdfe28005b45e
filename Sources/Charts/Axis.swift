/// What one direction of a chart measures, and how.
public struct Axis: Sendable, Equatable {
  /// How values are spread along an axis.
  public enum Scale: Sendable, Equatable {
    /// Equal differences take equal lengths.
    case linear
    /// Equal ratios take equal lengths. Values that are not positive have no place and are left out.
    case logarithmic
  }

  /// How the numbers beside an axis are written.
  public enum NumberStyle: Sendable, Equatable {
    /// As they are, with as few digits as tell them apart: 0.5, 250, 40k, 25M, 1e−4.
    case plain
    /// Like `plain`, but no fractions between whole numbers: for epochs or counts.
    case whole
    /// As hundredths: 0.5 is written 50%.
    case percent
  }

  /// What is written along the axis; may be empty.
  public var label: String
  public var scale: Scale
  /// The values at the two ends; nil fits them to the data. A range with an end that has no place on the scale
  /// (infinite, or not positive on a logarithmic one) counts as nil.
  public var range: ClosedRange<Double>?
  public var numbers: NumberStyle

  public init(
    _ label: String = "", scale: Scale = .linear, range: ClosedRange<Double>? = nil,
    numbers: NumberStyle = .plain
  ) {
    self.label = label
    self.scale = scale
    self.range = range
    self.numbers = numbers
  }
}
