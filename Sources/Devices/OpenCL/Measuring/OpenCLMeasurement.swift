import COpenCL

/// Measures one device. What it takes is given back with it.
struct OpenCLMeasurement {
  private let queue: OpenCLQueue
  private let budget: MemoryBudget
  private let description: OpenCLDeviceDescription
  private let program: OpenCLProgram
  private let arithmetic: Arithmetic

  private static let launches = 10_000
  private static let copiedWords = 16 << 20
  /// More than caches hold.
  private static let streamedWords = 64 << 20
  private static let repetitions = 5
  /// What a computation lasts at least for its time to mean something.
  private static let longEnough = 0.02

  init(_ runtime: OpenCLRuntime) throws {
    queue = runtime.queue
    budget = runtime.budget
    description = runtime.device
    // Vectors as wide as a CPU's registers; elsewhere items are many and registers few.
    let lanes = description.kind == .cpu ? 16 : 4
    program = try OpenCLProgram(
      name: "measurements", source: Self.source,
      options: "-cl-std=CL1.2 -D VECTOR=float\(lanes) -D STORE=vstore\(lanes)", context: queue.context)
    let group = min(64, description.maximumWorkGroupSize)
    let items = description.computeUnits * 2048 / group * group
    let result = try OpenCLMemory(
      words: items * lanes, name: "results of a measurement", queue: queue, budget: budget)
    arithmetic = try Arithmetic(
      kernel: program.kernel("multiply_add"), result: result, items: items, group: group, lanes: lanes)
  }

  // MARK: - The driver

  /// Of one launch among many.
  func launchSeconds() throws -> Double {
    let kernel = try program.kernel("nothing")
    return try median {
      for _ in 0..<Self.launches {
        try kernel.enqueue(on: queue, global: GridSize(1), local: GridSize(1))
      }
    } / Double(Self.launches)
  }

  /// Of a buffer with its first use, as drivers may put off the work until then.
  func bufferSeconds() throws -> Double {
    let buffers = 20
    return try median {
      for _ in 0..<buffers {
        let memory = try OpenCLMemory(words: 1 << 18, name: "a measurement", queue: queue, budget: budget)
        try memory.fill(0, atWord: 0, count: 1)
        try queue.finish()
      }
    } / Double(buffers)
  }

  /// Of a source that no cache can have, and of the same source again.
  func buildSeconds(_ name: String, _ definitions: [String]) throws -> (cold: Double, warm: Double) {
    let source = try KernelSource.program(name)
    let unique = "UNIQUE_\(UInt64.random(in: 0 ... .max))"
    let options = OpenCLProgramCache.options(definitions + [unique], for: description)
    func build() throws -> Double {
      try Self.seconds {
        _ = try OpenCLProgram(name: name, source: source, options: options, context: queue.context)
      }
    }
    return (try build(), try build())
  }

  // MARK: - Copies

  func copies() throws -> OpenCLFigures.Copies {
    let device = try OpenCLMemory(
      words: Self.copiedWords, name: "a measurement of copies", queue: queue, budget: budget)
    let pinned = try OpenCLPinnedMemory(
      words: Self.copiedWords, name: "a measurement of copies", queue: queue, budget: budget)
    // Written once: pages that were never touched are all the same one.
    var pageable = [UInt32](repeating: 1, count: Self.copiedWords)
    pinned.bytes.initializeMemory(as: UInt8.self, repeating: 1)
    return try pageable.withUnsafeMutableBytes { pageable in
      OpenCLFigures.Copies(
        pageableToDevice: try rate { try device.write(UnsafeRawBufferPointer(pageable), atWord: 0) },
        pageableFromDevice: try rate { try device.read(into: pageable, atWord: 0) },
        pinnedToDevice: try rate { try device.write(UnsafeRawBufferPointer(pinned.bytes), atWord: 0) },
        pinnedFromDevice: try rate { try device.read(into: pinned.bytes, atWord: 0) })
    }
  }

  private func rate(_ copy: () throws -> Void) throws -> Double {
    4e-9 * Double(Self.copiedWords) / (try median(copy))
  }

