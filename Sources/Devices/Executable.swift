/// A schedule compiled for a device: ``run()`` allocates nothing and compiles nothing.
public final class Executable {
  private let program: any PreparedProgram
  private let launches: [Launch]
  private let arena: [any Memory]

  init(program: any PreparedProgram, launches: [Launch], arena: [any Memory]) {
    self.program = program
    self.launches = launches
    self.arena = arena
  }

  /// Bytes of memory shared by the transient tensors.
  public var arenaBytes: Int { arena.reduce(0) { $0 + $1.words * 4 } }

  public func set(_ scalar: RuntimeScalar, to value: Float) throws {
    try program.set(scalar, bits: value.bitPattern)
  }

  public func set(_ scalar: RuntimeScalar, to value: Int32) throws {
    try program.set(scalar, bits: UInt32(bitPattern: value))
  }

  /// Enqueues one run; on a GPU this returns before it has finished.
  public func run() throws { try program.run() }

  /// Waits until every run that was enqueued has finished.
  public func finish() throws { try program.finish() }

  /// Fills all transient memory with NaN: a run must not depend on what an earlier one left there.
  public func poisonArena() throws {
    for memory in arena { try memory.fill(Float.nan.bitPattern, atWord: 0, count: memory.words) }
  }

  /// One run with a clock around every launch: kernel names and seconds, in order.
  public func profile() throws -> [(kernel: String, seconds: Double)] {
    let seconds = try program.profile()
    return zip(launches, seconds).map { launch, seconds in
      switch launch {
      case .kernel(let kernel, _, _, _): (kernel.name, seconds)
      case .gemm(let gemm): ("gemm \(gemm.m)x\(gemm.n)x\(gemm.k)", seconds)
      }
    }
  }
}
