import Foundation
import XCTest

/// A test that runs the program, with a folder of its own.
class CommandTestCase: XCTestCase {
  private(set) var folder = ""

  override func setUpWithError() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    folder = url.path
    addTeardownBlock { try FileManager.default.removeItem(at: url) }
  }

  /// How the program ended.
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Runs the program to its end.
  func espalier(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    let program = try start(arguments, environment: environment)
    return try program.end()
  }

  /// Starts the program.
  ///
  /// - Parameters:
  ///   - output: Receives standard output instead of the outcome.
  ///   - errors: Receives standard error instead of the outcome.
  func start(
    _ arguments: [String], environment: [String: String] = [:], output: FileHandle? = nil,
    errors: FileHandle? = nil
  ) throws -> RunningProgram {
    // The program lies beside the bundle of these tests.
    let products = Bundle(for: CommandTestCase.self).bundleURL.deletingLastPathComponent()
    let candidates = [products, Bundle.main.bundleURL].map { $0.appendingPathComponent("espalier") }
    guard let binary = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) })
    else {
      throw XCTSkip("no program espalier in \(products.path); build it with swift build")
    }
    return try RunningProgram(
      binary, arguments, environment: environment, folder: folder, output: output, errors: errors)
  }

  /// Asserts that a run ended with `status` and told why in one line, and that nothing called `out` is left.
  func assertFails(
    _ outcome: Outcome, _ status: Int32, _ texts: String..., file: StaticString = #filePath,
    line: UInt = #line
  ) {
    XCTAssertEqual(outcome.status, status, outcome.errors, file: file, line: line)
    XCTAssertEqual(outcome.output, "", file: file, line: line)
    let errors = outcome.errors.split(separator: "\n").filter { $0.contains("rror: ") }
    XCTAssertEqual(errors.count, 1, outcome.errors, file: file, line: line)
    for text in texts {
      XCTAssertTrue(
        errors.first?.contains(text) == true, "\(text) in \(outcome.errors)", file: file, line: line)
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("out")), file: file, line: line)
  }

  /// A path in the test's folder.
  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }

  func write(_ bytes: [UInt8], to name: String) throws {
    let url = URL(fileURLWithPath: path(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  /// Writes MNIST's four files with grey images of 8×8 pixels in `folder` and returns how `--data` names them.
  func smallImages(
    in name: String = "images", training: Int = 128, test: Int = 32, labels: [UInt8]? = nil
  ) throws -> String {
    for (prefix, count) in [("train", training), ("t10k", test)] {
      let pixels = (0..<count * 64).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 64) }
      let classes = labels ?? (0..<count).map { UInt8($0 % 10) }
      try write(idx([count, 8, 8], pixels), to: "\(name)/\(prefix)-images-idx3-ubyte")
      try write(idx([count], Array(classes.prefix(count))), to: "\(name)/\(prefix)-labels-idx1-ubyte")
    }
    return "mnist=\(path(name))"
  }

  /// A file in the IDX format.
  func idx(_ dimensions: [Int], _ elements: [UInt8]) -> [UInt8] {
    let sizes = dimensions.flatMap { size in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) }
    }
    return [0, 0, 8, UInt8(dimensions.count)] + sizes + elements
  }
}

/// The program while it runs. Its words go to files, so that it never waits for a reader.
final class RunningProgram {
  let process = Process()
  private let output: URL
  private let errors: URL

  init(
    _ binary: URL, _ arguments: [String], environment: [String: String], folder: String,
    output otherOutput: FileHandle?, errors otherErrors: FileHandle?
  ) throws {
    let base = URL(fileURLWithPath: folder).appendingPathComponent(".\(UUID().uuidString)")
    output = base.appendingPathExtension("out")
    errors = base.appendingPathExtension("err")
    for url in [output, errors] { try Data().write(to: url) }
    process.executableURL = binary
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = try otherOutput ?? FileHandle(forWritingTo: output)
    process.standardError = try otherErrors ?? FileHandle(forWritingTo: errors)
    try process.run()
  }

  /// Waits for the end.
  func end() throws -> CommandTestCase.Outcome {
    process.waitUntilExit()
    return CommandTestCase.Outcome(
      status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }

  /// Waits until `condition` holds or the program ends; at most a minute.
  func wait(until condition: () -> Bool) {
    for _ in 0..<6000 where process.isRunning && !condition() { usleep(10_000) }
  }
}
