import Bundles
import Networks

/// What four methods say of one network, block by block, and what became of what they propose.
public struct AdviceReport: Hashable, Sendable {
  /// What is known of a block.
  public struct Block: Hashable, Sendable {
    public var name: String
    /// Of its branch, or of a chain's block.
    public var multiplyAccumulates: Int
    public var fields: Fields?
    /// H − H⁰ after the first epoch, in nats; nil where H has no value.
    public var entropyAboveInput: Double?
    public var verdict: ConflictVerdict
    /// The change of top-1, as a share, when the trained network goes without the block; nil where its neighbours would not
    /// fit together.
    public var lesion: Double?
    /// The share of the block's multiply-accumulates that each method removes; 0 where it has no proposal.
    public var removed: [AdviceMethod: Double]

    /// The share from which on a method counts as removing a block: gates close units everywhere, and to narrow a block is
    /// not to remove it.
    public static let removes = 0.9

    /// The methods that remove the block.
    public var agreement: [AdviceMethod] {
      AdviceMethod.methods.filter { removed[$0] ?? 0 >= Self.removes }
    }
  }

  /// The receptive fields of a block's convolutions.
  public struct Fields: Hashable, Sendable {
    /// The smallest and the largest r_min.
    public var shortest: ClosedRange<Int>
    /// The largest r_max; nil where everything is seen.
    public var longest: Int?
    public var convolutions: Int
    public var unproductive: Int
    public var critical: Int
  }

  /// A network that a method makes of the first.
  public struct Proposal: Hashable, Sendable {
    public var method: AdviceMethod
    /// What it removes, in words.
    public var summary: String
    /// nil where there is nothing to propose.
    public var complexity: Complexity?
    /// nil where there was nothing to train; of equal networks it is the same training's.
    public var outcome: Outcome?
  }

  /// How a training ended.
  public struct Outcome: Hashable, Sendable {
    public var epochs: Int
    /// Over the cost of training the network as it is.
    public var costFraction: Double
    public var top1: Double
    public var seconds: Double
  }

  public var model: String
  public var border: String?
  /// Of the pruning itself: the small network as it came out, without another training; nil where it came to nothing.
  public var pruning: Outcome?
  /// In the order of the network.
  public var blocks: [Block]
  /// One per method, the network as it is first.
  public var proposals: [Proposal]

  /// The network as it is.
  public var dense: Proposal { proposals[0] }
}
