import Foundation

/// The stretch of values that an axis shows.
package struct Domain: Equatable {
  package let scale: Axis.Scale
  /// The ends as coordinates along the axis: the values themselves, or their decimal logarithms. `low` < `high`, and
  /// both are finite.
  package private(set) var low: Double
  package private(set) var high: Double

  /// The axis' own range where it has a usable one, else one that covers the values.
  ///
  /// - Parameters:
  ///   - values: Any numbers; those without a place on the axis are ignored.
  ///   - padding: What to add at either end of a fitted range, as a share of its length. It does not carry a
  ///     linear range across zero.
  package init(_ axis: Axis, covering values: [Double], padding: Double = 0) {
    scale = axis.scale
    if let range = axis.range,
      let low = Domain.coordinate(of: range.lowerBound, on: axis.scale),
      let high = Domain.coordinate(of: range.upperBound, on: axis.scale)
    {
      self.low = low
      self.high = high
      widenIfDegenerate()
      return
    }
    let coordinates = values.compactMap { Domain.coordinate(of: $0, on: axis.scale) }
    low = coordinates.min() ?? 0
    high = coordinates.max() ?? 1
    widenIfDegenerate()
    let extra = (high - low) * padding
    let keepsSign = scale == .linear
    low = keepsSign && low >= 0 ? max(0, low - extra) : low - extra
    high = keepsSign && high <= 0 ? min(0, high + extra) : high + extra
    if scale == .logarithmic {
      // So that the ends are numbers, not zero or infinity.
      low = max(low, -302)
      high = min(high, 302)
    }
  }

  /// Extends the upper end until it leaves `pixels` of `available` free above the old one.
  mutating func addHeadroom(pixels: Double, of available: Double) {
    guard pixels > 0, pixels < available else { return }
    high += (high - low) * pixels / (available - pixels)
  }

  /// Extends the lower end likewise.
  mutating func addFootroom(pixels: Double, of available: Double) {
    guard pixels > 0, pixels < available else { return }
    low -= (high - low) * pixels / (available - pixels)
  }

  /// Where a value lies along the axis, nil where it has no place: NaN, infinities, on a logarithmic scale anything
  /// not positive, and numbers so large or small that arithmetic on them overflows.
  static func coordinate(of value: Double, on scale: Axis.Scale) -> Double? {
    guard value.isFinite, abs(value) < 1e300 else { return nil }
    switch scale {
    case .linear: return value
    case .logarithmic: return value > 1e-300 ? log10(value) : nil
    }
  }

  /// Where a value lies between the ends: 0 at `low`, 1 at `high`. Nil where it has no place on the scale.
  func share(of value: Double) -> Double? {
    Domain.coordinate(of: value, on: scale).map { ($0 - low) / (high - low) }
  }

  /// The values at the ends.
  package var values: ClosedRange<Double> {
    switch scale {
    case .linear: low...high
    case .logarithmic: pow(10, low)...pow(10, high)
    }
  }

  /// Gives a stretch some length where its ends are too close for arithmetic between them.
  private mutating func widenIfDegenerate() {
    let size = max(abs(low), abs(high))
    // A difference of logarithms is a ratio of values, so it needs some length of its own.
    guard high - low < max(size * 1e-10, scale == .linear ? 1e-290 : 1e-8) else { return }
    let half: Double
    switch scale {
    case .linear: half = size < 1e-280 ? 1 : size / 10
    case .logarithmic: half = 0.5
    }
    low -= half
    high += half
  }
}
