/// One step of a schedule: an operator's problem and the tensors it reads and writes.
///
/// A device lowers each to kernel launches. `accumulate` adds to what the destination holds; without it the
/// destination is overwritten whole.
public enum Operation: Hashable, Sendable {
  /// Plain row-major NCHW floats into the device's own layout.
  case importActivation(from: Tensor, to: Tensor)
  /// The device's layout back to plain NCHW floats.
  case exportActivation(from: Tensor, to: Tensor)

  case convolutionForward(
    ConvolutionProblem, input: Tensor, weights: Tensor, bias: Tensor?, output: Tensor)
  case convolutionBackwardData(
    ConvolutionProblem, outputGradient: Tensor, weights: Tensor, inputGradient: Tensor, accumulate: Bool)
  case convolutionBackwardWeights(
    ConvolutionProblem, input: Tensor, outputGradient: Tensor, weightsGradient: Tensor, biasGradient: Tensor?)

  /// Mean and biased variance per group and channel, `[groups, channels]`; running statistics as PyTorch keeps them
  /// (unbiased variance; the mean over groups). The variance of a single value is zero, where PyTorch refuses.
  case batchNormStatistics(
    ActivationShape, groups: Int, input: Tensor, mean: Tensor, variance: Tensor, running: RunningStatistics?)
  case epilogueForward(Epilogue, Epilogue.Operands)
  case epilogueBackward(Epilogue, Epilogue.Operands, Epilogue.Gradients)

  case poolingForward(PoolingProblem, input: Tensor, output: Tensor)
  case poolingBackward(
    PoolingProblem, input: Tensor, outputGradient: Tensor, inputGradient: Tensor, accumulate: Bool)
  /// Mean over each feature map: activation → vector `[batch, channels]`.
  case globalAveragePoolForward(ActivationShape, input: Tensor, output: Tensor)
  case globalAveragePoolBackward(
    ActivationShape, outputGradient: Tensor, inputGradient: Tensor, accumulate: Bool)
  case shortcutForward(ShortcutProblem, input: Tensor, output: Tensor)
  case shortcutBackward(
    ShortcutProblem, outputGradient: Tensor, inputGradient: Tensor, accumulate: Bool)

  /// `output [batch, outputs] = input [batch, inputs] · weightsᵀ + bias`.
  case linearForward(LinearProblem, input: Tensor, weights: Tensor, bias: Tensor?, output: Tensor)
  case linearBackward(
    LinearProblem, input: Tensor, weights: Tensor, outputGradient: Tensor, inputGradient: Tensor?,
    weightsGradient: Tensor, biasGradient: Tensor?)

  /// Per-example losses `[batch]` and the gradient of their mean. A label below zero marks an example to ignore: its
  /// loss and gradient are zero. The mean is over the whole batch.
  case softmaxCrossEntropy(
    ClassificationProblem, logits: Tensor, labels: Tensor, losses: Tensor, logitsGradient: Tensor?)
  /// The number of classes that outrank the label, `[batch]` as floats: 0 is a top-1 hit, below 5 a top-5 hit. Ties go
  /// to the lower class index; NaN logits rank last; ignored examples get −1.
  case labelRanks(ClassificationProblem, logits: Tensor, labels: Tensor, ranks: Tensor)
  /// Writes row ``RuntimeScalar/metricsRow`` of `metrics` `[rows, 4]`: sum of losses, top-1 hits, top-5 hits, examples.
  case recordMetrics(ClassificationProblem, losses: Tensor, ranks: Tensor, metrics: Tensor)

  /// The hashes of the images, `[batch, 4]` words.
  case activationHash(ActivationHashProblem, input: Tensor, scales: Tensor?, keys: Tensor)

  /// One update of every parameter of the arena, in PyTorch's formulation, at ``RuntimeScalar/learningRate``.
  case stochasticGradientDescent(
    SGDProblem, parameters: Tensor, gradients: Tensor, momentum: Tensor)
  /// One update of every parameter of the arena, at ``RuntimeScalar/learningRate`` and an ``AdamCorrection``.
  case adam(
    AdamProblem, parameters: Tensor, gradients: Tensor, firstMoment: Tensor, secondMoment: Tensor)
}

/// Running statistics `[channels]` and the weight of the new batch in them.
public struct RunningStatistics: Hashable, Sendable {
  public var mean: Tensor
  public var variance: Tensor
  public var momentum: Float

  public init(mean: Tensor, variance: Tensor, momentum: Float = 0.1) {
    self.mean = mean
    self.variance = variance
    self.momentum = momentum
  }
}

/// A fully connected layer; weights are `[outputs, inputs]`.
public struct LinearProblem: Hashable, Sendable {
  public var batch: Int
  public var inputs: Int
  public var outputs: Int

  public init(batch: Int, inputs: Int, outputs: Int) {
    self.batch = batch
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// A classification head's loss: `labelSmoothing` ε spreads ε of the target evenly over all classes, as PyTorch does.
public struct ClassificationProblem: Hashable, Sendable {
  public var batch: Int
  public var classes: Int
  public var labelSmoothing: Float

  public init(batch: Int, classes: Int, labelSmoothing: Float = 0) {
    self.batch = batch
    self.classes = classes
    self.labelSmoothing = labelSmoothing
  }
}

/// Stochastic gradient descent over `count` parameters:
/// `g ← g + decay·w; v ← momentum·v + g; w ← w − rate·(nesterov ? g + momentum·v : v)`.
public struct SGDProblem: Hashable, Sendable {
  public var count: Int
  public var momentum: Float
  public var nesterov: Bool
  public var weightDecay: Float

  public init(count: Int, momentum: Float, nesterov: Bool, weightDecay: Float) {
    self.count = count
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
  }
}

/// A number that changes from run to run without rebuilding anything.
public enum RuntimeScalar: Int, CaseIterable, Hashable, Sendable {
  /// A float.
  case learningRate
  /// An integer.
  case metricsRow
  /// A float. ``AdamCorrection/stepSize``.
  case adamStepSize
  /// A float. ``AdamCorrection/scale``.
  case adamScale
}
