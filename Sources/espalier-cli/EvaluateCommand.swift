import ArgumentParser
import Espalier

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measures a trained network on test images.")

  @OptionGroup var measured: MeasuredRun
  @Option(
    help: ArgumentHelp(
      "Write the logits of every image, [images, classes], and the labels to this safetensors file.",
      valueName: "file"))
  var logits: String?
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let checkpoint = try measured.source.load()
    let saved = try measured.savedConfiguration()
    let images = try measured.testImages(for: checkpoint.network, of: saved)
    var values: [Float] = []
    let evaluation = try checkpoint.evaluate(
      images, on: measured.device.open(precision: saved?.precision ?? .float32),
      batchSize: measured.batchSize,
      onLogits: logits == nil ? nil : { values += $0 })
    if let logits {
      try SafeTensorsFile(tensors: [
        SafeTensor(name: "logits", shape: [images.count, checkpoint.network.classes], values: values),
        SafeTensor(name: "labels", shape: [images.count], values: images.labels),
      ]).write(to: logits)
    }
    if !evaluation.loss.isFinite {
      Console.notice("the loss is not a number: a weight or a statistic of \(measured.source.source) is none")
    }
    if json {
      try Console.result(evaluation.json)
    } else {
      try Console.result(
        "top-1 \(evaluation.top1)  top-5 \(evaluation.top5)  loss \(Float(evaluation.loss))  "
          + "\(Int(evaluation.imagesPerSecond)) images/s")
    }
  }
}
