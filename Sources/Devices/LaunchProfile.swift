/// How long one launch took.
public struct LaunchProfile: Hashable, Sendable {
  /// The kernel's name.
  public let kernel: String
  public let seconds: Double
  /// nil for work that no operation of the schedule asked for.
  public let purpose: LaunchPurpose?

  public init(kernel: String, seconds: Double, purpose: LaunchPurpose?) {
    self.kernel = kernel
    self.seconds = seconds
    self.purpose = purpose
  }
}

/// The operation of a schedule that a launch is part of. Where a launch is part of several, they are of one name mostly, and
/// the tensor's name is that of the buffer that holds their results.
public struct LaunchPurpose: Hashable, Sendable {
  /// The operation's name, such as `convolutionForward`.
  public let operation: String
  /// The name of the tensor on the output side: the operation's result, or in a backward pass that result's gradient.
  public let tensor: String
  /// The problem, where the operation is a convolution.
  public let convolution: ConvolutionProblem?

  public init(operation: String, tensor: String, convolution: ConvolutionProblem? = nil) {
    self.operation = operation
    self.tensor = tensor
    self.convolution = convolution
  }

  init(_ operation: Operation, of schedule: Schedule) {
    self.init(
      operation: operation.name, tensor: schedule[operation.outputSide].name,
      convolution: operation.convolution)
  }

  /// For a launch that does the work of several.
  init(merging purposes: [LaunchPurpose], tensor: String) {
    let operations = purposes.map(\.operation)
    let names = operations.enumerated().filter { !operations[..<$0].contains($1) }.map(\.element)
    self.init(operation: names.joined(separator: " and "), tensor: tensor)
  }
}

extension Operation {
  /// The result, or in a backward pass the gradient of the result.
  fileprivate var outputSide: Tensor {
    switch self {
    case .importActivation(_, let tensor), .exportActivation(let tensor, _): tensor
    case .convolutionForward(_, _, _, _, let output): output
    case .convolutionBackwardData(_, let gradient, _, _, _): gradient
    case .convolutionBackwardWeights(_, _, let gradient, _, _): gradient
    case .batchNormStatistics(_, _, _, let mean, _, _): mean
    case .epilogueForward(_, let operands): operands.output
    case .epilogueBackward(_, _, let gradients): gradients.output
    case .poolingForward(_, _, let output): output
    case .poolingBackward(_, _, let gradient, _, _): gradient
    case .globalAveragePoolForward(_, _, let output): output
    case .globalAveragePoolBackward(_, let gradient, _, _): gradient
    case .shortcutForward(_, _, let output): output
    case .shortcutBackward(_, let gradient, _, _): gradient
    case .linearForward(_, _, _, _, let output): output
    case .linearBackward(_, _, _, let gradient, _, _, _): gradient
    case .softmaxCrossEntropy(_, let logits, _, _, _): logits
    case .labelRanks(_, _, _, let ranks): ranks
    case .recordMetrics(_, _, _, let metrics): metrics
    case .activationHash(_, _, _, let keys): keys
    case .stochasticGradientDescent(_, let parameters, _, _): parameters
    case .adam(_, let parameters, _, _, _): parameters
    }
  }

  fileprivate var convolution: ConvolutionProblem? {
    switch self {
    case .convolutionForward(let problem, _, _, _, _), .convolutionBackwardData(let problem, _, _, _, _),
      .convolutionBackwardWeights(let problem, _, _, _, _):
      problem
    default: nil
    }
  }
}
