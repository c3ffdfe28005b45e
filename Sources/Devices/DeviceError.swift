/// What can go wrong between a program and a device.
public enum DeviceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No such device: what was asked for, what there is, what to do.
  case unavailable(requested: String, reason: String, advice: String)
  /// An allocation failed or exceeded the limit.
  case outOfMemory(device: String, name: String, requestedBytes: Int, availableBytes: Int?)
  /// What runs a batch of images takes more memory than the device has.
  case batchTooLarge(BatchShortage)
  /// An OpenCL call failed: the call, the code's name, e.g. `CL_INVALID_VALUE`, and where.
  case openCL(call: String, code: String, context: String)
  /// A program did not compile.
  case buildFailed(program: String, device: String, log: String)
  case missingKernel(program: String, kernel: String)
  /// Host data of the wrong size.
  case sizeMismatch(name: String, expectedWords: Int, foundWords: Int)
  case notBound(buffer: String)

  public var description: String {
    switch self {
    case .unavailable(let requested, let reason, let advice):
      "device '\(requested)' is not available: \(reason). \(advice)"
    case .outOfMemory(let device, let name, let requested, let available):
      "out of memory on \(device): \(name) needs \(MemorySize(requested))"
        + (available.map { " and \(MemorySize($0)) are left" } ?? "")
        + "; try a smaller --batch-size"
    case .batchTooLarge(let shortage): shortage.description
    case .openCL(let call, let code, let context):
      "\(call) failed with \(code)" + (context.isEmpty ? "" : " (\(context))")
    case .buildFailed(let program, let device, let log):
      "the OpenCL compiler of \(device) rejected \(program):\n\(log)"
    case .missingKernel(let program, let kernel): "\(program) has no kernel named \(kernel)"
    case .sizeMismatch(let name, let expected, let found):
      "\(name): expected \(expected) words, found \(found)"
    case .notBound(let buffer): "no buffer was bound to '\(buffer)'"
    }
  }
}
