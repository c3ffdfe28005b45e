/// A 2-D pooling, as PyTorch's `MaxPool2d` and `AvgPool2d` (`ceil_mode=False`).
public struct PoolingProblem: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    /// The largest element; a tie goes to the first in row-major order. Padding counts as −∞.
    case maximum
    /// The mean over the window; padding counts as zero and is included in the divisor.
    case average
  }

  public var kind: Kind
  public var input: ActivationShape
  public var kernel: Extent
  public var stride: Extent
  public var padding: Extent

  /// - Throws: ``OperatorError/invalidProblem(_:_:)`` where a size is not positive, the padding exceeds half the
  ///   window (PyTorch's rule, so that no window lies in the padding alone) or no output would remain.
  public init(
    kind: Kind, input: ActivationShape, kernel: Extent, stride: Extent, padding: Extent = Extent(0)
  ) throws {
    self.kind = kind
    self.input = input
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    let positive = [kernel.height, kernel.width, stride.height, stride.width]
    guard positive.allSatisfy({ $0 > 0 }), padding.height >= 0, padding.width >= 0,
      2 * padding.height <= kernel.height, 2 * padding.width <= kernel.width
    else {
      throw OperatorError.invalidProblem(
        "\(kind) pooling \(kernel) of \(input)",
        "sizes must be positive and padding at most half the window")
    }
    guard output.height > 0, output.width > 0 else {
      throw OperatorError.invalidProblem(
        "\(kind) pooling \(kernel) of \(input)", "the window is larger than the padded input")
    }
  }

  public var output: ActivationShape {
    ActivationShape(
      batch: input.batch, channels: input.channels,
      height: ConvolutionProblem.outputSize(input.height, kernel.height, stride.height, padding.height, 1),
      width: ConvolutionProblem.outputSize(input.width, kernel.width, stride.width, padding.width, 1))
  }
}
