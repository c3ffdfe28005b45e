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
  @Option(help: "Which values to measure: layers, blocks, branches, or auto for blocks where there are some.")
  var values = MeasuredValues.auto
  @OptionGroup var bundles: BundleOptions
  @Option(help: ArgumentHelp("Draw H by layer.", valueName: "file"))
  var svg: String?
  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws { try checkFolder(of: svg, flag: "--svg") }

  func run() throws {
    let checkpoint = try measured.source.load()
    let saved = try measured.savedConfiguration()
    let images = try measured.trainingImages(for: checkpoint.network, of: saved)
    let report = try checkpoint.bundles(
      of: images, bundles.measurement(of: values, saved: saved),
      on: measured.device.open(precision: saved?.precision ?? .float32), batchSize: measured.batchSize)
    if json { try Console.result(report.json) } else { try Console.result(table(report)) }
    if let svg { try AtomicFile.write(Data(report.picture.utf8), to: svg) }
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
