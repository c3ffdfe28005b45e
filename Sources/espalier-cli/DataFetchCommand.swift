import ArgumentParser
import Dispatch
import Espalier
import Foundation

struct DataFetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Downloads the official files of a data set, verified.",
    discussion: """
      An interrupted download goes on where it stopped when the same command is given again. What is there already is \
      not downloaded again.
      """)

  @Argument(
    help: ArgumentHelp(
      "\(DownloadPlan.official.map(\.name).joined(separator: ", ")).", valueName: "data set"))
  var name: String
  @Argument(help: ArgumentHelp("The folder for the files.", valueName: "dir"))
  var directory: String
  @Option(
    help: ArgumentHelp("A folder that has the same files: https, http, ftp or file.", valueName: "url"))
  var mirror: String?
  @Flag(help: "Keep archives that were unpacked.")
  var keepArchives = false
  @Flag(help: "Print the result as JSON and nothing else.")
  var json = false

  func validate() throws {
    if directory.isEmpty { throw ValidationError("expected the path of a folder, found nothing") }
  }

  func run() throws {
    let official = try DownloadPlan(named: name)
    let plan = try mirror.map(official.from(mirror:)) ?? official
    let cancellation = Cancellation()
    let interruption = Interruption(cancellation, notice: nil)
    defer { interruption.end() }
    let report = FetchReport(columns: json ? nil : Console.terminalColumns)
    let fetcher = DatasetFetcher(plan, into: directory, keepArchives: keepArchives)
    let files: [FetchedFile]
    do {
      defer { report.clear() }
      files = try fetcher.fetch(
        report: { if !json { report.show($0) } }, shouldStop: { cancellation.isRequested })
    }
    if json {
      try Console.result([
        "name": .string(name), "data": .string("\(name)=\(directory)"), "files": .array(files.map(\.json)),
      ])
    } else {
      try Console.result("--data \(name)=\(directory)")
    }
  }
}
/// Tells what happens: a line each, and on a terminal a line that follows the bytes.
private struct FetchReport {
  /// The terminal's width, nil where there is none.
  let columns: Int?

  func show(_ event: FetchEvent) {
    if case .received(let name, let bytes, let total) = event { return follow(name, bytes, total) }
    clear()
    switch event {
    case .received: break
    case .present(let name): Console.notice("\(name): there already")
    case .replacing(let name, let expected, let found):
      Console.notice("\(name): expected \(expected), found \(found.hexadecimal); fetching it again")
    case .started(let name, let address, let received):
      let rest = received > 0 ? " from byte \(received) on" : ""
      Console.notice("\(name): fetching \(address)\(rest)")
    case .failed(let name, let failure): Console.notice("\(name): \(failure)")
    case .fetched(let name): Console.notice("\(name): complete and verified")
    case .unpacking(let name): Console.notice("\(name): unpacking")
    }
  }

  /// Removes the line that follows the bytes.
  func clear() {
    if columns != nil { Console.progress("\r\u{1B}[K") }
  }

  private func follow(_ name: String, _ bytes: Int, _ total: Int) {
    guard let columns else { return }
    let percent = total > 0 ? Int(100 * Double(bytes) / Double(total)) : 100
    let text = "\(name)  \(percent) %  \(Self.megabytes(bytes)) of \(Self.megabytes(total)) MB"
    Console.progress("\r\(text.prefix(max(0, columns - 1)))\u{1B}[K")
  }

  private static func megabytes(_ bytes: Int) -> String {
    String(format: "%.1f", Double(bytes) / 1e6)
  }
}

extension FetchedFile {
  fileprivate var json: JSONValue {
    var object: [String: JSONValue] = [
      "name": .string(name), "path": .string(path), "bytes": .integer(byteCount),
    ]
    switch outcome {
    case .present: object["status"] = .string("present")
    case .fetched(let address):
      object["status"] = .string("fetched")
      object["address"] = .string(address)
    }
    return .object(object)
  }
}
