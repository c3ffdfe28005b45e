/// A pair of sizes along the vertical and horizontal axis: kernel, stride, padding, dilation.
public struct Extent: Hashable, Sendable {
  public var height: Int
  public var width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// The same size along both axes.
  public init(_ size: Int) { self.init(height: size, width: size) }
}

/// Everything that determines a 2-D convolution (cross-correlation, as PyTorch's `Conv2d`) but its data.
///
/// Weights are `[outputChannels, input.channels, kernel.height, kernel.width]`, row-major.
public struct ConvolutionProblem: Hashable, Sendable {
  public var input: ActivationShape
  public var outputChannels: Int
  public var kernel: Extent
  public var stride: Extent
  public var padding: Extent
  public var dilation: Extent

  /// - Throws: ``OperatorError/invalidProblem(_:_:)`` where a size is not positive or no output would remain.
  public init(
    input: ActivationShape, outputChannels: Int, kernel: Extent, stride: Extent = Extent(1),
    padding: Extent = Extent(0), dilation: Extent = Extent(1)
  ) throws {
    self.input = input
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    try validate()
  }

  /// The shape of the result: `⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1` along each axis.
  public var output: ActivationShape {
    ActivationShape(
      batch: input.batch, channels: outputChannels,
      height: Self.outputSize(
        input.height, kernel.height, stride.height, padding.height, dilation.height),
      width: Self.outputSize(input.width, kernel.width, stride.width, padding.width, dilation.width))
  }

  public var weightCount: Int { outputChannels * input.channels * kernel.height * kernel.width }

  static func outputSize(_ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int) -> Int {
    let span = size + 2 * padding - dilation * (kernel - 1) - 1
    return span < 0 ? 0 : span / stride + 1
  }

  private func validate() throws {
    let positive = [
      input.batch, input.channels, input.height, input.width, outputChannels, kernel.height,
      kernel.width, stride.height, stride.width, dilation.height, dilation.width,
    ]
    guard positive.allSatisfy({ $0 > 0 }), padding.height >= 0, padding.width >= 0 else {
      throw OperatorError.invalidProblem(
        "\(self)", "sizes, strides and dilations must be positive and paddings not negative")
    }
    guard output.height > 0, output.width > 0 else {
      throw OperatorError.invalidProblem(
        "\(self)", "the dilated kernel is larger than the padded input; use a larger image")
    }
  }
}

extension ConvolutionProblem: CustomStringConvertible {
  /// A problem string in the style of benchdnn, such as `mb128ic16ih32oc16kh3ph1`; what equals its default is left out.
  public var description: String {
    var text = "mb\(input.batch)ic\(input.channels)ih\(input.height)"
    if input.width != input.height { text += "iw\(input.width)" }
    text += "oc\(outputChannels)kh\(kernel.height)"
    if kernel.width != kernel.height { text += "kw\(kernel.width)" }
    text += Self.part("s", stride, default: 1)
    text += Self.part("p", padding, default: 0)
    text += Self.part("d", dilation, default: 1)
    return text
  }

  private static func part(_ letter: String, _ extent: Extent, default value: Int) -> String {
    if extent == Extent(value) { return "" }
    let vertical = "\(letter)h\(extent.height)"
    return extent.width == extent.height ? vertical : vertical + "\(letter)w\(extent.width)"
  }
}
