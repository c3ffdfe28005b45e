import Randomness

/// How large H would be if bundles of these sizes had nothing to do with labels: labels are permuted among the samples.
///
/// Without bundles of several samples it is 0. An H far below it is of bundles that keep to classes; one within it, of
/// bundles that have forgotten them. Ours.
public struct PermutationNull: Hashable, Sendable, Codable {
  public var draws: Int
  /// Of the draws' H, in nats.
  public var mean: Double
  public var standardDeviation: Double
  /// (1 + draws with an H up to the observed one) / (1 + draws): small where bundles mix labels less than by chance.
  public var shareUpTo: Double
  /// (1 + draws with an H from the observed one) / (1 + draws): small where bundles mix labels more than by chance.
  public var shareFrom: Double

  /// - Parameter random: Where permutations come from; equal streams give equal results.
  /// - Returns: nil where H has no value or there are no samples.
  /// - Throws: `BundleError.outOfRange` for less than one draw.
  public static func estimate(
    _ partition: BundlePartition, draws: Int = 200, random: inout RandomStream
  ) throws -> PermutationNull? {
    try Resampling.check(draws: draws)
    guard let observed = partition.entropy, partition.samples > 0 else { return nil }
    let sizes = partition.sizes.filter { $0 > 1 }.sorted()
    var labels = BundlePartition.numbered(partition.labels)
    var counts = [Int](repeating: 0, count: (labels.max() ?? 0) + 1)
    let entropies = (0..<draws).map { _ in
      entropy(sizes: sizes, labels: &labels, counts: &counts, random: &random)
    }
    let mean = entropies.reduce(0, +) / Double(draws)
    let square = entropies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    // Equal values may differ in the last bits.
    let tolerance = 1e-9
    return PermutationNull(
      draws: draws, mean: mean,
      standardDeviation: draws > 1 ? (square / Double(draws - 1)).squareRoot() : 0,
      shareUpTo: Double(1 + entropies.count { $0 <= observed + tolerance }) / Double(1 + draws),
      shareFrom: Double(1 + entropies.count { $0 >= observed - tolerance }) / Double(1 + draws))
  }

  /// What bundles have to do with labels, each of two tests at a level of 0.05; nil where all permutations have one H, as
  /// those of a single bundle have.
  public var finding: Finding? {
    guard standardDeviation > 1e-9 else { return nil }
    return shareUpTo <= 0.05 ? .keepsToClasses : shareFrom <= 0.05 ? .mixesClasses : .byChance
  }

  public enum Finding: String, CaseIterable, Hashable, Sendable, Codable {
    /// H is lower than by chance.
    case keepsToClasses = "keep-to-classes"
    case byChance = "by-chance"
    /// H is higher than by chance.
    case mixesClasses = "mix-classes"
  }

  /// H of one permutation: bundles draw their labels one after the other, without returning them.
  ///
  /// - Parameter counts: A zero for each label; left so.
  private static func entropy(
    sizes: [Int], labels: inout [Int], counts: inout [Int], random: inout RandomStream
  ) -> Double {
    var cellSizes: [Int] = []
    var position = 0
    for size in sizes {
      let members = position..<(position + size)
      for sample in members {
        labels.swapAt(sample, sample + random.integer(below: labels.count - sample))
        counts[labels[sample]] += 1
      }
      for sample in members where counts[labels[sample]] > 0 {
        cellSizes.append(counts[labels[sample]])
        counts[labels[sample]] = 0
      }
      position += size
    }
    return BundleEntropy.conditional(bundleSizes: sizes, cellSizes: cellSizes, samples: labels.count)
  }
}
