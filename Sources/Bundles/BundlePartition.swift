/// Samples in bundles, with their labels.
///
/// Bundle, bundle entropy and conflict are the authors' definitions (arXiv 2011.02956); the accuracy ceiling, classes that
/// are mixed and the answers for NaN and other degenerate inputs are ours.
public struct BundlePartition: Hashable, Sendable {
  /// Each sample's bundle: 0, 1, … in order of first appearance.
  public let bundleOfSample: [Int]
  public let labels: [Int]
  /// The number of samples in each bundle.
  public let sizes: [Int]
  /// By bundle, then by label; none is empty.
  let cells: [Cell]
  /// The numbers of samples with an activation that is NaN, and with one that is infinite.
  public let notANumberSamples: Int
  public let infiniteSamples: Int
  /// Whether no sample has an activation that can be told from 0.
  public let isZeroCell: Bool

  /// Samples of one label in one bundle.
  struct Cell: Hashable, Sendable {
    var bundle: Int
    var label: Int
    var count: Int
  }

  /// Bundles of equal keys.
  ///
  /// - Throws: `BundleError.wrongCount` unless there are as many labels as keys.
  public init(keys: [BundleKey], labels: [Int]) throws {
    try self.init(grouping: keys, keys: keys, labels: labels)
  }

  /// Bundles that were found in another way: samples with equal groups are in one.
  ///
  /// - Parameters:
  ///   - groups: One per sample.
  ///   - keys: For the flags.
  /// - Throws: `BundleError.wrongCount` unless there are as many labels and keys as groups.
  public init(grouping groups: [some Hashable], keys: [BundleKey], labels: [Int]) throws {
    guard groups.count == labels.count else {
      throw BundleError.wrongCount(of: "labels", expected: groups.count, found: labels.count)
    }
    guard groups.count == keys.count else {
      throw BundleError.wrongCount(of: "keys", expected: groups.count, found: keys.count)
    }
    self.init(groups, keys, labels)
  }

  init(collected: BundleCollector) { self.init(collected.keys, collected.keys, collected.labels) }

  private init(_ groups: [some Hashable], _ keys: [BundleKey], _ labels: [Int]) {
    bundleOfSample = Self.numbered(groups)
    self.labels = labels
    let order = labels.indices.sorted { [bundleOfSample] in
      (bundleOfSample[$0], labels[$0]) < (bundleOfSample[$1], labels[$1])
    }
    var sizes: [Int] = []
    var cells: [Cell] = []
    for sample in order {
      let (bundle, label) = (bundleOfSample[sample], labels[sample])
      if bundle == sizes.count { sizes.append(0) }
      sizes[bundle] += 1
      if let last = cells.last, last.bundle == bundle, last.label == label {
        cells[cells.count - 1].count += 1
      } else {
        cells.append(Cell(bundle: bundle, label: label, count: 1))
      }
    }
    self.sizes = sizes
    self.cells = cells
    notANumberSamples = keys.count(where: \.hasNotANumber)
    infiniteSamples = keys.count(where: \.hasInfinity)
    isZeroCell = keys.allSatisfy(\.isZeroCell)
  }

  /// Equal elements get equal numbers, from 0 in order of first appearance.
  static func numbered<Group: Hashable>(_ groups: [Group]) -> [Int] {
    var numbers: [Group: Int] = [:]
    numbers.reserveCapacity(groups.count)
    return groups.map { group in
      if let number = numbers[group] { return number }
      numbers[group] = numbers.count
      return numbers.count - 1
    }
  }
}

extension BundlePartition {
  /// N.
  public var samples: Int { labels.count }

  /// K; nil with NaN, of which no two are equal.
  public var bundles: Int? { hasNumbers ? sizes.count : nil }

  /// H in nats: what the bundle leaves unknown of the label, on average, and so a lower bound of the cross-entropy of
  /// whatever reads this layer alone. nil with NaN.
  public var entropy: Double? {
    guard hasNumbers else { return nil }
    return BundleEntropy.conditional(bundleSizes: sizes, cellSizes: cells.map(\.count), samples: samples)
  }

  /// The highest share of these samples that whatever reads this layer alone can classify rightly. nil with NaN or without
  /// samples.
  public var accuracyCeiling: Double? {
    guard hasNumbers, samples > 0 else { return nil }
    var largest = [Int](repeating: 0, count: sizes.count)
    for cell in cells { largest[cell.bundle] = max(largest[cell.bundle], cell.count) }
    return Double(largest.reduce(0, +)) / Double(samples)
  }

  /// The entropy of the labels, in nats: that of a single bundle.
  public var labelEntropy: Double {
    BundleEntropy.conditional(bundleSizes: [samples], cellSizes: labelCounts.values, samples: samples)
  }

  /// Whether some bundle mixes labels: H > 0. nil with NaN.
  public var isConflicting: Bool? { hasNumbers ? cells.count > sizes.count : nil }

  public var status: BundleStatus {
    if samples == 0 { return .empty }
    if !hasNumbers { return .notANumber }
    if infiniteSamples > 0 { return .infinite }
    if samples == 1 { return .singleSample }
    if sizes.count == 1 { return isZeroCell ? .dead : .constant }
    if labelCounts.count == 1 { return .singleClass }
    return cells.count > sizes.count ? .conflicting : .healthy
  }

  private var hasNumbers: Bool { notANumberSamples == 0 }

  private var labelCounts: [Int: Int] {
    cells.reduce(into: [:]) { $0[$1.label, default: 0] += $1.count }
  }
}
