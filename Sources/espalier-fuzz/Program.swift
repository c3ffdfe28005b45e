import ArgumentParser
import Foundation
import Interchange

/// Feeds every reader of files with damaged ones.
@main
struct FuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "espalier-fuzz", abstract: "Feeds the readers of files with damaged ones.",
    discussion: """
      Valid files are changed at random and read. A reader fails where it crashes, takes more than 10 seconds, allocates \
      more than a small multiple of the file, throws an error that it does not document, or refuses a valid file. The \
      same seed and number always give the same input. Exits with 1 if anything failed.
      """)

  @Option(help: "Inputs for each reader.")
  var inputs = 100_000
  @Option(
    help:
      "Only this reader: \(FuzzReader.Name.allCases.map(\.rawValue).joined(separator: ", ")). May be repeated."
  )
  var reader: [FuzzReader.Name] = []
  @Option(help: "The seed of the changes.")
  var seed: UInt64 = 1
  @Option(help: "Only read this input of the one reader named, in this process, and tell what happens.")
  var only: Int?
  @Option(help: "The folder for inputs that a reader fails on.")
  var save = "\(temporaryFolder)/espalier-fuzz"
  @Flag(help: "Print the report as JSON.")
  var json = false

  @Option(help: ArgumentHelp("Work for a supervisor, with its folder.", visibility: .private))
  var worker: String?
  @Option(help: ArgumentHelp("The first input.", visibility: .private))
  var first = 0

  private static let temporaryFolder = FileManager.default.temporaryDirectory.path

  func validate() throws {
    guard inputs > 0 else { throw ValidationError("--inputs: expected a number above 0, found \(inputs)") }
    if let only {
      guard reader.count == 1 else { throw ValidationError("--only needs one --reader") }
      guard only >= 0 else { throw ValidationError("--only: expected the number of an input, found \(only)") }
    }
    guard worker == nil || (reader.count == 1 && (0..<inputs).contains(first)) else {
      throw ValidationError("--worker needs one --reader, and a --first below --inputs")
    }
  }

  func run() throws {
    if let worker { return try work(folder: worker) }
    let folder = "\(Self.temporaryFolder)/espalier-fuzz-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    if let only {
      try replay(only, folder: folder)
    } else {
      try supervise(folder: folder)
    }
  }

  private func supervise(folder: String) throws {
    let reports = try (reader.isEmpty ? FuzzReader.Name.allCases : reader).map { name in
      let report = try Supervisor(
        reader: .named(name, folder: folder), seed: seed, inputs: inputs, folder: folder, savingFolder: save
      ).run()
      for failure in report.failures {
        let input = failure.input.map { " input \($0)" } ?? ""
        try StandardStream.error.write("\(name.rawValue)\(input): \(failure.reason)\n")
      }
      return report
    }
    if json {
      try StandardStream.output.write(JSONValue.array(reports.map(\.json)).prettyText)
    } else {
      try StandardStream.output.write(Self.table([ReaderReport.header] + reports.map(\.row)))
    }
    for report in reports where !json {
      for failure in report.failures {
        guard let input = failure.input, let file = failure.file else { continue }
        try StandardStream.output.write(
          "\(file): tools/fuzz --reader \(report.reader) --seed \(seed) --only \(input)\n")
      }
    }
    if reports.contains(where: { !$0.failures.isEmpty }) { throw ExitCode(1) }
  }

  private func work(folder: String) throws {
    do {
      let progress = try SharedProgress(reader[0], folder: folder)
      try Worker(reader: .named(reader[0], folder: folder), seed: seed).run(first..<inputs, progress)
    } catch {
      try StandardStream.error.write("\(error)\n")
      throw ExitCode(1)
    }
  }

  private func replay(_ index: Int, folder: String) throws {
    let reader = try FuzzReader.named(reader[0], folder: folder)
    let trial = Trial(
      reader: reader, input: reader.input(index, seed: seed), isSeed: index < reader.seeds.count)
    try FileManager.default.createDirectory(atPath: save, withIntermediateDirectories: true)
    let path = "\(save)/\(reader.name.rawValue)-seed\(seed)-\(index)"
    try InputFile(path: path).write(trial.input)
    try StandardStream.output.write("\(path): \(trial.input.count) bytes\n")
    let (outcome, peak) = try trial.run()
    switch outcome {
    case .accepted: try StandardStream.output.write("accepted\n")
    case .rejected(let error): try StandardStream.output.write("rejected: \(error)\n")
    }
    try StandardStream.output.write("allocated \(peak) bytes, at most \(trial.bound) are allowed\n")
  }

  private static func table(_ rows: [[String]]) -> String {
    let widths = ReaderReport.header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + padding : padding + cell.0
      }.joined(separator: "  ") + "\n"
    }.joined()
  }
}

extension FuzzReader.Name: ExpressibleByArgument {}
