import CPUKernels
import Foundation

/// The CPU fallback's runtime: natively compiled kernels on a pool of threads.
final class NativeRuntime: Runtime {
  let kernels: espalier_instruction_set
  let pool: NativePool
  private let budget: MemoryBudget

  /// - Parameter memoryLimitBytes: an upper bound on all memory taken; nil for what the machine gives.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where the threads cannot be started.
  init(kernels: espalier_instruction_set, threads: Int, memoryLimitBytes: Int?) throws {
    self.kernels = kernels
    pool = try NativePool(threads: threads)
    let memory = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    budget = MemoryBudget(
      device: "the CPU", capacityBytes: memory, maximumAllocationBytes: memory,
      limitBytes: memoryLimitBytes ?? memory)
  }

  /// Everything was compiled with the package.
  var programBuilds: Int { 0 }

  var maximumAllocationWords: Int { Int.max / 8 }

  var supply: MemorySupply { budget.supply }

  /// The kernels read what the host wrote.
  var inputCopies: Int { 1 }

  func allocate(words: Int, name: String) throws -> any Memory {
    try NativeMemory(words: words, name: name, budget: budget)
  }

  func prepare(_ launches: [Launch], place: (Slot) -> Placement) throws -> any PreparedProgram {
    try NativeProgram(launches, kernels: kernels, pool: pool, place: place)
  }
}

/// Threads that end with their last user.
final class NativePool {
  let pool: OpaquePointer

  init(threads: Int) throws {
    guard let pool = espalier_pool_create(Int32(clamping: threads)) else {
      throw DeviceError.unavailable(
        requested: "cpu", reason: "\(threads) threads could not be started",
        advice: "Use a smaller --threads")
    }
    self.pool = pool
  }

  deinit { espalier_pool_destroy(pool) }
}

/// Aligned host memory. Nothing runs while the host has control, so access needs no waiting.
final class NativeMemory: Memory {
  let words: Int
  var address: UnsafeMutableRawPointer { pages.address }

  private let pages: HostPages
  private let budget: MemoryBudget

  /// - Throws: ``DeviceError/outOfMemory(device:name:requestedBytes:availableBytes:)``.
  init(words: Int, name: String, budget: MemoryBudget) throws {
    let (bytes, overflow) = words.multipliedReportingOverflow(by: 4)
    guard words > 0, !overflow else { throw budget.outOfMemory(name: name, bytes: Int.max) }
    try budget.take(bytes: bytes, name: name)
    guard let pages = HostPages(bytes: bytes) else {
      defer { budget.give(bytes: bytes) }
      throw budget.refused(name: name, bytes: bytes)
    }
    self.words = words
    self.pages = pages
    self.budget = budget
  }

  deinit { budget.give(bytes: words * 4) }

  func write(_ source: UnsafeRawBufferPointer, atWord offset: Int) throws {
    guard let base = source.baseAddress else { return }
    (address + offset * 4).copyMemory(from: base, byteCount: source.count)
  }

  func read(into destination: UnsafeMutableRawBufferPointer, atWord offset: Int) throws {
    guard let base = destination.baseAddress else { return }
    base.copyMemory(from: address + offset * 4, byteCount: destination.count)
  }

  func fill(_ pattern: UInt32, atWord offset: Int, count: Int) throws {
    (address + offset * 4).initializeMemory(as: UInt32.self, repeating: pattern, count: count)
  }
}

/// Launches with their argument blocks laid out once: 8 bytes per argument, as `Sources/CPUKernels/native.h` reads them.
final class NativeProgram: PreparedProgram {
  private let pool: NativePool
  private let arguments: UnsafeMutableBufferPointer<UInt64>
  private let launches: [espalier_launch]
  private var scalarPositions: [RuntimeScalar: [Int]] = [:]
  /// Keeps alive what the arguments point to.
  private let memories: [any Memory]

  init(
    _ launches: [Launch], kernels: espalier_instruction_set, pool: NativePool, place: (Slot) -> Placement
  ) throws {
    self.pool = pool
    var words: [UInt64] = []
    var scalars: [RuntimeScalar: [Int]] = [:]
    var memories: [ObjectIdentifier: any Memory] = [:]
    var entries: [(kernel: espalier_kernel, firstWord: Int, grid: GridSize)] = []
    for launch in launches {
      guard case .kernel(let reference, let launchArguments, let global, _) = launch else {
        throw OperatorError.unsupported(operation: "a library GEMM", device: "the CPU fallback")
      }
      guard let kernel = espalier_find_kernel(kernels, reference.name) else {
        throw DeviceError.missingKernel(program: reference.source, kernel: reference.name)
      }
      for size in [global.x, global.y, global.z] { _ = try Self.int32(size, reference) }
      entries.append((kernel, words.count, global))
      for argument in launchArguments {
        switch argument {
        case .slot(let slot, let offset):
          let placement = place(slot)
          guard let memory = placement.memory as? NativeMemory else {
            throw DeviceError.notBound(buffer: "memory of another device")
          }
          memories[ObjectIdentifier(memory)] = memory
          let address = memory.address + (placement.offset + offset) * 4
          words.append(UInt64(UInt(bitPattern: address)))
        case .int(let value): words.append(UInt64(UInt32(bitPattern: try Self.int32(value, reference))))
        case .float(let value): words.append(UInt64(value.bitPattern))
        case .scalar(let scalar):
          scalars[scalar, default: []].append(words.count)
          words.append(0)
        case .local:
          throw OperatorError.unsupported(operation: "work-group memory", device: "the CPU fallback")
        }
      }
    }
    let block = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: max(words.count, 1))
    _ = block.initialize(from: words)
    arguments = block
    scalarPositions = scalars
    self.memories = Array(memories.values)
    self.launches = entries.map { entry in
      espalier_launch(
        kernel: entry.kernel, arguments: UnsafeRawPointer(block.baseAddress! + entry.firstWord),
        extent: (Int32(entry.grid.x), Int32(entry.grid.y), Int32(entry.grid.z)))
    }
  }

  /// Kernels count in 32 bits.
  private static func int32(_ value: Int, _ kernel: KernelReference) throws -> Int32 {
    guard let value = Int32(exactly: value) else {
      throw OperatorError.unsupported(
        operation: "\(kernel.name) with a size of \(value)", device: "the CPU fallback")
    }
    return value
  }

  deinit { arguments.deallocate() }

  func set(_ scalar: RuntimeScalar, bits: UInt32) {
    for position in scalarPositions[scalar] ?? [] { arguments[position] = UInt64(bits) }
  }

  func run() { espalier_pool_run(pool.pool, launches, launches.count, nil) }

  func finish() {}

  func profile() -> [Double] {
    var seconds = [Double](repeating: 0, count: launches.count)
    espalier_pool_run(pool.pool, launches, launches.count, &seconds)
    return seconds
  }
}
