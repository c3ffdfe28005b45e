import ArgumentParser
import Espalier
import Foundation

struct ProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", abstract: "Shows how much each layer of a trained network contributes.",
    discussion: """
      For every convolution, linear layer and sum: its saturation, the share of its channels' dimensions that hold \
      --delta of the variance of the test images' values; and the test accuracy of two linear probes of its values, \
      which learn from training images: logistic regression by gradient descent, and ridge regression in closed form. \
      A layer is productive if its probe is right more often than that of any layer before. After Richter et al., \
      arXiv 2106.12307, 2006.08679 and 2102.01582. A layer's own value is probed, before batch norm, activation and \
      addition: one that a shortcut leads past may dip while the sum behind it does not. Ridge regression takes fewer \
      cells of feature maps where there would be more than 2048 features, and no vectors of more than 4096.
      """)

  @OptionGroup var measured: MeasuredRun
  @Option(help: "Training images that probes learn from (default: 4000, or all).")
  var trainImages: Int?
  @Option(help: "Test images to measure on (default: all, at most 10000).")
  var testImages: Int?
  @Option(help: "Average feature maps to so many cells in each direction for the probes.")
  var pool = 4
  @Option(help: "The share of the variance that saturation counts dimensions of.")
  var delta = 0.99
  @Flag(help: "Count dimensions as the code of Delve does, mostly one less.")
  var delve = false
  @Option(help: "Rows of the covariance: positions, or the mean over them.")
  var rows = CovarianceAccumulator.Rows.positions
  @Option(help: "Times that gradient descent sees the training images.")
  var probeEpochs = 10
  @Option(help: "Learning rate of gradient descent, for features of length 1 on average.")
  var probeLr = 4.0
  @Option(
    help: ArgumentHelp(
      "The penalty of ridge regression, over the mean of the diagonal that it is added to.",
      valueName: "lambda"))
  var ridge = 1e-3
  @Option(help: "How much more accurate than all layers before a productive one has to be, as a share.")
  var tolerance = 0.0
  @Option(help: "Decides on the order of images in gradient descent.")
  var seed: UInt64 = 1
  @Option(help: ArgumentHelp("Write a row for every layer.", valueName: "file"))
  var csv: String?
  @Option(help: ArgumentHelp("Draw saturation and accuracy by layer.", valueName: "file"))
  var svg: String?
  @Option(
    help: ArgumentHelp(
      "Write every layer's values of the test images, and what the probes learnt from, as safetensors. Large.",
      valueName: "folder"))
  var dumpActivations: String?
  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    for (count, flag) in [(trainImages, "--train-images"), (testImages, "--test-images")] {
      if let count { try checkCount(count, of: flag) }
    }
    do {
      _ = try probes()
    } catch let error as ProbeError {
      throw ValidationError("\(error)")
    }
    try checkCount(pool, of: "--pool", through: 64)
    guard tolerance >= 0, tolerance.isFinite else {
      throw ValidationError("--tolerance: expected a number from 0, found \(tolerance)")
    }
    try checkFolder(of: csv, flag: "--csv")
    try checkFolder(of: svg, flag: "--svg")
  }

  func run() throws {
    let checkpoint = try measured.source.load()
    let saved = try measured.savedConfiguration()
    let training = try measured.trainingImages(for: checkpoint.network, of: saved)
    let test = try measured.testImages(for: checkpoint.network, of: saved)
    let study = try ProbeStudy(
      checkpoint, training: training.limited(to: min(trainImages ?? 4000, training.count)),
      test: test.limited(to: min(testImages ?? 10_000, test.count)),
      on: measured.device.open(precision: saved?.precision ?? .float32), batchSize: measured.batchSize,
      threads: measured.device.threads)
    let begin = Date()
    var lastLine = begin
    let report = try study.measure(
      probes(), fields: fields(of: checkpoint.network),
      dump: dumpActivations.map { try ActivationDump(folder: $0) }
    ) { text in
      guard Date().timeIntervalSince(lastLine) > 10 else { return }
      lastLine = Date()
      Console.notice("\(text), \(Int(lastLine.timeIntervalSince(begin))) s")
    }
    if json { try Console.result(report.json) } else { try Console.result(table(report)) }
    if let csv { try AtomicFile.write(Data(report.csv.utf8), to: csv) }
    if let svg { try AtomicFile.write(Data(report.picture.utf8), to: svg) }
  }

  private func probes() throws -> ProbeConfiguration {
    ProbeConfiguration(
      saturation: try Saturation.Rule(delta: delta, isDelveCompatible: delve), rows: rows, pool: pool,
      softmax: try SoftmaxRegression(epochs: probeEpochs, learningRate: probeLr, seed: seed),
      ridge: try RidgeRegression(strength: ridge), tolerance: tolerance)
  }

  /// Probes need no receptive fields.
  private func fields(of network: Network) -> FieldAnalysis? {
    do {
      return try FieldAnalysis(network)
    } catch {
      Console.notice("without receptive fields: \(error)")
      return nil
    }
  }

  private func table(_ report: ProbeReport) -> String {
    let rows = report.layers.map { row in
      [
        row.layer.name, row.layer.kind.rawValue, "\(row.layer.channels)",
        row.saturation.dimension.map(String.init) ?? "–", percent(row.saturation.value),
        row.saturation.status == .measured ? "" : row.saturation.status.rawValue,
        percent(row.trainAccuracy), percent(row.testAccuracy), percent(row.ridgeTestAccuracy),
        row.isProductive ? "yes" : "no", row.verdict?.rawValue ?? "",
        row.ridgeFeatures == row.features ? "" : "ridge: \(row.ridgeFeatures) of \(row.features) features",
      ]
    }
    return TextTable(
      header: [
        "layer", "kind", "channels", "dimension", "saturation", "status", "probe, training", "probe", "ridge",
        "productive", "fields", "",
      ], rows: rows
    ).text
      + "\nthe network itself is right on \(percent(report.networkAccuracy)) of \(report.samples) test images; "
      + "probes learnt from \(report.trainingSamples)" + tail(report)
  }

  /// Whether probes and receptive fields agree on what lies behind the border.
  private func tail(_ report: ProbeReport) -> String {
    guard let border = report.border else { return "\nreceptive fields name no border" }
    guard let gain = report.tailGain else { return "" }
    let points = String(format: "%+.2f", 100 * gain)
    return "\nbehind the border, \(border), the best probe gains \(points) points: training "
      + (gain <= report.tolerance
        ? "agrees that nothing is added there" : "does not agree that nothing is added there")
  }

  private func percent(_ share: Double?) -> String {
    share.map { String(format: "%.2f %%", 100 * $0) } ?? "–"
  }
}

extension CovarianceAccumulator.Rows: ExpressibleByArgument {}
