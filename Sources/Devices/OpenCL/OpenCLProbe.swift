/// A question to a device that its extension list does not answer reliably: a small kernel that must compile and
/// compute the right numbers.
struct OpenCLProbe {
  let name: String
  /// A kernel `probe(__global float *result)`, run by `items` work-items in one group.
  let source: String
  let items: Int
  let expected: [Float]

  /// The answers by name: `yes`, `no` (it compiles but computes something else) or why it cannot be tried.
  static func run(on device: OpenCLDevice) throws -> [String: String] {
    let context = try OpenCLContext(device)
    let queue = try OpenCLQueue(context)
    let budget = device.description.memoryBudget(limitBytes: nil)
    return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.answer(queue: queue, budget: budget)) })
  }

  private func answer(queue: OpenCLQueue, budget: MemoryBudget) -> String {
    do {
      return try result(queue: queue, budget: budget) == expected ? "yes" : "no"
    } catch DeviceError.buildFailed(_, _, let log) {
      return "does not compile: " + Self.firstComplaint(log)
    } catch {
      return "\(error)"
    }
  }

  private func result(queue: OpenCLQueue, budget: MemoryBudget) throws -> [Float] {
    // Compilers would name a temporary file, another one each time.
    let program = try OpenCLProgram(
      name: "probe \(name)", source: "#line 1 \"\(name).cl\"\n" + source, options: "-cl-std=CL1.2",
      context: queue.context)
    let memory = try OpenCLMemory(words: expected.count, name: "a probe", queue: queue, budget: budget)
    try memory.fill(Float.nan.bitPattern, atWord: 0, count: expected.count)
    let kernel = try program.kernel("probe")
    try kernel.set(0, to: memory)
    try kernel.enqueue(on: queue, global: GridSize(items), local: GridSize(items))
    var values = [Float](repeating: 0, count: expected.count)
    try values.withUnsafeMutableBytes { try memory.read(into: $0, atWord: 0) }
    return values
  }

  /// The line of a compiler's log that says most.
  private static func firstComplaint(_ log: String) -> String {
    let lines = log.split(whereSeparator: \.isNewline).map(String.init)
    return lines.first { $0.contains("error") } ?? lines.first ?? "no message"
  }
}
