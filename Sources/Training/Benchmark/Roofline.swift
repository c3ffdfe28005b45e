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

  /// - Parameter precision: That of the feature maps.
  public init(
    _ problem: ConvolutionProblem, seconds: Double, peak: MachinePeak, precision: Precision = .float32
  ) {
    let compute = problem.flops / (peak.gflops * 1e9)
    let memory = problem.minimalBytes(precision) / (peak.gigabytesPerSecond * 1e9)
    bound = compute >= memory ? .compute : .memory
    share = max(compute, memory) / seconds
  }
}

extension ConvolutionProblem {
  /// Operations of the direct convolution in any direction: 2 · multiply-accumulates.
  public var flops: Double { 2 * Double(output.count) * Double(weightCount / outputChannels) }

  /// Input, output and weights, each once; weights are fp32 always.
  public func minimalBytes(_ precision: Precision = .float32) -> Double {
    Double(precision.bytes) * (Double(input.count) + Double(output.count)) + 4 * Double(weightCount)
  }
}
