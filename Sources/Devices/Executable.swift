/// A schedule compiled for a device: ``run()`` allocates nothing and compiles nothing.
public final class Executable {
  private let program: any PreparedProgram
  /// The kernel of each launch, and what it is for.
  private let launches: [(kernel: String, purpose: LaunchPurpose?)]
  let arena: [any Memory]

  init(program: any PreparedProgram, lowered: LoweredProgram, arena: [any Memory]) {
    self.program = program
    launches = zip(lowered.launches, lowered.purposes).map { ($0.kernelName, $1) }
    self.arena = arena
  }

  /// Bytes of memory shared by the transient tensors, and perhaps with another executable.
  public var arenaBytes: Int { arena.reduce(0) { $0 + $1.words * 4 } }

  /// How many kernels a run launches.
  public var launchCount: Int { launches.count }

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
    // NaN as a float and in both halves.
    for memory in arena { try memory.fill(0x7FC0_7FC0, atWord: 0, count: memory.words) }
  }

  /// The seconds of those launches that are for an operation which `counts` says yes to, or for none, one right behind
  /// the other; the mean of some repetitions.
  package func seconds(repetitions: Int, of counts: (LaunchPurpose?) -> Bool) throws -> Double {
    try program.seconds(
      of: launches.indices.filter { counts(launches[$0].purpose) }, repetitions: repetitions)
  }

  /// One run with a clock around every launch, in order.
  public func profile() throws -> [LaunchProfile] {
    try zip(launches, program.profile()).map { launch, seconds in
      LaunchProfile(kernel: launch.kernel, seconds: seconds, purpose: launch.purpose)
    }
  }
}
