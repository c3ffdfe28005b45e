/// How a network is pruned. Each property is a key of `config.yaml` and a flag of `espalier prune`.
public struct PruningConfiguration: Equatable, Sendable {
  public var method = PruningMethod.bernoulli
  /// The price of the whole network: how much the training loss may rise, in nats, for all of it. 0 prunes nothing.
  public var nu = 0.15
  /// 1 prices computation, 0 parameters.
  public var alpha = 1.0
  /// 1 prices blocks, 0 units; ½ both at what they cost.
  public var beta = 0.5
  public var gates = GateScope.all
  /// The probabilities that gates begin with.
  public var initialTheta = 1.0
  /// Epochs before the gates learn: the whole network does.
  public var warmupEpochs = 1
  /// When gates become 0 or 1 for good, or when other methods prune: up to 1 a share of the epochs, above epochs.
  public var freezeAt = 0.3
  /// Multiply-accumulates to end with: up to 1 a share of the full network's, above a number; nil to let ν decide.
  public var targetMacs: Double?
  public var rounding = WidthRounding.none
  public var masks = MaskSharing.example
  public var layerEstimator = LayerEstimator.automatic
  /// How far from 0 and 1 the probabilities stay with which masks are drawn.
  public var exploration = 0.02
  /// How much of the gradient estimate each step keeps.
  public var smoothing = 0.98
  /// Epochs in which a useless gate falls from ½ to 0; nil for 0.3 of those in which gates learn.
  public var thetaEpochs: Double?
  /// Images on which the loss with and without each removed unit is measured; 0 for none.
  public var auditImages = 0
  /// The training cost to spend, as a share of training the full network for all epochs: decides on the number of
  /// epochs of a method other than Bernoulli gates; nil to train for the epochs given.
  public var trainingCost: Double?

  public init() {}
}

public enum PruningMethod: String, CaseIterable, Hashable, Sendable {
  /// Bernoulli gates, learned with the weights. Derived from Guenter & Sideris, arXiv 2411.09127.
  case bernoulli
  /// Nothing is removed: the network that others are compared with.
  case dense
  /// The same share of every group of units is left out from the beginning.
  case uniform
  /// At ``PruningConfiguration/freezeAt`` the units with the smallest L1 norms go, the same share of every group.
  case l1
  /// The same with units drawn at random.
  case random
}

/// Which part of a batch shares a mask.
public enum MaskSharing: Hashable, Sendable {
  /// A mask for each example.
  case example
  /// One mask per step.
  case batch
  /// So many equal parts of the batch, each with a mask and batch statistics of its own (ghost batch norm).
  case groups(Int)

  /// Rows of masks for a batch.
  public func rows(batchSize: Int) -> Int {
    switch self {
    case .example: batchSize
    case .batch: 1
    case .groups(let count): count
    }
  }
}

/// How the effect of a block's gate is estimated.
public enum LayerEstimator: String, CaseIterable, Hashable, Sendable {
  /// Leave-one-out where there are several masks per step, trapezoid where there is one.
  case automatic = "auto"
  case leaveOneOut = "leave-one-out"
  case trapezoid
  /// A second forward pass per step, with one block flipped in every row.
  case difference
}

/// What widths are rounded to before the last phase.
public enum WidthRounding: Hashable, Sendable {
  case none
  /// To multiples of the channels that the device computes at once.
  case automatic
  case multiples(of: Int)
}
