import Foundation

/// The round values that an axis names.
package struct Ticks {
  /// Increasing, within the domain give or take rounding.
  package let values: [Double]
  /// One for every value.
  package let labels: [String]
  /// Values between the named ones that deserve a small mark: 2, 3, … 9 times the powers of ten.
  package let minor: [Double]

  /// Three to ten ticks that are 1, 2 or 5 times a power of ten apart or, on a logarithmic axis, 1, 2 or 5 times
  /// powers of ten themselves. Very long logarithmic axes name every n-th power only.
  package init(_ domain: Domain, style: Axis.NumberStyle) {
    switch domain.scale {
    case .linear: self.init(linear: domain.values, style: style)
    case .logarithmic: self.init(logarithmic: domain, style: style)
    }
  }

  private init(values: [Double], style: Axis.NumberStyle, minor: [Double] = []) {
    self.values = values
    self.labels = values.map { NumberText.short($0, style: style) }
    self.minor = minor
  }

  private init(linear range: ClosedRange<Double>, style: Axis.NumberStyle) {
    let span = range.upperBound - range.lowerBound
    let leastIntervals = 4.0
    var exponent = Int(log10(span / leastIntervals).rounded(.down))
    // The longest step that fits often enough. The factor 10 is for logarithms that came out a hair too small.
    var factor =
      [10, 5, 2].first {
        span / (Double($0) * NumberText.powerOfTen(exponent)) >= leastIntervals * (1 - 1e-9)
      } ?? 1
    if factor == 10 {
      factor = 1
      exponent += 1
    }
    if style == .whole && exponent < 0 && span >= 2 {
      factor = 1
      exponent = 0
    }
    let step = Double(factor) * NumberText.powerOfTen(exponent)
    let first = Int((range.lowerBound / step - 1e-9).rounded(.up))
    let last = Int((range.upperBound / step + 1e-9).rounded(.down))
    // Multiples are divided, not multiplied, by powers of ten where that makes 0.3 the nearest number to 3/10.
    values = (first...max(first, last)).map { index in
      exponent < 0
        ? Double(index * factor) / NumberText.powerOfTen(-exponent)
        : Double(index * factor) * NumberText.powerOfTen(exponent)
    }
    labels = NumberText.aligned(values, resolution: exponent, style: style)
    minor = []
  }

  private init(logarithmic domain: Domain, style: Axis.NumberStyle) {
    let decades = Ticks.multiples([1], in: domain)
    if decades.count >= 3 {
      let stride = (decades.count + 9) / 10
      let minor = decades.count <= 6 ? Ticks.multiples(Array(2...9), in: domain) : []
      self.init(
        values: decades.enumerated().filter { $0.offset % stride == 0 }.map(\.element), style: style,
        minor: minor)
      return
    }
    let multiples = Ticks.multiples([1, 2, 5], in: domain)
    if multiples.count >= 3 {
      self.init(values: multiples, style: style, minor: Ticks.multiples(Array(2...9), in: domain))
    } else {
      self.init(linear: domain.values, style: style)
    }
  }

  /// The given multiples of all powers of ten that lie in a logarithmic domain, increasing.
  private static func multiples(_ factors: [Int], in domain: Domain) -> [Double] {
    let exponents = Int(domain.low.rounded(.down))...Int((domain.high + 1e-9).rounded(.down))
    return exponents.flatMap { exponent in
      factors.compactMap { factor in
        let length = log10(Double(factor)) + Double(exponent)
        guard length >= domain.low - 1e-9, length <= domain.high + 1e-9 else { return nil }
        return exponent < 0
          ? Double(factor) / NumberText.powerOfTen(-exponent)
          : Double(factor) * NumberText.powerOfTen(exponent)
      }
    }
  }
}
