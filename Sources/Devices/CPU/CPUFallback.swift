import Foundation

/// The CPU fallback: the cpu family compiled natively; needs no OpenCL.
public enum CPUFallback {
  /// - Parameters:
  ///   - instructionSet: nil for the widest that this processor can run.
  ///   - precision: of feature maps; bfloat16 takes AVX-512 with AVX512-BF16.
  ///   - threads: nil for one per core that the process may use.
  ///   - memoryLimitBytes: an upper bound on all memory taken; nil for none.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where the processor lacks the instructions.
  public static func make(
    instructionSet: InstructionSet? = nil, precision: Precision = .float32, threads: Int? = nil,
    memoryLimitBytes: Int? = nil
  ) throws -> any Device {
    let set = instructionSet ?? .best
    guard set.isAvailable else {
      throw DeviceError.unavailable(
        requested: "cpu:\(set.rawValue)", reason: "this processor has no \(set.rawValue)",
        advice: "Use --device cpu for the best it has (\(InstructionSet.best.rawValue))")
    }
    guard set.supports(precision), let kernels = set.kernels(for: precision) else {
      throw precision.unavailable(
        on: "cpu:\(set.rawValue)",
        reason: set.kernels(for: precision) == nil
          ? "there are no kernels for it in \(set.rawValue)" : "this processor has no AVX512-BF16")
    }
    let runtime = try NativeRuntime(
      kernels: kernels, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount,
      memoryLimitBytes: memoryLimitBytes)
    return KernelDevice(
      information: information(set, precision), runtime: runtime,
      family: CPUFamily(instructionSet: set, precision: precision))
  }

  static func information(_ set: InstructionSet, _ precision: Precision) -> DeviceInformation {
    let name = set.rawValue + (precision == .float32 ? "" : ", \(precision.rawValue)")
    return DeviceInformation(
      identifier: "cpu:\(set.rawValue)", name: "CPU fallback (\(name))", vendor: "Espalier",
      driver: "native", kind: .fallback, family: "cpu",
      memoryBytes: Int(clamping: ProcessInfo.processInfo.physicalMemory), precision: precision)
  }
}
