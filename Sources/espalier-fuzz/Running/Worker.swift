import AllocationMeter
import Foundation

/// Reads one input after the other in a process of its own, which a broken reader may take down.
struct Worker {
  let reader: FuzzReader
  let seed: UInt64

  /// The process may map this much more memory than it has at its start.
  private static let addressSpace = 512 << 20
  /// A run may leave this much allocated, and so much for each input: caches grow, leaks grow more.
  private static let keptBytes = 4 << 20

  /// Reads the inputs of `range` and writes to `progress` where it is.
  ///
  /// - Throws: `FuzzFailure` at the first promise that the reader breaks.
  func run(_ range: Range<Int>, _ progress: borrowing SharedProgress) throws {
    // Caches of the libraries fill before anything is measured and before memory is scarce.
    for seed in reader.seeds { try? reader.read(seed) }
    try limitProcess()
    let kept = allocation_meter_live()
    for index in range {
      progress[.current] = index
      try run(index, progress)
      // Nobody is left to read the results.
      if index.isMultiple(of: 4096), getppid() == 1 { return }
    }
    progress[.current] = range.upperBound
    let leaked = allocation_meter_live() - kept
    guard leaked <= Self.keptBytes else {
      throw FuzzFailure("\(leaked) bytes are still allocated after inputs \(range)")
    }
  }

  private func run(_ index: Int, _ progress: borrowing SharedProgress) throws {
    let trial = Trial(
      reader: reader, input: reader.input(index, seed: seed), isSeed: index < reader.seeds.count)
    let start = ContinuousClock.now
    let (outcome, peak) = try trial.run()
    let microseconds = Int((ContinuousClock.now - start) / .microseconds(1))
    switch outcome {
    case .accepted: progress[.accepted] += 1
    case .rejected: progress[.rejected] += 1
    }
    let share = Int(1e6 * Double(peak) / Double(trial.bound))
    if share > progress[.worstShare] {
      progress[.worstShare] = share
      progress[.worstInput] = index
      progress[.worstPeak] = peak
      progress[.worstFile] = trial.input.count
    }
    if microseconds > progress[.slowest] {
      progress[.slowest] = microseconds
      progress[.slowestInput] = index
    }
  }

  private func limitProcess() throws {
    let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    guard let used = pages.first.flatMap({ Int($0) }) else { throw FuzzFailure("/proc/self/statm is odd") }
    let bytes = rlim_t(used * sysconf(Int32(_SC_PAGESIZE)) + Self.addressSpace)
    var space = rlimit(rlim_cur: bytes, rlim_max: bytes)
    var core = rlimit(rlim_cur: 0, rlim_max: 0)
    guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &space) == 0,
      setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &core) == 0
    else { throw FuzzFailure("cannot limit the memory of the process") }
  }
}
