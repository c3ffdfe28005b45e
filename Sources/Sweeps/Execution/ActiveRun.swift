import Foundation
import Interchange
import Processes

/// A run of a sweep while it runs: a program in a process group of its own, so that Ctrl-C in a terminal reaches it once,
/// through us. A second signal would make it stop without saving.
struct ActiveRun {
  enum End {
    case row(SweepRow)
    /// As we asked it to; it can go on where it stopped.
    case stopped
  }

  private let run: SweepRun
  private let process: SpawnedProcess
  private let output: FileHandle
  private let log: RunLog

  /// The exit status of a command that saved and ended as it was asked to.
  private static let interrupted: Int32 = 130
  private static let largestResult = 1 << 20

  /// Starts the run.
  ///
  /// - Parameter lock: An open file that the program keeps open to its end.
  /// - Throws: `FileError`, `SystemFailure` where the program cannot be started.
  init(
    _ run: SweepRun, program: String, arguments: [String], folder: SweepFolder, lock: borrowing SweepLock
  ) throws {
    self.run = run
    log = try RunLog(folder.log(run))
    output = try Self.temporaryFile("\(folder.run(run)).output")
    process = try SpawnedProcess(
      path: program, arguments: arguments,
      files: .init(output: output.fileDescriptor, errors: log.descriptor, held: lock.descriptor),
      leadsGroup: true)
  }

  /// Asks the program to save and end.
  func stop() { process.signal(SIGINT) }

  /// How the run ended, nil while it runs. To be called until it tells the end.
  ///
  /// - Parameter isStopping: Whether it was asked to end.
  func endIfAny(isStopping: Bool) -> End? {
    guard let end = process.endIfAny() else { return nil }
    if isStopping, end == .exit(Self.interrupted) || end == .signal(SIGINT) { return .stopped }
    return .row(SweepRow(run: run, outcome: outcome(end)))
  }

  private func outcome(_ end: SpawnedProcess.End) -> Result<RunFigures, SweepRow.Failure> {
    switch end {
    case .signal(let number):
      return .failure(.init(exitStatus: end.status, reason: "it was ended by signal \(number)"))
    case .exit(0):
      do {
        try output.seek(toOffset: 0)
        return .success(try RunFigures(json: output.read(upToCount: Self.largestResult) ?? Data()))
      } catch {
        return .failure(.init(exitStatus: 0, reason: "\(error)"))
      }
    case .exit(let status):
      return .failure(
        .init(exitStatus: status, reason: log.reason ?? "it ended with status \(status) and said nothing"))
    }
  }

  /// A file that has no name any more, so that nothing of it is left. Unlike a pipe, it needs no reader meanwhile.
  private static func temporaryFile(_ path: String) throws(FileError) -> FileHandle {
    let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw FileError(path: path, operation: .create, code: errno) }
    unlink(path)
    return FileHandle(fileDescriptor: file, closeOnDealloc: true)
  }
}

/// The file that a run's standard error goes to, behind what is in it from earlier.
struct RunLog {
  private let file: FileHandle
  /// Where this time's text begins.
  private let start: UInt64

  private static let readBytes: UInt64 = 1 << 16
  private static let longestReason = 500
  /// What our commands begin such lines with.
  private static let errorPrefixes = ["espalier: error: ", "Error: "]

  init(_ path: String) throws(FileError) {
    let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw FileError(path: path, operation: .create, code: errno) }
    self.file = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    start = (try? self.file.seekToEnd()) ?? 0
  }

  var descriptor: Int32 { file.fileDescriptor }

  /// The last line that tells an error, without that word, or else the last one; nil where there is none.
  var reason: String? {
    guard let end = try? file.seekToEnd(), end > start else { return nil }
    try? file.seek(toOffset: max(start, end - min(end, Self.readBytes)))
    guard let bytes = try? file.readToEnd() else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    // Our commands show their usage after such a line.
    let line = lines.last { $0.contains("rror: ") } ?? lines.last
    let prefix = Self.errorPrefixes.first { line?.hasPrefix($0) == true }
    return line.map { String($0.dropFirst(prefix?.count ?? 0).prefix(Self.longestReason)) }
  }
}
