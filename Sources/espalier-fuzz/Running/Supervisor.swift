import Foundation

/// Runs workers for one reader: starts another one behind an input that took a worker down.
struct Supervisor {
  let reader: FuzzReader
  let seed: UInt64
  let inputs: Int
  /// For the files of the workers.
  let folder: String
  /// Where inputs that took a worker down are kept.
  let savingFolder: String

  /// An input that takes longer hangs the reader.
  private static let patience = 10.0
  /// So many failures are enough to look at.
  private static let highestFailureCount = 20

  func run() throws -> ReaderReport {
    let progress = try SharedProgress(reader.name, folder: folder)
    var report = ReaderReport(reader: reader.name.rawValue)
    let start = ContinuousClock.now
    var next = 0
    while next < inputs, report.failures.count < Self.highestFailureCount {
      guard let reason = try runWorker(from: next, progress) else { break }
      let failed = progress[.current]
      report.failures.append(try keep(failed, reason: reason))
      next = failed + 1
    }
    report.seconds = (ContinuousClock.now - start) / .seconds(1)
    report.take(progress)
    return report
  }

  /// Runs a worker to its end.
  ///
  /// - Returns: Why it did not get to the last input; nil where it did.
  private func runWorker(
    from first: Int, _ progress: borrowing SharedProgress
  ) throws -> String? {
    progress[.current] = first
    let wordsFile = "\(folder)/\(reader.name.rawValue).words"
    let worker = Process()
    worker.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    worker.arguments = [
      "--worker", folder, "--reader", reader.name.rawValue, "--seed", "\(seed)", "--inputs",
      "\(inputs)",
      "--first", "\(first)",
    ]
    // A stack trace for each crash would take seconds.
    worker.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    try Data().write(to: URL(fileURLWithPath: wordsFile))
    worker.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: wordsFile))
    worker.standardOutput = FileHandle.nullDevice
    try worker.run()
    let isHanging = watch(worker, progress)
    worker.waitUntilExit()
    if isHanging { return "took longer than \(Int(Self.patience)) s" }
    if worker.terminationReason == .exit, worker.terminationStatus == 0 { return nil }
    let words = try String(contentsOfFile: wordsFile, encoding: .utf8)
      .split(whereSeparator: \.isNewline).first.map(String.init)
    guard worker.terminationReason == .uncaughtSignal else { return words ?? "ended without a word" }
    return "crashed with signal \(worker.terminationStatus)" + (words.map { ": \($0)" } ?? "")
  }

  /// Waits for the worker's end, and ends it when it stays with one input for too long.
  private func watch(_ worker: Process, _ progress: borrowing SharedProgress) -> Bool {
    var input = -1
    var since = ContinuousClock.now
    while worker.isRunning {
      usleep(20_000)
      if progress[.current] != input {
        input = progress[.current]
        since = .now
      } else if (ContinuousClock.now - since) / .seconds(1) > Self.patience {
        kill(worker.processIdentifier, SIGKILL)
        return true
      }
    }
    return false
  }

  /// Makes an input again and keeps it as a file; what concerns all inputs together has none.
  private func keep(_ index: Int, reason: String) throws -> ReaderReport.Failure {
    guard index < inputs else { return ReaderReport.Failure(input: nil, reason: reason, file: nil) }
    try FileManager.default.createDirectory(atPath: savingFolder, withIntermediateDirectories: true)
    let path = "\(savingFolder)/\(reader.name.rawValue)-seed\(seed)-\(index)"
    try InputFile(path: path).write(reader.input(index, seed: seed))
    return ReaderReport.Failure(input: index, reason: reason, file: path)
  }
}
