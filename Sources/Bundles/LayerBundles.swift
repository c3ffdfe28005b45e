/// What was measured of one layer's bundles.
public struct LayerBundles: Hashable, Sendable, Codable {
  public var name: String
  /// N.
  public var samples: Int
  public var status: BundleStatus
  /// K; nil with NaN.
  public var bundles: Int?
  /// H in nats; nil with NaN.
  public var entropy: Double?
  /// The highest share of these samples that can be classified rightly from this layer; nil with NaN.
  public var accuracyCeiling: Double?
  /// H − H⁰, in nats: what is mixed here but not in the input, which may hold one image with two labels. Below 0 where a
  /// coarse resolution bundles inputs that this layer separates; nil with NaN or where the input was not measured. Ours.
  public var entropyAboveInput: Double?
  public var conflictingBundles: Int
  /// The pairs of classes with the most samples in bundles that mix them.
  public var conflictingClasses: [MixedClasses]

  /// - Parameters:
  ///   - inputEntropy: H⁰, of the same samples.
  ///   - maximumPairs: How many pairs of classes to keep.
  public init(name: String, _ partition: BundlePartition, inputEntropy: Double?, maximumPairs: Int = 10) {
    self.name = name
    samples = partition.samples
    status = partition.status
    bundles = partition.bundles
    entropy = partition.entropy
    accuracyCeiling = partition.accuracyCeiling
    entropyAboveInput = entropy.flatMap { entropy in inputEntropy.map { entropy - $0 } }
    conflictingBundles = partition.conflictingBundles.count
    conflictingClasses = Array(partition.mixedClasses.prefix(max(0, maximumPairs)))
  }
}
