/// What `--device` asks for: `auto`, `cpu[:avx512|:avx2|:baseline]` or `opencl[:N][/cpu|/gpu]`.
public enum DeviceRequest: Hashable, Sendable {
  /// A GPU if there is one, else the CPU fallback; never an OpenCL implementation for CPUs.
  case automatic
  /// The CPU fallback; nil takes the best instruction set.
  case cpu(InstructionSet?)
  /// An OpenCL device by number (nil: a GPU if there is one, else the first) and a family of kernels (nil: the one that
  /// suits it).
  case openCL(index: Int?, family: Family?)

  /// The two families of kernels.
  public enum Family: String, CaseIterable, Hashable, Sendable {
    case cpu
    case gpu
  }

  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where the text is no device.
  public init(parsing text: String) throws {
    let notUnderstood = DeviceError.unavailable(
      requested: text, reason: "it is no device",
      advice: "Expected auto, cpu[:avx512|:avx2|:baseline] or opencl[:N][/cpu|/gpu]")
    let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let parts = halves[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
      String.init)
    switch (parts[0], parts.count, halves.count) {
    case ("auto", 1, 1): self = .automatic
    case ("cpu", 1, 1): self = .cpu(nil)
    case ("cpu", 2, 1):
      guard let set = InstructionSet(rawValue: parts[1]) else { throw notUnderstood }
      self = .cpu(set)
    case ("opencl", _, _):
      let index = parts.count == 2 ? Int(parts[1]) : nil
      let family = halves.count == 2 ? Family(rawValue: halves[1]) : nil
      guard parts.count == 1 || (index ?? -1) >= 0, halves.count == 1 || family != nil else {
        throw notUnderstood
      }
      self = .openCL(index: index, family: family)
    default: throw notUnderstood
    }
  }
}
