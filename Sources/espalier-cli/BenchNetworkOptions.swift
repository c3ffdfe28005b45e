import ArgumentParser
import Espalier

/// The model that a benchmark runs, and on how many images at once.
struct BenchNetworkOptions: ParsableArguments {
  @Option(help: "A model, such as resnet20 or resnet56:shortcut=b, or a file that holds one.")
  var model = "resnet20"
  @Option(help: "Channels, height and width of an image (default: 3x32x32; a file has its own).")
  var input: String?
  @Option(help: "Classes to tell apart (default: 10; a file has its own).")
  var classes: Int?
  @Option(help: "Images per step.")
  var batchSize = 128

  func validate() throws {
    for (flag, count) in [("--batch-size", batchSize), ("--classes", classes ?? 1)] {
      try checkCount(count, of: flag)
    }
    _ = try imageShape()
    if case .file = ModelReference(model), input != nil || classes != nil {
      throw ValidationError("--input and --classes go with a model of the zoo; '\(model)' has its own")
    }
  }

  func network() throws -> Network {
    try ModelReference(model).network(input: imageShape(), classes: classes ?? 10)
  }

  private func imageShape() throws -> ImageShape {
    try ImageShape(parsing: input ?? "3x32x32", of: "--input")
  }
}
