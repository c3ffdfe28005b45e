import Foundation
import Interchange

/// How long a training takes from the creation of its process to the end of its first step.
public struct StartupBenchmark: Hashable, Sendable {
  /// Of each measured run.
  public let seconds: [Double]

  public var medianSeconds: Double { seconds.median }

  /// Trains for one step again and again, each time in a new process and a new folder. A first run that does not count
  /// lets drivers fill their caches of compiled kernels.
  ///
  /// - Parameters:
  ///   - program: The program `espalier`.
  ///   - batchSize: The images of the step, and of the training.
  ///   - options: Further flags of `espalier train`.
  ///   - runs: Measured runs, at least 1.
  /// - Throws: ``StartupBenchmarkError`` if a run fails, `FileError` if there is no place for its folder.
  public static func run(
    program: URL, batchSize: Int, options: [String], runs: Int = 5
  ) throws -> StartupBenchmark {
    let folder = try makeTemporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let step = ["--epochs", "1", "--train-limit", "\(batchSize)", "--batch-size", "\(batchSize)"]
    let seconds = try (0...max(1, runs)).map { number in
      let run = folder.appendingPathComponent("run-\(number)")
      return try secondsToFirstStep(program, ["train"] + options + step + ["--out", run.path], in: folder)
    }
    return StartupBenchmark(seconds: Array(seconds.dropFirst()))
  }

  private static func makeTemporaryFolder() throws(FileError) -> URL {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("espalier-startup-XXXXXX").path
    var template = Array(path.utf8CString)
    guard mkdtemp(&template) != nil else { throw FileError(path: path, operation: .create, code: errno) }
    return URL(
      fileURLWithPath: String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
  }

  /// Runs the program to its end and reads the result that it prints.
  private static func secondsToFirstStep(
    _ program: URL, _ arguments: [String], in folder: URL
  ) throws -> Double {
    // Files instead of pipes: nobody has to read while the program runs.
    let output = folder.appendingPathComponent("output")
    let errors = folder.appendingPathComponent("errors")
    for file in [output, errors] { try Data().write(to: file) }
    let process = Process()
    process.executableURL = program
    process.arguments = arguments + ["--json"]
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    let message = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
    guard process.terminationReason == .exit else {
      throw StartupBenchmarkError(
        status: nil,
        message: "signal \(process.terminationStatus) ended the training that was to be measured\n\(message)")
    }
    guard process.terminationStatus == 0 else {
      throw StartupBenchmarkError(status: process.terminationStatus, message: message)
    }
    let result = try? JSONDecoder().decode(Result.self, from: Data(contentsOf: output))
    guard let seconds = result?.secondsToFirstStep else {
      throw StartupBenchmarkError(
        status: nil, message: "\(program.path) train did not say when its first step had finished")
    }
    return seconds
  }

  private struct Result: Decodable {
    let secondsToFirstStep: Double?
  }
}

/// A training that was to be measured has failed.
public struct StartupBenchmarkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The exit status of `espalier train`; nil if a signal ended it, or if it went well otherwise.
  public let status: Int32?
  /// What it wrote to standard error.
  public let message: String

  public var description: String {
    status.map { "the training that was to be measured ended with status \($0):\n\(message)" } ?? message
  }
}
