/// Mean and spread of some numbers.
public struct SampleStatistics: Hashable, Sendable {
  /// At least 1.
  public let count: Int
  public let mean: Double
  /// That of a sample, with `count` − 1 as the divisor; nil for a single number.
  public let standardDeviation: Double?

  /// Nil where there are no numbers.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    count = values.count
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    standardDeviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil
  }
}
