import ArgumentParser

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures speed.",
    discussion: "docs/benchmarking.md says how to measure and what the columns mean.",
    subcommands: [
      BenchOperatorsCommand.self, BenchTrainingStepCommand.self, BenchInferenceCommand.self,
      BenchStartupCommand.self, BenchDataCommand.self, BenchBundlesCommand.self, BenchDeviceCommand.self,
    ])
}
