import ArgumentParser
import Foundation

/// The program `espalier`.
@main
enum Program {
  static func main() {
    do {
      var command = try EspalierCommand.parseAsRoot()
      try command.run()
    } catch {
      guard let status = ExitStatus(for: error) else { EspalierCommand.exit(withError: error) }
      Console.error("\(error)")
      exit(status.rawValue)
    }
  }
}

/// The root of all commands.
struct EspalierCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "espalier",
    abstract: "Trains and prunes residual networks on OpenCL devices and CPUs.",
    version: "0.1.0",
    subcommands: [
      TrainCommand.self, PruneCommand.self, SweepCommand.self, EvaluateCommand.self, BundlesCommand.self,
      LesionCommand.self, ProbeCommand.self, AdviseCommand.self, RemoveConflictsCommand.self,
      ReceptiveFieldCommand.self,
      ConvertCommand.self,
      ExportCommand.self, SummaryCommand.self,
      ModelsCommand.self, DataCommand.self, BenchCommand.self, ProfileCommand.self, TuneKernelsCommand.self,
      DevicesCommand.self,
      VerifyCommand.self,
    ])
}
