import ArgumentParser
import Espalier

/// The model and the batches that a benchmark runs.
struct BenchModelOptions: ParsableArguments {
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

  func validate() throws {
    for (flag, count) in [("--batch-size", batchSize), ("--steps", steps), ("--classes", classes)] {
      try checkCount(count, of: flag)
    }
    _ = try ImageShape(parsing: input, of: "--input")
  }

  func network() throws -> Network {
    try ModelReference(model).network(input: ImageShape(parsing: input, of: "--input"), classes: classes)
  }
}
