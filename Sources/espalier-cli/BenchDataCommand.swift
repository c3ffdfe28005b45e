import ArgumentParser
import Espalier

struct BenchDataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Times the preparation of training batches, without a device.")

  @Option(help: "sample, mnist=DIR, fashion-mnist=DIR, cifar10=DIR, cifar100=DIR or folder=DIR.")
  var data = "sample"
  @Option(help: "none, crop-flip, resized-crop-flip or resized-crop-flip-jitter.")
  var augment = "crop-flip"
  @Option(help: "Rows and columns to resize images to (default: 224 for a folder's, else their own).")
  var imageSize: Int?
  @Option(help: "Images per batch.")
  var batchSize = 128
  @Option(help: "Timed batches, from as many epochs as they need.")
  var batches = 100
  @Option(help: "Threads that prepare images (default: one per core to decode or resize them, else 1).")
  var workers: Int?
  @Flag(help: "Print the figures as JSON.")
  var json = false

  func validate() throws {
    for (flag, count) in [("--batch-size", batchSize), ("--batches", batches)] {
      try checkCount(count, of: flag)
    }
    if let imageSize {
      try checkCount(imageSize, of: "--image-size", through: DataSource.largestImageSize)
    }
    if let workers { try checkCount(workers, of: "--workers", through: TrainingConfiguration.maximumThreads) }
  }

  func run() throws {
    let augmentation = try Augmentation(parsing: augment)
    let source = try DataSource(parsing: data)
    let figures = try DataBenchmark(
      source.load(split: .train, imageSize: imageSize), normalization: source.normalization,
      augmentation: augmentation, batchSize: batchSize, batches: batches, workers: workers)
    if json { return try Console.result(figures.json) }
    let rows = [
      ["batches per second", figures.batchesPerSecond.formatted(decimals: 1)],
      ["images per second", figures.imagesPerSecond.formatted(decimals: 1)],
    ]
    try Console.result(
      TextTable(header: [source.name, "batch \(batchSize), \(augmentation)"], rows: rows).text)
  }
}
