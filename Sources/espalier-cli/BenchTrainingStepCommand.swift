import ArgumentParser
import Espalier

struct BenchTrainingStepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-step", abstract: "Times a training step on random images.")

  @OptionGroup var options: BenchModelOptions
  @OptionGroup var device: DeviceOptions
  @Flag(help: "Print the figures as JSON.")
  var json = false

  func run() throws {
    let figures = try TrainingStepBenchmark.run(
      network: try options.network(), device: try device.open(), batchSize: options.batchSize,
      steps: options.steps)
    try figures.show(json: json, step: "median step", operations: "2 · MACs · 3 · images/s")
  }
}
