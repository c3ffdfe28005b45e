import ArgumentParser
import Espalier
import Foundation

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measures a trained network on test images.")

  @Argument(help: ArgumentHelp("The folder of a run, or a checkpoint's file.", valueName: "run|file"))
  var source: String
  @Option(help: "The data set whose test images to take (default: the run's).")
  var data: String?
  @Option(help: "Which checkpoint of a run: last or best.")
  var checkpoint = RunFolder.CheckpointKind.last
  @Option(help: "Images per step.")
  var batchSize = 128
  @OptionGroup var device: DeviceOptions
  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    try checkCount(batchSize, of: "--batch-size")
    // What does not exist is for reading it to say.
    guard data != nil || isFolder || !FileManager.default.fileExists(atPath: source) else {
      throw ValidationError("--data is needed to evaluate a checkpoint's file")
    }
  }

  func run() throws {
    let folder = isFolder ? RunFolder(source) : nil
    let checkpoint = try Checkpoint(path: folder?.checkpoint(checkpoint) ?? source)
    let images = try dataSource(folder).load(split: .test)
    let evaluation = try checkpoint.evaluate(images, on: device.open(), batchSize: batchSize)
    if json {
      try Console.result(evaluation.json)
    } else {
      try Console.result(
        "top-1 \(evaluation.top1)  top-5 \(evaluation.top5)  loss \(Float(evaluation.loss))  "
          + "\(Int(evaluation.imagesPerSecond)) images/s")
    }
  }

  private var isFolder: Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: source, isDirectory: &isFolder) && isFolder.boolValue
  }

  private func dataSource(_ folder: RunFolder?) throws -> DataSource {
    if let data { return try DataSource(parsing: data) }
    return try (folder ?? RunFolder(source)).savedConfiguration().data
  }
}

extension RunFolder.CheckpointKind: ExpressibleByArgument {}
