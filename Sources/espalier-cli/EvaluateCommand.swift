import ArgumentParser
import Espalier

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measures a trained network on test images.")

  @OptionGroup var source: CheckpointOptions
  @Option(help: "The data set whose test images to take (default: the run's).")
  var data: String?
  @Option(help: "What to do about a folder's images that cannot be decoded: fail or skip.")
  var onBadImage = BadImagePolicy.fail
  @Option(help: "Images per step.")
  var batchSize = 128
  @Option(
    help: ArgumentHelp(
      "Write the logits of every image, [images, classes], and the labels to this safetensors file.",
      valueName: "file"))
  var logits: String?
  @OptionGroup var device: DeviceOptions
  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    try checkCount(batchSize, of: "--batch-size")
    // What does not exist is for reading it to say.
    guard data != nil || source.folder != nil || !source.exists else {
      throw ValidationError("--data is needed to evaluate a checkpoint's file")
    }
  }

  func run() throws {
    let checkpoint = try source.load()
    let images = try dataSource().load(
      split: .test, imageSize: checkpoint.network.input.height, onBadImage: onBadImage)
    var values: [Float] = []
    let evaluation = try checkpoint.evaluate(
      images, on: device.open(), batchSize: batchSize,
      onLogits: logits == nil ? nil : { values += $0 })
    if let logits {
      try SafeTensorsFile(tensors: [
        SafeTensor(name: "logits", shape: [images.count, checkpoint.network.classes], values: values),
        SafeTensor(name: "labels", shape: [images.count], values: images.labels),
      ]).write(to: logits)
    }
    if json {
      try Console.result(evaluation.json)
    } else {
      try Console.result(
        "top-1 \(evaluation.top1)  top-5 \(evaluation.top5)  loss \(Float(evaluation.loss))  "
          + "\(Int(evaluation.imagesPerSecond)) images/s")
    }
  }

  private func dataSource() throws -> DataSource {
    if let data { return try DataSource(parsing: data) }
    return try (source.folder ?? RunFolder(source.source)).savedConfiguration().data
  }
}
