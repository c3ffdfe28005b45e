import Randomness

/// Where H of other samples of the same data may be: percentiles over samples drawn anew, with return, from those measured.
///
/// Conflicts that no sample shows cannot appear: without any, the interval is 0 to 0 and says nothing about larger N. Ours.
public struct BootstrapInterval: Hashable, Sendable, Codable {
  public var level: Double
  /// In nats.
  public var lower: Double
  public var upper: Double

  /// - Parameters:
  ///   - level: The share of draws inside.
  ///   - random: Where samples come from; equal streams give equal results.
  /// - Returns: nil where H has no value or there are no samples.
  /// - Throws: `BundleError.outOfRange` for less than one draw, or a level not between 0 and 1.
  public static func estimate(
    _ partition: BundlePartition, draws: Int = 1000, level: Double = 0.95, random: inout RandomStream
  ) throws -> BootstrapInterval? {
    try Resampling.check(draws: draws)
    guard level > 0, level < 1 else {
      throw BundleError.outOfRange(parameter: "level", expected: "between 0 and 1", found: "\(level)")
    }
    guard partition.entropy != nil, partition.samples > 0 else { return nil }
    let samples = partition.samples
    let cells = partition.cells
    let cellOfSample = cells.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element.count) }
    let entropies = (0..<draws).map { _ in
      var sizes = [Int](repeating: 0, count: partition.sizes.count)
      var counts = [Int](repeating: 0, count: cells.count)
      for _ in 0..<samples {
        let cell = cellOfSample[random.integer(below: samples)]
        counts[cell] += 1
        sizes[cells[cell].bundle] += 1
      }
      return BundleEntropy.conditional(bundleSizes: sizes, cellSizes: counts, samples: samples)
    }.sorted()
    // The draws next outside the percentiles.
    let outside = Int((1 - level) / 2 * Double(draws - 1))
    return BootstrapInterval(level: level, lower: entropies[outside], upper: entropies[draws - 1 - outside])
  }
}

enum Resampling {
  static func check(draws: Int) throws {
    guard draws > 0 else {
      throw BundleError.outOfRange(parameter: "draws", expected: "at least 1", found: "\(draws)")
    }
  }
}
