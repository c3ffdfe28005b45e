import ArgumentParser
import Espalier
import Foundation

/// The flags of commands that measure a trained network on images: whose weights, which images, which device.
struct MeasuredRun: ParsableArguments {
  @OptionGroup var source: CheckpointOptions
  @Option(help: "The data set to take images of (default: the run's).")
  var data: String?
  @Option(
    help:
      "What to do about a folder's images that cannot be decoded: fail or skip (default: the run's, or fail)."
  )
  var onBadImage: BadImagePolicy?
  @Option(help: "Images per step.")
  var batchSize = 128
  @OptionGroup var device: DeviceOptions

  func validate() throws {
    try checkCount(batchSize, of: "--batch-size")
    // What does not exist is for reading it to say.
    guard data != nil || source.folder != nil || !source.exists else {
      throw ValidationError("--data is needed to measure a checkpoint's file")
    }
  }

  /// The run's; with --data a run without will do.
  func savedConfiguration() throws -> TrainingConfiguration? {
    data == nil ? try source.folder?.savedConfiguration() : try? source.folder?.savedConfiguration()
  }

  func testImages(for network: Network, of saved: TrainingConfiguration?) throws -> ImageDataset {
    try load(.test, network, saved)
  }

  /// What the run learnt from; with --data the training images of that.
  func trainingImages(for network: Network, of saved: TrainingConfiguration?) throws -> ImageDataset {
    let images = try load(.train, network, saved)
    guard data == nil, let saved else { return images }
    return try images.trainingParts(
      limit: saved.trainLimit, validationFraction: Double(saved.validationFraction)
    ).training
  }

  private func load(
    _ split: Split, _ network: Network, _ saved: TrainingConfiguration?
  ) throws -> ImageDataset {
    let dataSource = try data.map(DataSource.init(parsing:)) ?? saved?.data ?? .sample
    let (height, width) = (network.input.height, network.input.width)
    let images = try dataSource.load(
      split: split, imageSize: height == width ? height : nil,
      onBadImage: onBadImage ?? saved?.onBadImage ?? .fail)
    if let notice = images.skippedImages.notice { Console.notice(notice) }
    return images
  }
}

/// The flags that say how bundles are looked for.
struct BundleOptions: ParsableArguments {
  @Option(help: "Training images to look for bundles on, always the same.")
  var samples = 512
  @Option(
    help: ArgumentHelp(
      "How activations are compared: exact, reference[:wacv2021|:22556fc|:37ea297|:master][:fp16|:bf16|:fp64], "
        + "per-weight[:median], tolerance:WIDTH, or relative-tolerance:SHARE of a layer's root mean square."))
  var resolution = BundleMeasurement.Probe().resolution
  @Flag(help: "Take batch norm's statistics of each batch, as training does.")
  var batchStatistics = false
  @Option(
    help: "The learning rate of the updates that are to tell images apart (default: the run's, or 0.1).")
  var lr: Double?
  @Option(help: "The batch size of these updates (default: the run's, or 128).")
  var updateBatchSize: Int?

  func validate() throws {
    try checkCount(samples, of: "--samples")
    if let updateBatchSize { try checkCount(updateBatchSize, of: "--update-batch-size") }
    if let lr, !(lr > 0 && lr.isFinite) {
      throw ValidationError("--lr: expected a number above 0, found \(lr)")
    }
  }

  func measurement(of values: MeasuredValues, saved: TrainingConfiguration?) -> BundleMeasurement {
    let plain = BundleMeasurement()
    return BundleMeasurement(
      .init(
        samples: samples, resolution: resolution, values: values, usesBatchStatistics: batchStatistics),
      learningRate: lr ?? saved.map { Double($0.learningRate) } ?? plain.learningRate,
      trainingBatchSize: updateBatchSize ?? saved?.batchSize ?? plain.trainingBatchSize)
  }
}

/// Throws unless there is a folder for a file that is to be written in the end.
func checkFolder(of file: String?, flag: String) throws {
  guard let file else { return }
  let folder = (file as NSString).deletingLastPathComponent
  var isFolder: ObjCBool = false
  let path = folder.isEmpty ? "." : folder
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
    throw ValidationError("\(flag): there is no folder \(path); make it first")
  }
}

extension MeasuredValues: ExpressibleByArgument {}

extension BundleMeasurement.Resolution: ExpressibleByArgument {
  public init?(argument: String) { self.init(parsing: argument) }
  public var defaultValueDescription: String { description }
}
