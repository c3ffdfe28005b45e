import Randomness

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
  /// Of H − H⁰; nil where it has no value or was not looked for. Ours.
  public var confidence: BootstrapInterval?
  /// nil without bundles of several samples too. Ours.
  public var permutation: PermutationNull?
  /// h of ``LayerwiseBatchEntropy`` over these samples, in nats; nil where an activation is not finite or nobody looked.
  public var batchEntropy: Double?

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

  /// Adds what other samples of the same data may show, and what permuted labels would.
  ///
  /// Every layer sees the same draws.
  ///
  /// - Parameters:
  ///   - partition: This layer's.
  ///   - input: That of the images themselves.
  /// - Throws: `BundleError.wrongCount` where the two differ in samples.
  public mutating func estimateConfidence(_ partition: BundlePartition, above input: BundlePartition) throws {
    var random = RandomStream(seed: 0, stream: .bundleConfidence)
    confidence = try BootstrapInterval.estimate(partition, above: input, random: &random)
    guard partition.sizes.contains(where: { $0 > 1 }) else { return }
    random = RandomStream(seed: 0, stream: .bundleConfidence, index: 1)
    permutation = try PermutationNull.estimate(partition, random: &random)
  }
}
