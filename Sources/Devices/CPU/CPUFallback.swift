import Foundation

/// The CPU fallback: the cpu family compiled natively; needs no OpenCL.
public enum CPUFallback {
  /// - Parameters:
  ///   - instructionSet: nil for the widest that this processor can run.
  ///   - threads: nil for one per core that the process may use.
  ///   - memoryLimitBytes: an upper bound on all memory taken; nil for none.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where the processor lacks the instruction set.
  public static func make(
    instructionSet: InstructionSet? = nil, threads: Int? = nil, memoryLimitBytes: Int? = nil
  ) throws -> any Device {
    let set = instructionSet ?? .best
    guard set.isAvailable else {
      throw DeviceError.unavailable(
        requested: "cpu:\(set.rawValue)", reason: "this processor has no \(set.rawValue)",
        advice: "Use --device cpu for the best it has (\(InstructionSet.best.rawValue))")
    }
    let runtime = try NativeRuntime(
      instructionSet: set, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount,
      memoryLimitBytes: memoryLimitBytes)
    return KernelDevice(
      information: information(set), runtime: runtime, family: CPUFamily(instructionSet: set))
  }

  static func information(_ set: InstructionSet) -> DeviceInformation {
    DeviceInformation(
      identifier: "cpu:\(set.rawValue)", name: "CPU fallback (\(set.rawValue))", vendor: "Espalier",
      driver: "native", kind: .fallback, family: "cpu",
      memoryBytes: Int(clamping: ProcessInfo.processInfo.physicalMemory))
  }
}
