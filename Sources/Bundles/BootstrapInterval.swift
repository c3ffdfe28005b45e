import Foundation
import Randomness

/// Where H, or H − H⁰, of other samples of the same data may be: from samples drawn anew, with return, from those measured.
///
/// A draw has fewer different samples than the data, and bundles of few samples lose some of their mixture in it. So the H of
/// all draws is scaled to have the measured one as its mean, and H⁰ likewise, before percentiles are taken of the difference:
/// for large bundles that changes next to nothing, and for pairs the interval is wide enough. Conflicts that no sample shows
/// cannot appear: without any, the interval is 0 to 0 and says nothing about larger N. Ours.
public struct BootstrapInterval: Hashable, Sendable, Codable {
  public var level: Double
  /// In nats.
  public var lower: Double
  public var upper: Double

  /// - Parameters:
  ///   - input: The bundles of the images themselves: the interval is then of H − H⁰, where each draw takes the same samples
  ///     for both. nil for that of H.
  ///   - level: The share of draws inside.
  ///   - random: Where samples come from. Equal streams give equal results, and to several layers the same draws.
  /// - Returns: nil where H or H⁰ has no value or there are no samples.
  /// - Throws: `BundleError.outOfRange` for less than one draw, or a level not between 0 and 1; `wrongCount` where the input
  ///   has another number of samples.
  public static func estimate(
    _ partition: BundlePartition, above input: BundlePartition? = nil, draws: Int = 1000,
    level: Double = 0.95,
    random: inout RandomStream
  ) throws -> BootstrapInterval? {
    try Resampling.check(draws: draws)
    guard level > 0, level < 1 else {
      throw BundleError.outOfRange(parameter: "level", expected: "between 0 and 1", found: "\(level)")
    }
    let samples = partition.samples
    if let input, input.samples != samples {
      throw BundleError.wrongCount(of: "samples of the input", expected: samples, found: input.samples)
    }
    guard let entropy = partition.entropy, let inputEntropy = input == nil ? 0 : input?.entropy, samples > 0
    else { return nil }
    var (layer, below) = (MixedBundles(partition), input.map(MixedBundles.init))
    // Without a mixed bundle every draw has 0.
    guard !layer.isEmpty || !(below?.isEmpty ?? true) else {
      return BootstrapInterval(level: level, lower: 0, upper: 0)
    }
    let terms = BundleEntropy.terms(through: samples)
    var (above, beneath): ([Double], [Double]) = ([], [])
    for _ in 0..<draws {
      layer.clear()
      below?.clear()
      for _ in 0..<samples {
        let sample = random.integer(below: samples)
        layer.add(sample)
        below?.add(sample)
      }
      above.append(layer.surplus(terms))
      beneath.append(below?.surplus(terms) ?? 0)
    }
    let differences = zip(scaled(above, toMean: entropy), scaled(beneath, toMean: inputEntropy)).map {
      $0 - $1
    }
    return BootstrapInterval(
      level: level, differences.sorted(), measured: entropy - inputEntropy,
      largest: log(Double(Set(partition.labels).count)))
  }

  private static func scaled(_ values: [Double], toMean mean: Double) -> [Double] {
    let sum = values.reduce(0, +)
    return sum > 0 ? values.map { $0 * (mean * Double(values.count) / sum) } : values
  }

  /// - Parameters:
  ///   - values: Of the draws, in ascending order.
  ///   - largest: The most that H can be.
  private init(level: Double, _ values: [Double], measured: Double, largest: Double) {
    // The draws next outside the percentiles.
    let outside = Int((1 - level) / 2 * Double(values.count - 1))
    // What rounding leaves is no difference.
    func clean(_ value: Double) -> Double { value.magnitude < 1e-12 ? 0 : value }
    self.level = level
    lower = clean(min(max(values[outside], -largest), measured))
    upper = clean(max(min(values[values.count - 1 - outside], largest), measured))
  }

  init(level: Double, lower: Double, upper: Double) {
    (self.level, self.lower, self.upper) = (level, lower, upper)
  }
}

/// The bundles of several labels, which alone make up H, and how many of a draw's samples are in their cells.
private struct MixedBundles {
  /// Of every sample; one more than there are where it is in a bundle of one label.
  private let cellOfSample: [Int]
  /// The end of each bundle's cells.
  private let ends: [Int]
  private var counts: [Int]

  init(_ partition: BundlePartition) {
    struct Place: Hashable {
      var bundle: Int
      var label: Int
    }
    var cells: [Place: Int] = [:]
    var ends: [Int] = []
    for bundle in partition.conflictingCells {
      for cell in bundle { cells[Place(bundle: cell.bundle, label: cell.label)] = cells.count }
      ends.append(cells.count)
    }
    cellOfSample = zip(partition.bundleOfSample, partition.labels).map {
      cells[Place(bundle: $0, label: $1)] ?? cells.count
    }
    self.ends = ends
    counts = [Int](repeating: 0, count: cells.count + 1)
  }

  var isEmpty: Bool { ends.isEmpty }

  mutating func clear() { for cell in counts.indices { counts[cell] = 0 } }

  mutating func add(_ sample: Int) { counts[cellOfSample[sample]] += 1 }

  /// N · H of what was added. Bundles with one label left cancel to exactly 0.
  func surplus(_ terms: [Double]) -> Double {
    var (sum, first) = (0.0, 0)
    for end in ends {
      var (size, inside) = (0, 0.0)
      for count in counts[first..<end] {
        size += count
        inside += terms[count]
      }
      sum += terms[size] - inside
      first = end
    }
    return sum
  }
}

enum Resampling {
  static func check(draws: Int) throws {
    guard draws > 0 else {
      throw BundleError.outOfRange(parameter: "draws", expected: "at least 1", found: "\(draws)")
    }
  }
}
