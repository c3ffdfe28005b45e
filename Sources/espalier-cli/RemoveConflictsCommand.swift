import ArgumentParser
import Espalier

struct RemoveConflictsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove-conflicts",
    abstract: "Trains a network, and begins anew without the blocks that cannot tell classes apart.",
    discussion: """
      Bundles are measured before the first step and after the first epochs (see `bundles`). Where a block mixes classes, \
      blocks go as the rule says, and the training begins anew without them, until none conflicts. After Peer, \
      Stabinger and Rodriguez-Sanchez, arXiv 2103.04331, whose code judges a training before each of its first 10 epochs; \
      docs/bundles.md says what is theirs and what is ours.

      Beside what `train` writes, RUN receives model.safetensors (the network that is left), conflicts.csv, \
      conflicts.json and conflicts.svg. Ctrl-C saves, --resume goes on as if it had never stopped.
      """)

  @OptionGroup(title: "What to remove") var removal: ConflictRemovalOptions
  @OptionGroup(title: "What to train and how") var training: TrainingOptions
  @OptionGroup var options: RunOptions

  func run() throws {
    try options.train(training.assignments + removal.assignments, as: .removeConflicts)
  }
}

/// The keys of a removal's configuration as flags.
struct ConflictRemovalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Which blocks go: all that conflict, first-type-all, first-in-type-and-rest, earliest-only or bisect, which looks "
        + "for the most that can stay (default: all)."))
  var rule: String?
  @Option(help: "What is left begins cold, with new weights, or warm, with those it has (default: cold).")
  var restart: String?
  @Option(help: "Epochs before which blocks are judged (default: 10).")
  var checkEpochs: String?
  @Option(
    help: ArgumentHelp(
      "structural keeps blocks that change the size of maps and one of each size; none lets all go (default: structural)."
    ))
  var protection: String?
  @Option(help: "Restarts at most (default: 10).")
  var maxRestarts: String?
  @Option(
    help: ArgumentHelp(
      "The H - H0 above which a block conflicts, in nats (default: that of one mixed pair of images)."))
  var conflictThreshold: String?
  @Flag(
    inversion: .prefixedNo,
    help: "Keep blocks whose removal would raise the multiply-accumulates (default: yes).")
  var macGuard: Bool?

  /// What the command line sets.
  var assignments: [ConfigurationAssignment] {
    let values: KeyValuePairs = [
      "rule": rule, "restart": restart, "check-epochs": checkEpochs, "protection": protection,
      "max-restarts": maxRestarts, "conflict-threshold": conflictThreshold,
      "mac-guard": macGuard.map { "\($0)" },
    ]
    return values.assignments
  }
}
