import Foundation
import Interchange
import Processes

/// The work on a sweep from its start to its end or interruption.
struct SweepSession: ~Copyable {
  private let runner: SweepRunner
  private let lock: SweepLock
  private let report: (SweepEvent) -> Void
  private var book: SweepBook
  private var waiting: ArraySlice<SweepRun>
  private var active: [ActiveRun] = []
  private var isStopping = false
  private var endedHere = 0
  private let start = ContinuousClock.now

  private static let microsecondsBetweenLooks: useconds_t = 20_000

  init(_ runner: SweepRunner, lock: consuming SweepLock, report: @escaping (SweepEvent) -> Void) throws {
    self.runner = runner
    self.lock = lock
    self.report = report
    book = try SweepBook(runner.sweep, folder: runner.folder)
    waiting = book.left[...]
  }

  /// Does what is left to do.
  ///
  /// - Returns: The rows of the runs that have ended.
  mutating func work(shouldStop: () -> Bool) throws -> [SweepRow] {
    try book.save()
    report(.started(done: book.doneCount, total: book.total, jobs: runner.jobs))
    do {
      while true {
        if !isStopping, shouldStop() { stop() }
        let rows = try startNext() + collect()
        for row in rows { try record(row) }
        if active.isEmpty, isStopping || waiting.isEmpty { return book.rows }
        if rows.isEmpty { usleep(Self.microsecondsBetweenLooks) }
      }
    } catch {
      // Nobody would read what the runs find. A second request would make them end without saving.
      if !isStopping { stop() }
      while !active.isEmpty {
        _ = collect()
        usleep(Self.microsecondsBetweenLooks)
      }
      throw error
    }
  }

  private mutating func stop() {
    isStopping = true
    if !active.isEmpty { report(.stopping(runs: active.count)) }
    for run in active { run.stop() }
  }

  /// Starts as many runs as may be at work.
  ///
  /// - Returns: The rows of those that cannot be started.
  private mutating func startNext() throws -> [SweepRow] {
    var failed: [SweepRow] = []
    while !isStopping, active.count < runner.jobs, let run = waiting.popFirst() {
      do {
        active.append(try start(run))
      } catch let failure as SystemFailure {
        let reason = "cannot start \(runner.program): \(failure)"
        failed.append(SweepRow(run: run, outcome: .failure(.init(exitStatus: 127, reason: reason))))
      }
    }
    return failed
  }

  private func start(_ run: SweepRun) throws -> ActiveRun {
    try runner.folder.create(for: run.setting)
    try SavedFlags(run.setting).write(to: runner.folder.flags(of: run.setting))
    return try ActiveRun(
      run, program: runner.program, arguments: runner.arguments(of: run), folder: runner.folder, lock: lock)
  }

  /// The rows of the runs that have ended meanwhile.
  private mutating func collect() -> [SweepRow] {
    var rows: [SweepRow] = []
    active.removeAll { run in
      guard let end = run.endIfAny(isStopping: isStopping) else { return false }
      if case .row(let row) = end { rows.append(row) }
      return true
    }
    return rows
  }

  private mutating func record(_ row: SweepRow) throws {
    book.add(row)
    try book.save()
    endedHere += 1
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let left = book.total - book.doneCount
    report(
      .ended(
        row,
        SweepProgress(
          done: book.doneCount, total: book.total, secondsLeft: seconds / Double(endedHere) * Double(left))))
  }
}
