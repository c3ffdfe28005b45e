import Foundation

/// Does the runs of a sweep, each in a process of its own, and keeps what they found.
///
/// A run that has its `result.json` is not done again, so that the same call goes on with a sweep that was stopped. A
/// sweep that is killed cannot stop its runs: they go on to their end, and until then no other sweep may begin in that
/// folder.
public struct SweepRunner: Sendable {
  public let sweep: Sweep
  /// The path of the program `espalier`.
  public let program: String
  public let folder: SweepFolder
  /// Runs at a time.
  public let jobs: Int
  /// Threads of each run; nil for what the settings say.
  public let threads: Int?

  /// - Parameters:
  ///   - jobs: Runs at a time, at least 1.
  ///   - threads: Threads of each run, whatever the settings say. With several runs at a time and nil, the settings that
  ///     say nothing share the cores. Results do not depend on it.
  public init(_ sweep: Sweep, program: String, folder: SweepFolder, jobs: Int = 1, threads: Int? = nil) {
    self.sweep = sweep
    self.program = program
    self.folder = folder
    self.jobs = max(1, jobs)
    self.threads = threads
  }

  /// Does what is left to do. The tables and the picture are written at the end, the line of each run as it ends.
  ///
  /// - Parameters:
  ///   - report: Called for every event.
  ///   - shouldStop: Asked often. Once true, the runs at work are asked to save and end, and no other is started.
  /// - Returns: What is known at the end; ``SweepSummary/runsLeft`` is above 0 where it was stopped.
  /// - Throws: ``SweepError`` before anything has run, `FileError`.
  public func run(
    report: (SweepEvent) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws -> SweepSummary {
    try withoutActuallyEscaping(report) { report in
      var session = try SweepSession(self, lock: open(), report: report)
      let summary = SweepSummary(sweep, rows: try session.work(shouldStop: shouldStop))
      try folder.write(summary)
      return summary
    }
  }

  /// Makes the folder ours.
  private func open() throws -> SweepLock {
    try folder.create()
    let lock = try SweepLock(folder)
    guard folder.isEmpty || SweepFolder.exists(folder.rows) else { throw SweepError.notASweep(folder.path) }
    try checkFlags()
    return lock
  }

  /// Throws where a folder has runs with other flags than those that its setting has now.
  private func checkFlags() throws {
    for setting in sweep.settings where folder.hasRuns(of: setting) {
      let saved = try SavedFlags(path: folder.flags(of: setting))
      let changes = saved.changes(to: SavedFlags(setting))
      guard changes.isEmpty else {
        throw SweepError.changedSetting(
          name: setting.name, changes: changes, folder: folder.runs(of: setting))
      }
    }
  }

  /// What the program is started with.
  package func arguments(of run: SweepRun) -> [String] {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let share = jobs > 1 ? [SweepFlag("threads", .text("\(max(1, cores / jobs))"))] : []
    let given = threads.map { [SweepFlag("threads", .text("\($0)"))] } ?? []
    let flags = share.overridden(by: run.setting.flags).overridden(by: given)
    return [run.setting.command.rawValue] + flags.map(\.argument)
      + ["--out=\(folder.run(run))", "--resume", "--json", "--seed=\(run.seed)"]
  }
}
