/// What happens while a sweep runs.
public enum SweepEvent: Hashable, Sendable {
  /// Before anything runs.
  case started(done: Int, total: Int, jobs: Int)
  /// A run has ended, well or not.
  case ended(SweepRow, SweepProgress)
  /// The runs that are at work were asked to save and end.
  case stopping(runs: Int)
}

/// How far a sweep is.
public struct SweepProgress: Hashable, Sendable {
  /// Runs that have ended, those of earlier times too.
  public let done: Int
  public let total: Int
  /// As long as the runs of this time took on average, for those that are left.
  public let secondsLeft: Double

  public init(done: Int, total: Int, secondsLeft: Double) {
    self.done = done
    self.total = total
    self.secondsLeft = secondsLeft
  }
}

extension SweepEvent: CustomStringConvertible {
  /// A line for a log.
  public var description: String {
    switch self {
    case .started(let done, let total, let jobs):
      "\(total) runs, \(done) finished before; \(total - done) to do"
        + (jobs > 1 ? ", \(jobs) at a time" : "")
    case .ended(let row, let progress):
      "\(row.failure == nil ? "finished" : "failed") \(progress.done)/\(progress.total): \(row); \(progress)"
    case .stopping(let runs): "waiting for \(runs) run\(runs == 1 ? "" : "s") to save"
    }
  }
}

extension SweepProgress: CustomStringConvertible {
  public var description: String {
    done == total ? "none left" : "\(total - done) left, ETA \(Self.time(secondsLeft))"
  }

  /// Hours only where there are some: `4:05`, `1:04:05`.
  private static func time(_ seconds: Double) -> String {
    let total = Int(min(max(0, seconds), 1e9).rounded())
    let parts = total < 3600 ? [total / 60, total % 60] : [total / 3600, total / 60 % 60, total % 60]
    return parts.enumerated().map { index, part in index > 0 && part < 10 ? "0\(part)" : "\(part)" }
      .joined(separator: ":")
  }
}
