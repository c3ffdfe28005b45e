import CPUKernels

/// What a processor can do at most, measured: the two limits of a roofline.
public struct MachinePeak: Hashable, Sendable {
  /// Multiply-adds on registers by all threads together, of the type that convolutions multiply, each counted as two operations.
  public var gflops: Double
  /// Reading two arrays and writing a third that no cache holds, by all threads together.
  public var gigabytesPerSecond: Double

  public init(gflops: Double, gigabytesPerSecond: Double) {
    self.gflops = gflops
    self.gigabytesPerSecond = gigabytesPerSecond
  }

  /// Takes less than a second: with the threads and the instruction set of the fallback, with all that the host has for
  /// an OpenCL implementation on the CPU.
  /// - Returns: nil for any other device, and for want of memory.
  public static func measured(on device: any Device) throws -> MachinePeak? {
    guard let device = device as? KernelDevice else { return nil }
    if let runtime = device.runtime as? NativeRuntime { return MachinePeak(runtime) }
    return device.information.kind == .cpu ? try measured(on: CPUFallback.make()) : nil
  }

  private init?(_ runtime: NativeRuntime) {
    gflops = espalier_peak_flops(runtime.pool.pool, runtime.kernels) / 1e9
    gigabytesPerSecond = espalier_peak_bytes(runtime.pool.pool) / 1e9
    if gigabytesPerSecond == 0 { return nil }
  }
}
