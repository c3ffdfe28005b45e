import ArgumentParser
import Espalier
import Foundation

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures speed.", subcommands: [TrainingStepBenchCommand.self])
}

struct TrainingStepBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-step", abstract: "Times a training step on random images.")

  @Option(help: "A model, such as resnet20 or resnet56:shortcut=b, or a file that holds one.")
  var model = "resnet20"
  @Option(help: "Channels, height and width of an image, such as 3x32x32.")
  var input = "3x32x32"
  @Option(help: "Classes to tell apart.")
  var classes = 10
  @Option(help: "Images per step.")
  var batchSize = 128
  @Option(help: "Timed steps, whose median counts.")
  var steps = 8
  @OptionGroup var device: DeviceOptions
  @Flag(help: "Print the figures as JSON.")
  var json = false

  func run() throws {
    let shape = try ImageShape(parsing: input, of: "--input")
    for (flag, count) in [("--batch-size", batchSize), ("--steps", steps), ("--classes", classes)] {
      try checkCount(count, of: flag)
    }
    let figures = try TrainingStepBenchmark.run(
      network: try ModelReference(model).network(input: shape, classes: classes), device: try device.open(),
      batchSize: batchSize, steps: steps)
    if json {
      try Console.result([
        "medianMilliseconds": .number(figures.medianMilliseconds),
        "imagesPerSecond": .number(figures.imagesPerSecond), "gflops": .number(figures.gflops),
        "steps": .integer(figures.steps), "peakMemoryBytes": .integer(figures.peakMemoryBytes),
      ])
    } else {
      let rows = [
        ["median step", "\(figures.medianMilliseconds.formatted(decimals: 1)) ms"],
        ["images per second", figures.imagesPerSecond.formatted(decimals: 1)],
        ["2 · MACs · 3 · images/s", "\(figures.gflops.formatted(decimals: 1)) GFLOP/s"],
        ["peak memory", "\(figures.peakMemoryBytes >> 20) MiB"],
      ]
      try Console.result(TextTable(header: [model, "batch \(batchSize)"], rows: rows).text)
    }
  }
}

extension Double {
  fileprivate func formatted(decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}
