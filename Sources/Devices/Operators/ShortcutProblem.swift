/// The parameter-free "option A" shortcut of He et al. 2016: take every `stride`-th pixel, and for each output channel
/// one input channel or zeros.
///
/// In unpruned networks the input's channels lie next to each other among the outputs; pruning leaves any subset of
/// them, anywhere.
public struct ShortcutProblem: Hashable, Sendable {
  public let input: ActivationShape
  public let stride: Int
  /// The input channel behind each output channel, -1 for zeros. No input channel comes twice.
  public let channels: [Int]

  /// The most channels on either side.
  public static let maximumChannels = 1 << 20

  /// - Parameter channels: the input channel behind each output channel, -1 for zeros.
  /// - Throws: ``OperatorError/invalidProblem(_:_:)`` where a size is not positive, there are more than
  ///   ``maximumChannels`` on a side, or `channels` names a channel that the input lacks, or one twice.
  public init(input: ActivationShape, stride: Int, channels: [Int]) throws {
    try Self.check(input, outputChannels: channels.count, stride: stride)
    var isUsed = [Bool](repeating: false, count: input.channels)
    for (output, channel) in channels.enumerated() where channel != -1 {
      guard isUsed.indices.contains(channel) else {
        throw Self.invalid(
          input,
          "output channel \(output) takes input channel \(channel); expected 0 to "
            + "\(input.channels - 1), or -1 for zeros")
      }
      if isUsed[channel] {
        throw Self.invalid(
          input, "output channel \(output) takes input channel \(channel), which another has")
      }
      isUsed[channel] = true
    }
    self.input = input
    self.stride = stride
    self.channels = channels
  }

  /// Places the input's channels at `channelOffset` of the output's: output channels without a source are zero, and
  /// input channels that fall outside are cropped (a negative offset crops in front).
  /// - Throws: ``OperatorError/invalidProblem(_:_:)`` where a size is not positive, or there are more than
  ///   ``maximumChannels`` on a side.
  public init(input: ActivationShape, outputChannels: Int, stride: Int, channelOffset: Int) throws {
    try Self.check(input, outputChannels: outputChannels, stride: stride)
    let channels = (0..<outputChannels).map { output in
      let (channel, overflow) = output.subtractingReportingOverflow(channelOffset)
      return !overflow && (0..<input.channels).contains(channel) ? channel : -1
    }
    try self.init(input: input, stride: stride, channels: channels)
  }

  public var outputChannels: Int { channels.count }

  /// The output channel that each input channel goes to, -1 for none: the inverse of ``channels``.
  public var destinations: [Int] {
    var destinations = [Int](repeating: -1, count: input.channels)
    for (output, channel) in channels.enumerated() where channel >= 0 { destinations[channel] = output }
    return destinations
  }

  public var output: ActivationShape {
    ActivationShape(
      batch: input.batch, channels: outputChannels, height: (input.height - 1) / stride + 1,
      width: (input.width - 1) / stride + 1)
  }

  private static func check(_ input: ActivationShape, outputChannels: Int, stride: Int) throws {
    guard [input.batch, input.height, input.width, stride].allSatisfy({ $0 > 0 }) else {
      throw invalid(input, "batch, height, width and stride (\(stride)) must be positive")
    }
    guard [input.channels, outputChannels].allSatisfy((1...maximumChannels).contains) else {
      throw invalid(input, "expected 1 to \(maximumChannels) channels, found \(outputChannels) outputs")
    }
  }

  private static func invalid(_ input: ActivationShape, _ reason: String) -> OperatorError {
    .invalidProblem("shortcut of \(input)", reason)
  }
}
