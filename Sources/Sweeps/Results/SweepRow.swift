/// How a run ended.
public struct SweepRow: Hashable, Sendable {
  /// Why there are no figures.
  public struct Failure: Hashable, Sendable {
    /// As shells tell it: 128 and the signal's number for a program that a signal ended, 127 for one that did not start.
    public let exitStatus: Int32
    /// The last line of the run's log, or else how it ended.
    public let reason: String

    public init(exitStatus: Int32, reason: String) {
      self.exitStatus = exitStatus
      self.reason = reason
    }
  }

  public let run: SweepRun
  public let outcome: Result<RunFigures, Failure>

  public init(run: SweepRun, outcome: Result<RunFigures, Failure>) {
    self.run = run
    self.outcome = outcome
  }

  /// Nil for a failed run.
  public var figures: RunFigures? { try? outcome.get() }

  /// Nil for a run that went well.
  public var failure: Failure? {
    if case .failure(let failure) = outcome { failure } else { nil }
  }
}

extension SweepRow.Failure: Error {}

extension SweepRow: CustomStringConvertible {
  /// What a line about it says.
  public var description: String {
    switch outcome {
    case .success(let figures):
      "\(run.name): top-1 \(figures[.top1]?.fixed(4) ?? "–") at \(percent(figures[.macsFraction])) of the MACs, "
        + "\(figures[.seconds]?.fixed(0) ?? "–") s"
    case .failure(let failure): "\(run.name): status \(failure.exitStatus): \(failure.reason)"
    }
  }

  private func percent(_ share: Double?) -> String { share.map { "\((100 * $0).fixed(1)) %" } ?? "–" }
}
