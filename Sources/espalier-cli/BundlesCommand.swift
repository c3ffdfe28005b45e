import ArgumentParser
import Espalier
import Foundation

struct BundlesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundles", abstract: "Shows where a network can no longer tell images apart.",
    discussion: """
      Images whose activations at a layer do not differ, as far as an update of the weights can tell, form a \
      bundle there. What reads the layer alone cannot tell the classes of a bundle apart: its loss is at least the \
      bundles' entropy H, in nats, and it is right on at most the share of images that the ceiling says. After Peer, \
      Stabinger and Rodriguez-Sanchez, arXiv 2011.02956 and 2103.04331; docs/bundles.md says what is theirs and what \
      is ours.
      """)

  @OptionGroup var measured: MeasuredRun
  @Option(
    help:
      "Which values to measure: layers, blocks, branches, scaled-branches, or auto for blocks where there are some."
  )
  var values = MeasuredValues.auto
  @OptionGroup var bundles: BundleOptions
  @Flag(
    help: "Measure layerwise batch entropy too (arXiv 2208.01134), by a pass that reads every layer's values."
  )
  var batchEntropy = false
  @Option(help: "Sets of training images, of --samples each, that decide which layers conflict.")
  var draws = 1
  @Option(help: "In how many of them a layer has to conflict (default: more than half).")
  var required: Int?
  @Option(help: ArgumentHelp("Draw H by layer.", valueName: "file"))
  var svg: String?
  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    try checkCount(draws, of: "--draws")
    if let required { try checkCount(required, of: "--required", through: draws) }
    try checkFolder(of: svg, flag: "--svg")
  }

  func run() throws {
    let checkpoint = try measured.source.load()
    let saved = try measured.savedConfiguration()
    let images = try measured.trainingImages(for: checkpoint.network, of: saved)
    var measurement = bundles.measurement(of: values, saved: saved)
    measurement.estimatesConfidence = true
    measurement.measuresBatchEntropy = batchEntropy
    let found = try checkpoint.bundles(
      of: images, measurement, judgedBy: ConflictRule(required: required ?? draws / 2 + 1, draws: draws),
      on: measured.device.open(precision: saved?.precision ?? .float32), batchSize: measured.batchSize)
    if json { try Console.result(found.json) } else { try Console.result(text(found)) }
    if let svg { try AtomicFile.write(Data(found.reports[0].picture.utf8), to: svg) }
  }

  private func text(_ found: BundleDraws) -> String {
    let report = found.reports[0]
    let verdicts = [""] + found.verdicts.map { $0 == .notConflicting ? "no" : $0.rawValue }
    var header = [
      "value", "H", "H above the images'", "95 % interval", "bundles", "ceiling", "status", "conflict",
      "labels",
    ]
    if batchEntropy { header.append("batch entropy") }
    let rows = zip([report.input] + report.layers, verdicts).map { layer, verdict in
      var row = [
        layer.name, number(layer.entropy), number(layer.entropyAboveInput),
        layer.confidence.map { "\(number($0.lower)) … \(number($0.upper))" } ?? "–",
        layer.bundles.map { "\($0) of \(layer.samples)" } ?? "–",
        number(layer.accuracyCeiling.map { 100 * $0 }, "%.2f %%"), layer.status.rawValue, verdict,
        layer.permutation?.finding?.rawValue ?? "",
      ]
      if batchEntropy { row.append(number(layer.batchEntropy)) }
      return row
    }
    let smallest = number(ConflictRule.smallestEntropy(samples: report.samples), "%.5f")
    return TextTable(header: header, rows: rows).text
      + "\none mixed pair of \(report.samples) images has an H of \(smallest); a layer conflicts above that in "
      + "\(found.rule.required) of \(found.rule.draws) draws"
  }

  private func number(_ value: Double?, _ format: String = "%.5f") -> String {
    value.map { String(format: format, $0) } ?? "–"
  }
}
