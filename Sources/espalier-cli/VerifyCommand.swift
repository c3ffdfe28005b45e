import ArgumentParser
import Espalier
import Foundation

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Checks every operator of a device against PyTorch's and exact results.")

  @OptionGroup var device: DeviceOptions
  @Option(help: "Only cases whose name contains this text.")
  var filter: String?
  @Flag(help: "Only a few small cases of each operation, for simulators.")
  var small = false
  @Flag(help: "Print the report as JSON.")
  var json = false

  func run() throws {
    let suite = try OperatorSuite(filter: filter, small: small)
    guard !suite.caseNames.isEmpty else {
      throw ValidationError("--filter: no case's name contains '\(filter ?? "")'")
    }
    let columns = Console.terminalColumns
    let report = suite.run(on: try device.open()) { result, done, total in
      let bar = columns == nil ? "" : "\r\u{1B}[K"
      if !result.passed { Console.progress("\(bar)failed: \(result.name): \(result.message)\n") }
      if columns != nil { Console.progress("\(bar)\(done)/\(total)") }
    }
    if columns != nil { Console.progress("\r\u{1B}[K") }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try Console.result(String(decoding: try encoder.encode(report), as: UTF8.self))
    } else {
      try Console.result("\(report.passed) passed, \(report.failed) failed")
    }
    if report.failed > 0 { throw ExitCode(ExitStatus.internalFault.rawValue) }
  }
}
