import Foundation

/// How numbers and states of a training read.
enum ProgressText {
  /// A single line for a terminal of so many columns, with a bar if there is room for it.
  static func bar(_ status: TrainingStatus, columns: Int) -> String {
    let front = "epoch \(status.epoch)/\(status.epochs)"
    let back =
      "\(status.step)/\(status.stepsPerEpoch)\(metrics(status, separator: "  "))  ETA \(time(status.secondsRemaining))"
    let room = min(24, columns - front.count - back.count - 5)
    guard room >= 4 else { return String("\(front) \(back)".prefix(max(0, columns - 1))) }
    let filled = room * status.step / max(1, status.stepsPerEpoch)
    let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: room - filled)
    return "\(front) [\(bar)] \(back)"
  }

  /// A line for a log.
  static func line(_ status: TrainingStatus) -> String {
    "epoch \(status.epoch)/\(status.epochs), step \(status.step)/\(status.stepsPerEpoch)"
      + "\(metrics(status, separator: ", ")), \(time(status.secondsRemaining)) left"
  }

  /// A line about a complete epoch.
  static func line(_ epoch: EpochMetrics) -> String {
    "epoch \(epoch.epoch): training loss \(fixed(epoch.trainLoss, 4)), top-1 \(percent(epoch.trainTop1)); "
      + "evaluation loss \(fixed(epoch.loss, 4)), top-1 \(percent(epoch.top1)), top-5 \(percent(epoch.top5)); "
      + "\(fixed(epoch.imagesPerSecond, 0)) images/s, \(waiting(epoch.dataWaitShare)), \(fixed(epoch.seconds, 1)) s"
  }

  /// What is left of a network, and what is expected to be.
  static func text(_ pruning: PruningStatus) -> String {
    "MACs \(percent(pruning.expectedMacs)), parameters \(percent(pruning.expectedParameters)), "
      + "\(pruning.liveUnits) units, \(pruning.liveBlocks) blocks"
  }

  static func text(_ report: BundleReport) -> String {
    let conflicting = report.layers.filter { report.verdict(on: $0) != .notConflicting }
    guard let first = conflicting.first else { return "none of \(report.layers.count) layers conflicts" }
    let last = report.layers.last.flatMap(\.entropy).map { String(format: "%.4f", $0) } ?? "no number"
    return
      "\(conflicting.count) of \(report.layers.count) layers conflict, the first is \(first.name); H of the last "
      + last
  }

  /// What to say of gates that had not settled when they were frozen; nil where they are few.
  static func undecided(_ pruning: PruningStatus) -> String? {
    guard let share = pruning.undecidedFraction, share > 0.1 else { return nil }
    return
      "\(percent(share)) of the gates had not settled when they were frozen: the more probable value was taken; "
      + "let them learn for longer (--freeze-at) or faster (--theta-epochs)"
  }

  /// Hours only where there are some: `4:05`, `1:04:05`.
  static func time(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let total = Int(max(0, seconds).rounded())
    let (hours, minutes) = (total / 3600, total / 60 % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, total % 60)
      : String(format: "%d:%02d", minutes, total % 60)
  }

  private static func metrics(_ status: TrainingStatus, separator: String) -> String {
    var parts = [""]
    if status.sums.examples > 0 {
      parts += ["loss \(fixed(status.sums.meanLoss, 4))", "top-1 \(percent(status.sums.top1Share))"]
    }
    if let pruning = status.pruning { parts.append(text(pruning)) }
    parts += [
      "lr \(String(format: "%.3g", status.learningRate))", "\(fixed(status.imagesPerSecond, 0)) images/s",
      waiting(status.dataWaitShare),
    ]
    return parts.joined(separator: separator)
  }

  private static func waiting(_ share: Double) -> String { "\(fixed(share * 100, 0))% waiting for data" }

  private static func percent(_ share: Double) -> String { "\(fixed(share * 100, 1))%" }

  private static func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
