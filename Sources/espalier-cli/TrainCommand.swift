import ArgumentParser
import Espalier

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a network and keeps its run in a folder.",
    discussion: """
      RUN receives config.yaml, metrics.csv, metrics.jsonl, result.json and checkpoints/. Ctrl-C saves the training, and \
      --resume goes on with it as if it had never stopped.
      """)

  @OptionGroup(title: "What to train and how") var training: TrainingOptions
  @OptionGroup var options: RunOptions

  func run() throws { try options.train(training.assignments, as: .train) }
}
