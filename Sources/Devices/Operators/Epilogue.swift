/// What follows a convolution, as one pass over the feature maps:
/// `y = reluAfter( gate · reluBefore( normalise(x) ) + residual )`, each part optional.
///
/// Basic blocks, bottlenecks and VGG sections are all values of this type, so is a lone ReLU or a lone addition.
public struct Epilogue: Hashable, Sendable {
  public var shape: ActivationShape
  public var normalisation: Normalisation?
  public var reluBefore: Bool
  public var gate: Gate?
  public var residual: Bool
  /// Whether the residual is known to be at least 0, as behind a ReLU. At a closed gate the sum is then often exactly 0,
  /// where the last ReLU has two slopes; the gate's gradient takes the one towards opening, all others take 0.
  public var residualIsNonnegative: Bool
  public var reluAfter: Bool

  public init(
    shape: ActivationShape, normalisation: Normalisation? = nil, reluBefore: Bool = false,
    gate: Gate? = nil, residual: Bool = false, residualIsNonnegative: Bool = false, reluAfter: Bool = false
  ) {
    self.shape = shape
    self.normalisation = normalisation
    self.reluBefore = reluBefore
    self.gate = gate
    self.residual = residual
    self.residualIsNonnegative = residualIsNonnegative
    self.reluAfter = reluAfter
  }

  /// Batch normalisation `scale · (x − mean) / sqrt(variance + epsilon) + shift`.
  public struct Normalisation: Hashable, Sendable {
    /// The number of equal groups of the batch with statistics of their own (ghost batch norm); 1 is PyTorch's.
    public var groups: Int
    public var epsilon: Float
    /// Whether mean and variance are constants (inference) or functions of `x` (training): this changes the
    /// gradient only. Statistics of inference mode have one group.
    public var statisticsAreConstant: Bool

    public init(groups: Int = 1, epsilon: Float = 1e-5, statisticsAreConstant: Bool = false) {
      self.groups = groups
      self.epsilon = epsilon
      self.statisticsAreConstant = statisticsAreConstant
    }
  }

  /// A multiplicative gate: `[groups, channels]` or, per branch, `[groups]`.
  public struct Gate: Hashable, Sendable {
    /// 1, the number of groups, or the batch: image n uses row `n · groups / batch`.
    public var groups: Int
    /// Whether one value gates all channels of the branch.
    public var perBranch: Bool

    public init(groups: Int, perBranch: Bool) {
      self.groups = groups
      self.perBranch = perBranch
    }

    /// Number of gate values for `channels` channels.
    public func count(channels: Int) -> Int { groups * (perBranch ? 1 : channels) }
  }

  /// The tensors of the forward pass.
  public struct Operands: Hashable, Sendable {
    public var input: Tensor
    public var normalisation: NormalisationOperands?
    public var gate: Tensor?
    public var residual: Tensor?
    public var output: Tensor

    public init(
      input: Tensor, normalisation: NormalisationOperands? = nil, gate: Tensor? = nil,
      residual: Tensor? = nil, output: Tensor
    ) {
      self.input = input
      self.normalisation = normalisation
      self.gate = gate
      self.residual = residual
      self.output = output
    }
  }

  /// Statistics `[groups, channels]`, scale (γ) and shift (β) `[channels]`.
  public struct NormalisationOperands: Hashable, Sendable {
    public var mean: Tensor
    public var variance: Tensor
    public var scale: Tensor
    public var shift: Tensor

    public init(mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor) {
      self.mean = mean
      self.variance = variance
      self.scale = scale
      self.shift = shift
    }
  }

  /// The gradients that the backward pass reads (`output`) and writes (the others). Where `residual` and `input` are one
  /// tensor, as for x + x, the residual's part is written first and the input's must be accumulated.
  public struct Gradients: Hashable, Sendable {
    public var output: Tensor
    public var input: Tensor
    /// Adds to what `input` holds instead of overwriting it.
    public var accumulateInput: Bool
    public var scale: Tensor?
    public var shift: Tensor?
    public var gate: Tensor?
    public var residual: Tensor?
    /// Adds to what `residual` holds instead of overwriting it.
    public var accumulateResidual: Bool

    public init(
      output: Tensor, input: Tensor, accumulateInput: Bool = false, scale: Tensor? = nil,
      shift: Tensor? = nil, gate: Tensor? = nil, residual: Tensor? = nil, accumulateResidual: Bool = false
    ) {
      self.output = output
      self.input = input
      self.accumulateInput = accumulateInput
      self.scale = scale
      self.shift = shift
      self.gate = gate
      self.residual = residual
      self.accumulateResidual = accumulateResidual
    }
  }
}
