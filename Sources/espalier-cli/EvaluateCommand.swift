import ArgumentParser
import Espalier

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measures a trained network on test images.")

  @OptionGroup var source: CheckpointOptions
  @Option(help: "The data set whose test images to take (default: the run's).")
  var data: String?
  @Option(
    help:
      "What to do about a folder's images that cannot be decoded: fail or skip (default: the run's, or fail)."
  )
  var onBadImage: BadImagePolicy?
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
    let saved = try savedConfiguration()
    let images = try images(for: checkpoint.network, of: saved)
    if let notice = images.skippedImages.notice { Console.notice(notice) }
    var values: [Float] = []
    let evaluation = try checkpoint.evaluate(
      images, on: device.open(precision: saved?.precision ?? .float32), batchSize: batchSize,
      onLogits: logits == nil ? nil : { values += $0 })
    if let logits {
      try SafeTensorsFile(tensors: [
        SafeTensor(name: "logits", shape: [images.count, checkpoint.network.classes], values: values),
        SafeTensor(name: "labels", shape: [images.count], values: images.labels),
      ]).write(to: logits)
    }
    if !evaluation.loss.isFinite {
      Console.notice("the loss is not a number: a weight or a statistic of \(source.source) is none")
    }
    if json {
      try Console.result(evaluation.json)
    } else {
      try Console.result(
        "top-1 \(evaluation.top1)  top-5 \(evaluation.top5)  loss \(Float(evaluation.loss))  "
          + "\(Int(evaluation.imagesPerSecond)) images/s")
    }
  }

  /// The run's; with --data a run without will do.
  private func savedConfiguration() throws -> TrainingConfiguration? {
    data == nil ? try source.folder?.savedConfiguration() : try? source.folder?.savedConfiguration()
  }

  private func images(for network: Network, of saved: TrainingConfiguration?) throws -> ImageDataset {
    let dataSource = try data.map(DataSource.init(parsing:)) ?? saved?.data ?? .sample
    return try dataSource.load(
      split: .test, imageSize: network.input.height, onBadImage: onBadImage ?? saved?.onBadImage ?? .fail)
  }
}