  /// Together, over one after the other.
  func overlap() throws -> Double {
    let uploads = try OpenCLQueue(queue.context)
    let device = try OpenCLMemory(
      words: Self.copiedWords, name: "a measurement of copies", queue: queue, budget: budget)
    let pinned = try OpenCLPinnedMemory(
      words: Self.copiedWords, name: "a measurement of copies", queue: uploads, budget: budget)
    pinned.bytes.initializeMemory(as: UInt8.self, repeating: 1)
    func copy() throws {
      let code = clEnqueueWriteBuffer(
        uploads.handle, device.handle, cl_bool(CL_FALSE), 0, pinned.bytes.count, pinned.bytes.baseAddress, 0,
        nil, nil)
      try OpenCLStatus.check(code, "clEnqueueWriteBuffer")
      try uploads.flush()
    }
    let copying = try median {
      try copy()
      try uploads.finish()
    }
    // About as long as the copy.
    let (rounds, seconds) = try calibratedRounds()
    let matching = min(max(Int(Double(rounds) * copying / seconds), 1), Arithmetic.maximumRounds)
    let computing = try median { try arithmetic.enqueue(rounds: matching, on: queue) }
    let both = try median {
      try arithmetic.enqueue(rounds: matching, on: queue)
      try queue.flush()
      try copy()
      try uploads.finish()
    }
    return both / (copying + computing)
  }

  // MARK: - The device

  func gflops() throws -> Double {
    let (rounds, _) = try calibratedRounds()
    return arithmetic.operations(rounds: rounds)
      / (try median {
        try arithmetic.enqueue(rounds: rounds, on: queue)
      }) / 1e9
  }

  func gigabytesPerSecond() throws -> Double {
    let words = min(
      Self.streamedWords, description.maximumAllocationBytes / 4, description.globalMemoryBytes / 64)
    let vectors = max(words / 4 / 64, 1) * 64
    let kernel = try program.kernel("copy")
    let memories = try (0..<2).map { index in
      let memory = try OpenCLMemory(
        words: vectors * 4, name: "a measurement of memory", queue: queue, budget: budget)
      try memory.fill(1, atWord: 0, count: memory.words)
      try kernel.set(index, to: memory)
      return memory
    }
    let copies = 5
    let seconds = try median {
      for _ in 0..<copies {
        try kernel.enqueue(
          on: queue, global: GridSize(vectors), local: GridSize(arithmetic.group))
      }
    }
    return 1e-9 * Double(copies * memories.reduce(0) { $0 + 4 * $1.words }) / seconds
  }

  /// Rounds that last long enough, and their seconds.
  private func calibratedRounds() throws -> (rounds: Int, seconds: Double) {
    var rounds = 64
    while true {
      let seconds = try median { try arithmetic.enqueue(rounds: rounds, on: queue) }
      if seconds >= Self.longEnough || rounds >= Arithmetic.maximumRounds { return (rounds, seconds) }
      rounds *= 4
    }
  }

  /// Of several runs after one that does not count, each until the device has finished.
  private func median(_ body: () throws -> Void) throws -> Double {
    let samples = try (0...Self.repetitions).map { _ in
      try Self.seconds {
        try body()
        try queue.finish()
      }
    }
    return samples.dropFirst().median
  }

  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    try ContinuousClock().measure(body) / .seconds(1)
  }
}

/// Multiply-adds on registers: in each item eight chains of vectors, every link of which waits for the one before.
private struct Arithmetic {
  let kernel: OpenCLKernel
  let result: OpenCLMemory
  let items: Int
  let group: Int
  let lanes: Int

  static let maximumRounds = 1 << 24

  func enqueue(rounds: Int, on queue: OpenCLQueue) throws {
    try kernel.set(0, to: result)
    // A limit of 1, far from zero and from infinity, which some processors are slower with.
    try kernel.set(1, to: Float(0.5))
    try kernel.set(2, to: Float(0.5))
    try kernel.set(3, to: Int32(clamping: rounds))
    try kernel.enqueue(on: queue, global: GridSize(items), local: GridSize(group))
  }

  func operations(rounds: Int) -> Double { 2 * 8 * Double(lanes) * Double(items) * Double(rounds) }
}

extension OpenCLMeasurement {
  fileprivate static let source = """
    #line 1 "measurements.cl"
    __kernel void nothing(void) {}

    __kernel void copy(__global const float4 *restrict from, __global float4 *restrict to) {
      to[get_global_id(0)] = from[get_global_id(0)];
    }

    __kernel void multiply_add(__global float *result, const float factor, const float term, const int rounds) {
      const VECTOR f = (VECTOR)(factor), t = (VECTOR)(term);
      VECTOR a = (VECTOR)((float)get_global_id(0)), b = a + 1.0f, c = a + 2.0f, d = a + 3.0f;
      VECTOR e = a + 4.0f, g = a + 5.0f, h = a + 6.0f, i = a + 7.0f;
      for (int round = 0; round < rounds; round++) {
        a = fma(a, f, t); b = fma(b, f, t); c = fma(c, f, t); d = fma(d, f, t);
        e = fma(e, f, t); g = fma(g, f, t); h = fma(h, f, t); i = fma(i, f, t);
      }
      STORE(a + b + c + d + e + g + h + i, get_global_id(0), result);
    }
    """
}
