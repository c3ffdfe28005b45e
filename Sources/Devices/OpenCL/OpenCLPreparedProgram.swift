/// Launches with kernels made and arguments bound: a run only enqueues them.
final class OpenCLPreparedProgram: PreparedProgram {
  private let steps: [any OpenCLStep]
  private let queue: OpenCLQueue

  init(_ steps: [any OpenCLStep], queue: OpenCLQueue) {
    self.steps = steps
    self.queue = queue
  }

  func set(_ scalar: RuntimeScalar, bits: UInt32) throws {
    for case let step as OpenCLKernelStep in steps { try step.set(scalar, bits: bits) }
  }

  func run() throws {
    for step in steps { try step.enqueue(on: queue) }
    try queue.flush()
  }

  func finish() throws { try queue.finish() }

  func seconds(of launches: [Int], repetitions: Int) throws -> Double {
    let all = try queue.seconds {
      for _ in 0..<repetitions {
        for index in launches { try steps[index].enqueue(on: queue) }
      }
    }
    return all / Double(max(repetitions, 1))
  }

  func profile() throws -> [Double] {
    try queue.finish()
    let profiling = try OpenCLQueue(queue.context, profiling: true)
    return try steps.map { try $0.measure(on: profiling) }
  }
}
