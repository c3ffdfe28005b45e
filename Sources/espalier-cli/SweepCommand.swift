import ArgumentParser
import Espalier
import Foundation
import Sweeps

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Runs a command that trains with many settings and seeds.",
    discussion: """
      FILE says in YAML what to run:

        command: prune                           # or train, remove-conflicts
        common: {model: resnet20, epochs: 15}    # flags of every run
        seeds: [1, 2, 3]
        settings:                                # flags by name
          dense: {method: dense}
          short: {nu: 0.1, epochs: 5}
        grid:                                    # nu=0.05,alpha=0 and so on
          nu: [0.05, 0.1]
          alpha: [0, 1]

      'key: true' stands for --key, 'key: false' for --no-key. A setting may have a 'command' of its own.

      OUT receives sweep.csv (a line per run, as soon as it has ended), sweep.json, summary.md, summary.csv and \
      accuracy-macs.svg, and every run in runs/NAME/seed-N with what it said in runs/NAME/seed-N.log. Ctrl-C lets the runs \
      save. The same command goes on where the sweep stopped, and tries again what failed. The runs of a sweep that is \
      killed go on without it; until they end, their folder takes no other sweep.
      """)

  @Option(name: .customLong("config"), help: ArgumentHelp("What to run, in YAML.", valueName: "file"))
  var configurationFile: String
  @Option(help: "The folder of the sweep: new, empty, or that of an earlier one to go on with.")
  var out: String
  @Option(help: "Runs at a time.")
  var jobs = 1
  @Option(
    help: ArgumentHelp(
      "Threads of each run; results do not depend on it (default: what the file says, or else an equal share of the "
        + "cores)."))
  var threads: Int?
  @Flag(help: "Print the figures as JSON.")
  var json = false

  private static let maximumJobs = 1024

  func validate() throws {
    for (flag, path) in [("--config", configurationFile), ("--out", out)] where path.isEmpty {
      throw ValidationError("\(flag): expected a path, found nothing")
    }
    try checkCount(jobs, of: "--jobs", through: Self.maximumJobs)
    if let threads { try checkCount(threads, of: "--threads", through: TrainingConfiguration.maximumThreads) }
  }

  func run() throws {
    // Whoever reads the progress may stop reading; the sweep goes on.
    signal(SIGPIPE, SIG_IGN)
    guard let program = Bundle.main.executableURL else {
      throw ValidationError("expected to find this program's own file, found none; start it by its path")
    }
    let folder = SweepFolder(out)
    let runner = SweepRunner(
      try Sweep(file: configurationFile), program: program.path, folder: folder, jobs: jobs,
      threads: threads)
    let cancellation = Cancellation()
    let interruption = Interruption(
      cancellation, notice: "waiting until the runs have saved; once more to leave them to it")
    defer { interruption.end() }
    let summary = try runner.run(report: Self.show, shouldStop: { cancellation.isRequested })
    guard summary.runsLeft == 0 else {
      Console.notice("stopped with \(summary.runsLeft) runs left; the same command goes on")
      throw ExitCode(ExitStatus.interrupted.rawValue)
    }
    if json {
      try Console.result(summary.json)
    } else {
      try StandardStream.output.write(summary.markdown)
    }
    try tellFailures(summary, folder)
  }

  private static func show(_ event: SweepEvent) {
    // The answer to Ctrl-C has told it already.
    if case .stopping = event { return }
    Console.progress("\(event)\n")
  }

  /// Lists the runs that failed and ends the program with their status, or with a general one where they differ.
  private func tellFailures(_ summary: SweepSummary, _ folder: SweepFolder) throws {
    guard !summary.failures.isEmpty else { return }
    for row in summary.failures { Console.notice("failed: \(row); see \(folder.log(row.run))") }
    Console.notice("runs that failed: \(summary.failures.count); the same command tries them again")
    let statuses = Set(summary.failures.compactMap { $0.failure?.exitStatus })
    let common = statuses.count == 1 ? statuses.first.flatMap(ExitStatus.init(rawValue:)) : nil
    throw ExitCode(
      (common == .interrupted ? nil : common).map(\.rawValue) ?? ExitStatus.internalFault.rawValue)
  }
}
