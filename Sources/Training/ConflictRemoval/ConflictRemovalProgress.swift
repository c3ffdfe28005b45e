import Bundles
import Networks

/// How far a removal of conflicting blocks has come: what a checkpoint keeps beside the network.
public struct ConflictRemovalProgress: Hashable, Sendable, Codable {
  /// The network that there was at first.
  public var original: Network
  public var restarts = RemovalProgress()
  /// What rule `bisect` knows; nil before it begins, and for other rules.
  public var bisection: Bisection?
  /// Every look at the blocks, in order.
  public var checks: [ConflictCheck] = []
  /// What the trainings that were given up have cost, in epochs of the first network.
  public var lostCost = 0.0
  /// Why there are no further restarts; nil while there may be.
  public var ending: RemovalStep?

  /// A search for the conflicting blocks that can stay.
  public struct Bisection: Hashable, Sendable, Codable {
    /// What went before it began.
    public var base: [String]
    public var search: BlockBisection
  }

  /// The last epoch before which blocks are judged.
  public var lastCheck: Int

  init(original: Network, lastCheck: Int) {
    self.original = original
    self.lastCheck = lastCheck
  }

  /// Which training this is, from 0.
  public var attempt: Int { restarts.restarts }

  /// Throws where this cannot be what was saved with that network.
  ///
  /// - Throws: `CheckpointError.malformedMetadata`, `NetworkError`.
  func check(fits network: Network, file: String) throws {
    func expect(_ condition: Bool, _ reason: String) throws {
      guard condition else {
        throw CheckpointError(.malformedMetadata(key: CheckpointKey.conflicts, reason: reason), file: file)
      }
    }
    try expect(lostCost >= 0 && lostCost.isFinite, "expected costs from 0, found \(lostCost)")
    let known = Set(try original.removableBlocks().map(\.name))
    let named = restarts.removed.joined() + (bisection?.base ?? []) + (bisection?.search.candidates ?? [])
    try expect(named.allSatisfy(known.contains), "expected blocks of the first network to have gone")
    try expect(ending != .restart && lastCheck >= 0, "expected an ending, and looks from epoch 0")
    let difference = network.firstDifference(from: try original.withoutBlocks(Set(restarts.missing)))
    try expect(difference == nil, "expected the first network without what has gone; \(difference ?? "")")
  }
}

/// What one measurement says of the blocks, and what follows from it.
public struct ConflictCheck: Hashable, Sendable, Codable {
  public struct Block: Hashable, Sendable, Codable {
    public var block: Bundles.Block
    /// H, in nats; nil with NaN.
    public var entropy: Double?
    /// H − H⁰.
    public var entropyAboveInput: Double?
    /// K.
    public var bundles: Int?
    public var status: BundleStatus
    public var verdict: ConflictVerdict

    /// NaN counts as a conflict: nothing behind it can be told apart.
    var conflicts: Bool { verdict != .notConflicting }
  }

  var hasConflict: Bool { blocks.contains(where: \.conflicts) }

  /// Which training, from 0.
  public var attempt: Int
  /// Complete epochs of it.
  public var epoch: Int
  public var samples: Int
  /// Those there were, in order.
  public var blocks: [Block]
  /// What was decided; nil where checks go on.
  public var step: RemovalStep?
  /// What the network of the restart goes without, beyond what the present one does.
  public var removed: [String] = []
  /// What it has that the present one does not.
  public var restored: [String] = []
}
