import ArgumentParser
import Espalier

/// The model and the batches that a benchmark of a step runs.
struct BenchModelOptions: ParsableArguments {
  @OptionGroup var chosen: BenchNetworkOptions
  @Option(help: "Timed steps, whose median counts.")
  var steps = 8

  var batchSize: Int { chosen.batchSize }

  func validate() throws { try checkCount(steps, of: "--steps") }

  func network() throws -> Network { try chosen.network() }
}
