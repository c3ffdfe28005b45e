import ArgumentParser
import Espalier
import Foundation

/// Where a training's run lies, and the training itself: what the commands that train have in common.
struct RunOptions: ParsableArguments {
  @OptionGroup var tuning: TuningOptions
  @OptionGroup var memory: MemoryOptions

  @Option(help: ArgumentHelp("The folder of the run: new, or empty.", valueName: "run"))
  var out: String
  @Flag(help: "Go on with the run in that folder.")
  var resume = false
  @Option(name: .customLong("config"), help: "A YAML file of the flags above, such as 'lr: 0.05'; flags win.")
  var configurationFile: String?
  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    if out.isEmpty { throw ValidationError("--out: expected the path of a folder, found nothing") }
  }

  var resources: TrainingResources {
    TrainingResources(memoryLimitBytes: memory.memoryLimit, tunings: tuning.store)
  }

  /// Trains as the flags say, shows the progress and prints the result.
  ///
  /// - Parameter finish: What else to do with the run before the result is printed.
  func train(
    _ assignments: [ConfigurationAssignment], as command: TrainingCommand,
    finish: (RunFolder) throws -> Void = { _ in }
  ) throws {
    // Whoever reads the progress may stop reading; the training goes on.
    signal(SIGPIPE, SIG_IGN)
    let run = try TrainingRun(
      folder: RunFolder(out), resume: resume, file: configurationFile, assignments: assignments,
      command: command)
    let trainer = try run.makeTrainer(resources, notify: Console.notice)
    Console.notice(Self.summary(trainer))
    let report = ConsoleReport(columns: Console.terminalColumns, write: Console.progress)
    trainer.observer = report
    let interruption = Interruption(trainer.cancellation)
    defer { interruption.end() }
    do {
      defer { report.clear() }
      let result = try trainer.train()
      try finish(run.folder)
      try show(result)
    } catch let error as TrainingError {
      guard case .interrupted = error else { throw error }
      Console.notice(
        "\(error); go on with:\n  espalier \(command.rawValue) --out \(Self.quoted(out)) --resume")
      throw ExitCode(ExitStatus.interrupted.rawValue)
    }
  }

  private func show(_ result: TrainingResult) throws {
    if json {
      try Console.result(result.json)
    } else {
      try Console.result(
        "top-1 \(result.test.top1)  top-5 \(result.test.top5)  loss \(Float(result.test.loss))"
          + (result.pruning.map { "  \($0)" } ?? result.conflicts.map { "  \($0)" } ?? ""))
      Console.notice("the run is in \(out); espalier eval \(Self.quoted(out)) measures it again")
    }
  }

  private static func summary(_ trainer: Trainer) -> String {
    let configuration = trainer.configuration
    let held = trainer.data.validation.map { ", \($0.count) validation" } ?? ""
    return
      "\(trainer.configuration.command.activity) \(trainer.network.name) on \(configuration.data): \(trainer.data.training.count) training\(held), "
      + "\(trainer.data.test.count) test images of \(trainer.data.input); epochs: \(trainer.totalEpochs)"
  }

  /// `text` as a word for a shell.
  private static func quoted(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || "0123456789/._-+=:,@%".unicodeScalars.contains(scalar))
    }
    return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}

extension TrainingCommand {
  fileprivate var activity: String {
    switch self {
    case .train: "training"
    case .prune: "pruning"
    case .removeConflicts: "removing conflicts from"
    }
  }
}
