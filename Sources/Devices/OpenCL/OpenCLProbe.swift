/// A question to a device that its extension list does not answer reliably: a small kernel that must compile and
/// compute the right numbers.
struct OpenCLProbe {
  let name: String
  /// A kernel `probe(__global float *result)`, run by one group of `items`.
  let source: Source
  let items: GridSize
  let expected: [Float]
  /// An extension without which the question makes no sense; a compiler might do worse than to complain.
  var requiredExtension: String?

  enum Source {
    case text(String)
    /// A file below `Kernels/`, as a program with these definitions.
    case file(String, definitions: [String])
  }

  /// The answers by name: `yes`, `no` (it compiles but computes something else) or why it cannot be tried.
  static func run(on device: OpenCLDevice) throws -> [String: String] {
    try Dictionary(uniqueKeysWithValues: all.map { ($0.name, try $0.answer(on: device)) })
  }

  /// Whether the answer is yes.
  /// - Throws: ``DeviceError`` where the device could not be asked, for want of memory for instance: that is no answer.
  func passes(on device: OpenCLDevice) throws -> Bool { try answer(on: device) == Self.yes }

  private static let yes = "yes"

  /// In a context of its own: a kernel that reads where it must not would spoil the next answers too.
  private func answer(on device: OpenCLDevice) throws -> String {
    if let requiredExtension, !device.description.extensions.contains(requiredExtension) {
      return "not asked: the device has no \(requiredExtension)"
    }
    let queue = try OpenCLQueue(try OpenCLContext(device))
    let budget = device.description.memoryBudget(limitBytes: nil)
    let memory = try OpenCLMemory(words: expected.count, name: "a probe", queue: queue, budget: budget)
    try memory.fill(Float.nan.bitPattern, atWord: 0, count: expected.count)
    try queue.finish()
    do {
      return try result(in: memory, queue) == expected ? Self.yes : "no"
    } catch DeviceError.buildFailed(_, _, let log) {
      return "does not compile: " + Self.firstComplaint(log)
    } catch {
      return "\(error)"
    }
  }

  private func result(in memory: OpenCLMemory, _ queue: OpenCLQueue) throws -> [Float] {
    let program = try OpenCLProgram(
      name: "probe \(name)", source: try text, options: options, context: queue.context)
    let kernel = try program.kernel("probe")
    try kernel.set(0, to: memory)
    try kernel.enqueue(on: queue, global: items, local: items)
    var values = [Float](repeating: 0, count: expected.count)
    try values.withUnsafeMutableBytes { try memory.read(into: $0, atWord: 0) }
    return values
  }

  private var text: String {
    get throws {
      switch source {
      // Compilers would name a temporary file, another one each time.
      case .text(let text): "#line 1 \"\(name).cl\"\n" + text
      case .file(let path, _): try KernelSource.program(path)
      }
    }
  }

  private var options: String {
    guard case .file(_, let definitions) = source else { return "-cl-std=CL1.2" }
    return (["-cl-std=CL1.2"] + definitions.map { "-D \($0)" }).joined(separator: " ")
  }

  /// The line of a compiler's log that says most.
  private static func firstComplaint(_ log: String) -> String {
    let lines = log.split(whereSeparator: \.isNewline).map(String.init)
    return lines.first { $0.contains("error") } ?? lines.first ?? "no message"
  }
}
