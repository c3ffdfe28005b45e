import ArgumentParser
import Espalier
import Foundation

struct BenchStartupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "startup",
    abstract: "Times 'espalier train' from the creation of its process to the end of its first step.",
    discussion: """
      Each training runs in a process of its own, in a temporary folder. A first one that does not count lets drivers fill \
      their caches of compiled kernels.
      """)

  @Option(help: "A model, such as resnet20 or resnet56:shortcut=b, or a file that holds one.")
  var model = "resnet20"
  @Option(
    help: "sample, mnist=DIR, fashion-mnist=DIR, cifar10=DIR, cifar100=DIR or folder=DIR.")
  var data = "sample"
  @Option(help: "Images of the step.")
  var batchSize = 128
  @Option(help: "Measured trainings, whose median counts.")
  var runs = 5
  @OptionGroup var device: DeviceOptions
  @Flag(help: "Print the figures as JSON.")
  var json = false

  func validate() throws {
    for (flag, count) in [("--batch-size", batchSize), ("--runs", runs)] { try checkCount(count, of: flag) }
  }

  func run() throws {
    guard let program = Bundle.main.executableURL else {
      throw ValidationError("expected to find this program's own file, found none; start it by its path")
    }
    let figures: StartupBenchmark
    do {
      figures = try StartupBenchmark.run(
        program: program, batchSize: batchSize, options: ["--model", model, "--data", data] + device.flags,
        runs: runs)
    } catch let error as StartupBenchmarkError {
      // The program's own words and status tell best what is wrong with its flags.
      guard let status = error.status else { throw error }
      Console.progress(error.message)
      throw ExitCode(status)
    }
    if json {
      try Console.result([
        "medianSeconds": .number(figures.medianSeconds), "runs": .integer(figures.seconds.count),
      ])
    } else {
      try Console.result(
        "first step finished \(figures.medianSeconds.formatted(decimals: 2)) s after the start "
          + "(median of \(figures.seconds.count) runs)")
    }
  }
}
