import Foundation

/// Numbers as text, the same in every locale.
package enum NumberText {
  /// A number in three significant digits or, below ten thousand, all digits before the point: 0.0123, 1536, 12.3k,
  /// 25.6M, 1.2e−5.
  package static func short(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    guard abs(value) >= 1e-300 else { return "0" }
    let sign = value < 0 ? minus : ""
    var exponent = Int(log10(abs(value)).rounded(.down))
    if (abs(value) / powerOfTen(exponent) * 100).rounded() >= 1000 { exponent += 1 }
    switch exponent {
    case ..<(-3), 15...:
      return sign + stripped(fixed(abs(value) / powerOfTen(exponent), decimals: 2)) + "e" + whole(exponent)
    case 4...:
      let thousands = exponent / 3
      let scaled = abs(value) / powerOfTen(3 * thousands)
      return sign + stripped(fixed(scaled, decimals: 2 - exponent % 3)) + suffixes[thousands]
    default:
      return sign + stripped(fixed(abs(value), decimals: max(0, 2 - exponent)))
    }
  }

  /// A single number in a style.
  package static func short(_ value: Double, style: Axis.NumberStyle) -> String {
    style == .percent && value.isFinite ? short(value * 100) + "%" : short(value)
  }

  /// Numbers that stand beside one axis, all with the same unit and decimals.
  ///
  /// - Parameter resolution: The decimal exponent of the last digit that tells them apart.
  package static func aligned(_ values: [Double], resolution: Int, style: Axis.NumberStyle) -> [String] {
    let largest = values.map { abs($0) }.max() ?? 0
    if style == .percent {
      let isUsual = largest < 1e6 && resolution > -8
      return values.map {
        (isUsual ? fixed($0 * 100, decimals: max(0, -resolution - 2)) : short($0 * 100)) + "%"
      }
    }
    let exponent = largest > 0 ? Int((log10(largest) + 1e-9).rounded(.down)) : 0
    let unit: Int
    let suffix: String
    switch exponent {
    case ..<(-3), 15...:
      unit = exponent
      suffix = "e" + whole(exponent)
    case 4...:
      unit = exponent / 3 * 3
      suffix = suffixes[exponent / 3]
    default:
      unit = 0
      suffix = ""
    }
    return values.map { value in
      value == 0 ? "0" : fixed(value / powerOfTen(unit), decimals: max(0, unit - resolution)) + suffix
    }
  }

  /// 10 to the power `exponent`, correctly rounded.
  static func powerOfTen(_ exponent: Int) -> Double { Double("1e\(exponent)") ?? .infinity }

  private static let minus = "−"
  private static let suffixes = ["", "k", "M", "G", "T"]

  private static func whole(_ value: Int) -> String { value < 0 ? "\(minus)\(-value)" : "\(value)" }

  /// A number with a given number of digits after the point.
  private static func fixed(_ value: Double, decimals: Int) -> String {
    let scaled = (abs(value) * powerOfTen(decimals)).rounded()
    guard scaled < 9e15 else { return "\(value)" }
    let digits = String(Int(scaled))
    let sign = value < 0 && scaled > 0 ? minus : ""
    guard decimals > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  /// Without zeros at the end of the decimals.
  private static func stripped(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var text = text
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }
}
