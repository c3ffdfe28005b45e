import ArgumentParser
import Espalier

struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Tells where the time of a step goes, kernel by kernel or node by node.",
    discussion: """
      Runs steps on random images with a clock around every launch of a kernel; each launch counts with the median of its \
      times. GFLOP/s count the direct convolution, 2 · MACs, with packing of weights and adding up of partial results.
      """)

  enum Grouping: String, CaseIterable, ExpressibleByArgument {
    case kernel
    case node
  }

  @OptionGroup var options: BenchModelOptions
  @Flag(help: "Run the evaluation of a batch instead of a training step.")
  var inference = false
  @Option(help: "kernel, or node for one row per operation of the network.")
  var by = Grouping.kernel
  @Option(
    help: ArgumentHelp(
      "Write the step as a trace for ui.perfetto.dev or chrome://tracing.", valueName: "file"))
  var trace: String?
  @OptionGroup var device: DeviceOptions
  @Flag(help: "Print both tables as JSON.")
  var json = false

  func run() throws {
    let profile = try ModelProfile(
      of: inference ? .inference : .training, network: options.network(), device: device.open(),
      batchSize: options.batchSize, steps: options.steps)
    if let trace { try profile.writeTrace(to: trace) }
    if json { return try Console.result(profile.json) }
    try Console.result(by == .kernel ? Self.kernels(profile) : Self.nodes(profile))
  }

  private static func kernels(_ profile: ModelProfile) -> String {
    let rows = profile.kernels.map { row in
      [row.kernel, "\(row.count)"] + times(row.seconds, of: profile)
    }
    let total = ["\(profile.model), batch \(profile.batchSize)", "\(profile.launches.count)"]
    return TextTable(
      header: ["kernel", "count", "ms", "share"], rows: rows + [total + times(profile.seconds, of: profile)]
    ).text
  }

  private static func nodes(_ profile: ModelProfile) -> String {
    let rows = profile.nodes.map { row in
      [row.node, row.operation] + times(row.seconds, of: profile) + [
        row.gflops?.formatted(decimals: 1) ?? "", row.convolution.map { "\($0)" } ?? "",
      ]
    }
    let total = ["\(profile.model), batch \(profile.batchSize)", "\(profile.launches.count) launches"]
    return TextTable(
      header: ["node", "operation", "ms", "share", "GFLOP/s", "problem"],
      rows: rows + [total + times(profile.seconds, of: profile) + ["", ""]]
    ).text
  }

  /// Milliseconds, and the part of the step.
  private static func times(_ seconds: Double, of profile: ModelProfile) -> [String] {
    [(seconds * 1000).formatted(decimals: 3), (seconds / profile.seconds).percent]
  }
}
