/// Keys and labels of a layer's samples as they come, in batches or from several devices: 24 bytes per sample.
public struct BundleCollector: Hashable, Sendable {
  public private(set) var keys: [BundleKey] = []
  public private(set) var labels: [Int] = []

  public init() {}

  /// - Throws: `BundleError.wrongCount` unless there are as many labels as keys; nothing is added then.
  public mutating func add(_ keys: [BundleKey], labels: [Int]) throws {
    guard keys.count == labels.count else {
      throw BundleError.wrongCount(of: "labels", expected: keys.count, found: labels.count)
    }
    self.keys += keys
    self.labels += labels
  }

  /// Adds the samples of another collector after this one's.
  public mutating func merge(_ other: BundleCollector) {
    keys += other.keys
    labels += other.labels
  }

  /// The bundles of all samples so far.
  public var partition: BundlePartition { BundlePartition(collected: self) }
}
