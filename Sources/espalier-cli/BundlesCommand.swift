import ArgumentParser
import Espalier
import Foundation

struct BundlesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundles", abstract: "Shows where a network can no longer tell images apart.",
    discussion: """
      Images whose activations at a layer do not differ, as far as an update of the weights can tell, form a \
      bundle there. A bundle of several classes cannot be learned from that layer on: its entropy H, in nats, is \
      above 0, and no reader of the layer is right on more images than the ceiling says. After Peer, Stabinger and \
      Rodriguez-Sanchez, arXiv 2011.02956 and 2103.04331; docs/bundles.md says what is theirs and what is ours.
      """)

  @OptionGroup var source: CheckpointOptions
  @Option(help: "The data set whose training images to take (default: the run's).")
  var data: String?
  @Option(help: "Images to measure on, always the same.")
  var samples = 512
  @Option(
    help:
      "How activations are compared: exact, reference[:wacv2021|:22556fc|:37ea297|:master][:fp16|:bf16|:fp64], per-weight[:median] or tolerance:WIDTH."
  )
  var resolution = BundleMeasurement().resolution
  @Option(help: "Which values to measure: layers, blocks, branches, or auto for blocks where there are some.")
  var values = MeasuredValues.auto
  @Flag(help: "Take batch norm's statistics of each batch, as training does.")
  var batchStatistics = false
  @Option(
    help: "The learning rate of the updates that are to tell images apart (default: the run's, or 0.1).")
  var lr: Double?
  @Option(help: "The batch size of these updates (default: the run's, or 128).")
  var updateBatchSize: Int?
  @Option(help: ArgumentHelp("Draw H by layer.", valueName: "file"))
  var svg: String?
  @Option(help: "Images per step.")
  var batchSize = 128
  @OptionGroup var device: DeviceOptions
  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    try checkCount(samples, of: "--samples")
    try checkCount(batchSize, of: "--batch-size")
    if let updateBatchSize { try checkCount(updateBatchSize, of: "--update-batch-size") }
    if let lr, !(lr > 0 && lr.isFinite) {
      throw ValidationError("--lr: expected a number above 0, found \(lr)")
    }
    guard data != nil || source.folder != nil || !source.exists else {
      throw ValidationError("--data is needed to measure a checkpoint's file")
    }
  }

  func run() throws {
    let checkpoint = try source.load()
    let saved =
      try data == nil ? source.folder?.savedConfiguration() : try? source.folder?.savedConfiguration()
    var measurement = BundleMeasurement()
    measurement.samples = samples
    measurement.resolution = resolution
    measurement.values = values
    measurement.usesBatchStatistics = batchStatistics
    measurement.learningRate = lr ?? saved.map { Double($0.learningRate) } ?? measurement.learningRate
    measurement.trainingBatchSize = updateBatchSize ?? saved?.batchSize ?? measurement.trainingBatchSize
    let report = try checkpoint.bundles(
      of: images(for: checkpoint.network, of: saved), measurement,
      on: device.open(precision: saved?.precision ?? .float32), batchSize: batchSize)
    if let svg { try AtomicFile.write(Data(report.picture.utf8), to: svg) }
    if json { try Console.result(report.json) } else { try Console.result(table(report)) }
  }

  private func images(for network: Network, of saved: TrainingConfiguration?) throws -> ImageDataset {
    let dataSource = try data.map(DataSource.init(parsing:)) ?? saved?.data ?? .sample
    return try dataSource.load(
      split: .train, imageSize: network.input.height, onBadImage: saved?.onBadImage ?? .fail)
  }

  private func table(_ report: BundleReport) -> String {
    func text(_ value: Double?, _ format: String) -> String {
      value.map { String(format: format, $0) } ?? "–"
    }
    return TextTable(
      header: ["value", "H", "H above the images'", "bundles", "ceiling", "status"],
      rows: ([report.input] + report.layers).map { layer in
        [
          layer.name, text(layer.entropy, "%.5f"), text(layer.entropyAboveInput, "%.5f"),
          layer.bundles.map { "\($0) of \(layer.samples)" } ?? "–",
          text(layer.accuracyCeiling.map { 100 * $0 }, "%.2f %%"), layer.status.rawValue,
        ]
      }
    ).text
  }
}

extension MeasuredValues: ExpressibleByArgument {}

extension BundleMeasurement.Resolution: ExpressibleByArgument {
  public init?(argument: String) { self.init(parsing: argument) }
  public var defaultValueDescription: String { description }
}
