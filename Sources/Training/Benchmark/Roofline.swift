import Devices

/// Which limit of a processor bounds a convolution, and how near it comes.
public struct Roofline: Hashable, Sendable {
  public enum Bound: String, Hashable, Sendable {
    /// Multiply-adds of the direct convolution.
    case compute
    /// Reading both operands and writing the result once.
    case memory
  }

  public let bound: Bound
  /// The shortest possible time over the measured one. Above 1 where an algorithm needs fewer operations than the direct
  /// convolution, or caches hold the operands.
  public let share: Double

  public init(_ problem: ConvolutionProblem, seconds: Double, peak: MachinePeak) {
    let compute = problem.flops / (peak.gflops * 1e9)
    let memory = problem.minimalBytes / (peak.gigabytesPerSecond * 1e9)
    bound = compute >= memory ? .compute : .memory
    share = max(compute, memory) / seconds
  }
}

extension ConvolutionProblem {
  /// Operations of the direct convolution in any direction: 2 · multiply-accumulates.
  public var flops: Double { 2 * Double(output.count) * Double(weightCount / outputChannels) }

  /// Input, output and weights, each once.
  public var minimalBytes: Double { 4 * (Double(input.count) + Double(output.count) + Double(weightCount)) }
}
