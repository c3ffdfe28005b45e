import ArgumentParser
import Espalier

struct BenchBundlesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundles",
    abstract: "Times the search for bundles in all layers, beside inference and the leader loop.",
    discussion: """
      Hashing is a forward pass over the images that hashes the value behind every ReLU, its preparation and the bundles \
      included; inference is the same pass without. The leader loop is that of the authors' public code, written anew: all \
      activations stay in memory, and every sample is compared with every leader in all elements. Since it takes \
      leaders · samples · elements comparisons, it runs on --leader-samples images, and on all images at one layer.
      """)

  @OptionGroup var options: BenchNetworkOptions
  @Option(help: "Random images.")
  var samples = 2048
  @Option(help: "Images of the leader loop over all layers.")
  var leaderSamples = 256
  @Option(help: "The layer of the leader loop over all images (default: the last).")
  var leaderLayer: String?
  @Option(help: "Rounds, each of every measurement in turn; medians count.")
  var rounds = 3
  @OptionGroup var device: DeviceOptions
  @Flag(help: "Print the figures as JSON.")
  var json = false

  func validate() throws {
    for (flag, count) in [
      ("--samples", samples), ("--leader-samples", leaderSamples), ("--rounds", rounds),
    ] { try checkCount(count, of: flag) }
  }

  func run() throws {
    let figures = try BundleBenchmark.run(
      network: options.network(), device: device.open(), batchSize: options.batchSize,
      samples: samples, leaderSamples: leaderSamples, leaderLayer: leaderLayer, rounds: rounds)
    if json { try Console.result(figures.json) } else { try Console.result(table(figures)) }
  }

  private func table(_ figures: BundleBenchmark) -> String {
    func row(_ comparison: BundleBenchmark.Comparison, _ what: String) -> [[String]] {
      [
        ["hashing, \(what)", milliseconds(comparison.hashing), ""],
        [
          "leader loop, \(what)", milliseconds(comparison.leader),
          "\(comparison.ratio.formatted(decimals: 1)) × hashing",
        ],
      ]
    }
    return TextTable(
      header: [figures.model, "batch \(figures.batchSize)", "\(figures.layers) layers and the images"],
      rows: [
        ["inference, \(figures.samples) images", milliseconds(figures.inferenceMilliseconds), ""],
        [
          "hashing, \(figures.samples) images", milliseconds(figures.hashingMilliseconds),
          "\(figures.ratio.formatted(decimals: 3)) × inference, \(figures.keyBytes) bytes of keys",
        ],
      ] + row(figures.allLayers, "\(figures.allLayers.samples) images, all layers")
        + row(figures.oneLayer, "\(figures.oneLayer.samples) images, \(figures.leaderLayer)")
    ).text
  }

  private func milliseconds(_ time: Double) -> String { "\(time.formatted(decimals: 1)) ms" }
}
