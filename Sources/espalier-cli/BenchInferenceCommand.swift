import ArgumentParser
import Espalier

struct BenchInferenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inference", abstract: "Times the classification of a batch of random images.")

  @OptionGroup var options: BenchModelOptions
  @OptionGroup var device: DeviceOptions
  @Flag(help: "Print the figures as JSON.")
  var json = false

  func run() throws {
    let figures = try InferenceBenchmark.run(
      network: try options.network(), device: try device.open(), batchSize: options.batchSize,
      steps: options.steps)
    try figures.show(json: json, step: "median batch", operations: "2 · MACs · images/s")
  }
}
