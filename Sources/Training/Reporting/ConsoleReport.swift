/// Tells a training's progress as text: a bar that is drawn anew on a terminal, plain lines elsewhere.
public final class ConsoleReport: TrainingObserver {
  /// Seconds between two drawings of the bar.
  private static let secondsBetweenBars = 0.1
  /// Seconds between two plain lines.
  private static let secondsBetweenLines = 30.0

  private let columns: Int?
  private let write: (String) -> Void
  private var sinceOutput: Stopwatch?
  private var hasBar = false

  /// - Parameters:
  ///   - columns: The width of the terminal; nil for plain lines.
  ///   - write: Receives the text with its line ends.
  public init(columns: Int?, write: @escaping (String) -> Void) {
    self.columns = columns
    self.write = write
  }

  /// Writes a line of its own.
  public func notice(_ text: String) {
    clear()
    write("\(text)\n")
  }

  /// Removes the bar.
  public func clear() {
    if hasBar { write("\r\u{1B}[K") }
    hasBar = false
  }

  public func trainingAdvances(_ status: TrainingStatus) {
    let pause = columns == nil ? Self.secondsBetweenLines : Self.secondsBetweenBars
    guard let clock = sinceOutput else {
      sinceOutput = Stopwatch()
      return
    }
    guard clock.seconds >= pause else { return }
    sinceOutput = Stopwatch()
    if let columns {
      clear()
      write(ProgressText.bar(status, columns: columns))
      hasBar = true
    } else {
      write("\(ProgressText.line(status))\n")
    }
  }

  public func trainingCompletesEpoch(_ metrics: EpochMetrics) {
    notice(ProgressText.line(metrics))
    sinceOutput = Stopwatch()
  }

  public func trainingMeasuresBundles(_ report: BundleReport, epoch: Int) {
    notice("  bundles: \(ProgressText.text(report))")
  }

  public func trainingJudgesConflicts(_ check: ConflictCheck) {
    if let text = ProgressText.text(check) { notice("  \(text)") }
  }

  public func trainingPrunes(_ status: PruningStatus) {
    notice("  left: \(ProgressText.text(status))")
    if let undecided = ProgressText.undecided(status) { notice("  \(undecided)") }
  }
}
