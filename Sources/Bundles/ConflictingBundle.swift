/// A bundle that mixes labels.
public struct ConflictingBundle: Hashable, Sendable, Codable {
  public var size: Int
  /// Samples per label.
  public var labels: [Int: Int]

  public init(size: Int, labels: [Int: Int]) {
    self.size = size
    self.labels = labels
  }
}

/// Two classes that bundles mix.
public struct MixedClasses: Hashable, Sendable, Codable {
  /// The lower label.
  public var first: Int
  public var second: Int
  /// The bundles with both.
  public var bundles: Int
  /// Samples of either class in these bundles.
  public var samples: Int

  public init(first: Int, second: Int, bundles: Int, samples: Int) {
    self.first = first
    self.second = second
    self.bundles = bundles
    self.samples = samples
  }
}

extension BundlePartition {
  /// The bundles that mix labels, the largest first; none with NaN.
  public var conflictingBundles: [ConflictingBundle] {
    conflictingCells.map { cells in
      ConflictingBundle(
        size: cells.reduce(0) { $0 + $1.count },
        labels: Dictionary(uniqueKeysWithValues: cells.map { ($0.label, $0.count) }))
    }.enumerated().sorted { ($1.element.size, $0.offset) < ($0.element.size, $1.offset) }.map(\.element)
  }

  /// The pairs of classes that bundles mix, those with the most samples first; none with NaN.
  public var mixedClasses: [MixedClasses] {
    struct Pair: Hashable {
      var first: Int
      var second: Int
    }
    var pairs: [Pair: (bundles: Int, samples: Int)] = [:]
    for cells in conflictingCells {
      for (position, one) in cells.enumerated() {
        for other in cells[(cells.startIndex + position + 1)...] {
          let pair = Pair(first: one.label, second: other.label)
          let (bundles, samples) = pairs[pair] ?? (0, 0)
          pairs[pair] = (bundles + 1, samples + one.count + other.count)
        }
      }
    }
    return pairs.map {
      MixedClasses(first: $0.first, second: $0.second, bundles: $1.bundles, samples: $1.samples)
    }.sorted { ($1.samples, $0.first, $0.second) < ($0.samples, $1.first, $1.second) }
  }

  /// The cells of each bundle that has several, by label.
  var conflictingCells: [ArraySlice<Cell>] {
    guard isConflicting == true else { return [] }
    var result: [ArraySlice<Cell>] = []
    var start = 0
    while start < cells.count {
      let end = cells[start...].firstIndex { $0.bundle != cells[start].bundle } ?? cells.count
      if end - start > 1 { result.append(cells[start..<end]) }
      start = end
    }
    return result
  }
}
