/// What counts as an operation. Tools differ; a number without its convention says little.
public enum CountingConvention: String, CaseIterable, Hashable, Sendable {
  /// Our own, and torchvision's.
  case multiplyAccumulates = "macs"
  case fvcore
  case thop
  /// thop as it was when many pruning papers used it.
  case oldThop = "thop-old"
  /// Torch-Pruning's `count_ops_and_params` of a network whose ReLUs are all modules.
  case torchPruning = "torch-pruning"
  /// A multiplication and an addition are two operations.
  case twice = "2x"

  /// The convention of that name; `torchvision` is another name of `macs`.
  public init?(name: String) {
    self.init(rawValue: name == "torchvision" ? "macs" : name)
  }

  /// What is counted, to be printed with the number.
  public var definition: String {
    let headline = "multiply-accumulates of convolutions and linear layers per image"
    return switch self {
    case .multiplyAccumulates: "\(headline), without biases and batch norm"
    case .fvcore: "\(headline) + 2 per batch-norm element + 1 per input element of global average pooling"
    case .thop:
      "\(headline) + 4 per batch-norm element + input elements and channels of global average pooling"
    case .oldThop: "\(headline) + 2 per batch-norm element"
    case .torchPruning:
      "\(headline) + 2 per batch-norm element + 1 per ReLU element + input elements of pooling + biases"
    case .twice: "2 · \(headline), without biases and batch norm"
    }
  }
}

/// A node that a convention has no rule for.
public struct UncountableLayer: Error, Hashable, Sendable, CustomStringConvertible {
  public let node: String
  public let layer: String
  public let convention: CountingConvention

  public var description: String {
    "node '\(node)': convention '\(convention.rawValue)' does not say what \(layer) costs; "
      + "take convention '\(CountingConvention.multiplyAccumulates.rawValue)'"
  }
}

/// A convention as a row of a table: operations per multiply-accumulate and per element. Sums, flattening and
/// parameter-free shortcuts are free everywhere. nil is "not said".
private struct Rates {
  var multiplyAccumulate = 1
  var batchNorm = 0
  var relu = 0
  var bias = 0
  /// Of input elements.
  var maximumPool = 0
  var averagePool: Int?
  var globalPool = 0
  /// Of the channels of global average pooling.
  var globalPoolOutput = 0
  var gate: Int?

  init(_ convention: CountingConvention) {
    switch convention {
    case .multiplyAccumulates: (averagePool, gate) = (0, 0)
    case .twice: (multiplyAccumulate, averagePool, gate) = (2, 0, 0)
    case .fvcore: (batchNorm, globalPool) = (2, 1)
    case .thop: (batchNorm, globalPool, globalPoolOutput) = (4, 1, 1)
    case .oldThop: batchNorm = 2
    case .torchPruning:
      (batchNorm, relu, bias) = (2, 1, 1)
      (maximumPool, averagePool, globalPool) = (1, 1, 1)
    }
  }
}

extension Node {
  /// What this node costs per image.
  ///
  /// - Throws: ``UncountableLayer``, or ``NetworkError`` where the number is too large.
  func operations(_ convention: CountingConvention, input: FeatureShape, output: FeatureShape) throws -> Int {
    let rates = Rates(convention)
    func rate(_ rate: Int?, _ layer: String) throws -> Int {
      guard let rate else { throw UncountableLayer(node: name, layer: layer, convention: convention) }
      return rate
    }
    switch layer {
    case .convolution(let layer):
      let factors = [input.channels / layer.groups] + layer.kernel
      return try weighted(output, factors, rates, hasBias: layer.bias)
    case .linear(let layer): return try weighted(output, [input.count], rates, hasBias: layer.bias)
    case .batchNorm: return rates.batchNorm * output.count
    case .relu: return rates.relu * output.count
    case .pooling(let layer) where layer.kind == .maximum: return rates.maximumPool * input.count
    case .pooling: return try rate(rates.averagePool, "average pooling") * input.count
    case .globalAveragePool: return rates.globalPool * input.count + rates.globalPoolOutput * output.count
    case .gate: return try rate(rates.gate, "a gate") * output.count
    case .add, .flatten, .shortcut, .concatenate, .scaleChannels: return 0
    }
  }

  /// The cost of a layer with weights: so many multiply-accumulates per output, and a bias.
  private func weighted(
    _ output: FeatureShape, _ factors: [Int], _ rates: Rates, hasBias: Bool
  ) throws -> Int {
    let products = try CheckedSizes.product(
      [output.count, rates.multiplyAccumulate] + factors, limit: .max, of: "operations", node: name)
    let biases = hasBias ? rates.bias * output.count : 0
    return try CheckedSizes.sum(products, biases, limit: .max, of: "operations", node: name)
  }
}
