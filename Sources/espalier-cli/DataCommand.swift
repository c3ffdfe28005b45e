import ArgumentParser

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Describes and fetches data sets.",
    subcommands: [DataInfoCommand.self, DataFetchCommand.self])
}
