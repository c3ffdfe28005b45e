/// What executes launches: the OpenCL runtime of a device, or our own threads. It knows memory and kernels, no operators.
protocol Runtime: AnyObject {
  /// How many programs were compiled so far.
  var programBuilds: Int { get }

  /// The largest single allocation in words.
  var maximumAllocationWords: Int { get }

  /// What memory could be taken now.
  var supply: MemorySupply { get }

  /// How many times its words an input takes.
  var inputCopies: Int { get }

  /// - Throws: ``DeviceError/outOfMemory`` with what was asked for.
  func allocate(words: Int, name: String) throws -> any Memory

  /// Memory whose writes are copied at once and need not wait for what was enqueued before.
  /// - Throws: ``DeviceError/outOfMemory`` with what was asked for.
  func allocateInput(words: Int, name: String) throws -> any Memory

  /// Compiles what is missing and binds all arguments.
  /// - Parameter place: where each slot lies.
  func prepare(_ launches: [Launch], place: (Slot) -> Placement) throws -> any PreparedProgram
}

/// A range of a runtime's memory: where a slot begins.
struct Placement {
  var memory: any Memory
  /// In words.
  var offset: Int
}

extension Runtime {
  /// Where nothing runs while the host has control, there is nothing to wait for.
  func allocateInput(words: Int, name: String) throws -> any Memory { try allocate(words: words, name: name) }
}

/// Device memory of 32-bit words. Runs enqueued before see the old content, runs enqueued later the new.
protocol Memory: AnyObject {
  var words: Int { get }
  /// Takes a copy of `source`, which may be changed afterwards.
  func write(_ source: UnsafeRawBufferPointer, atWord offset: Int) throws
  func read(into destination: UnsafeMutableRawBufferPointer, atWord offset: Int) throws
  /// Sets `count` words from `offset` to the same bits.
  func fill(_ pattern: UInt32, atWord offset: Int, count: Int) throws
}

/// Launches ready to be enqueued.
protocol PreparedProgram: AnyObject {
  func set(_ scalar: RuntimeScalar, bits: UInt32) throws
  /// Enqueues everything; may return before it has run.
  func run() throws
  /// Waits for what was enqueued.
  func finish() throws
  /// Runs once with a clock around every launch: seconds, in launch order.
  func profile() throws -> [Double]
  /// Runs some launches again and again, one right behind the other as in a run: the seconds of one round.
  func seconds(of launches: [Int], repetitions: Int) throws -> Double
}

extension PreparedProgram {
  /// Where launches are done when the call returns, a clock around each tells the same.
  func seconds(of launches: [Int], repetitions: Int) throws -> Double {
    var total = 0.0
    for _ in 0..<repetitions {
      let profile = try profile()
      total += launches.reduce(0) { $0 + profile[$1] }
    }
    return total / Double(max(repetitions, 1))
  }
}

/// Lowers operators to launches of one family of kernels, for one kind of device.
protocol KernelFamily: Sendable {
  var name: String { get }
  /// - Throws: ``OperatorError`` for what the family cannot run.
  func lower(_ schedule: Schedule) throws -> LoweredProgram
}
