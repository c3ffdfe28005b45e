import Foundation
import Interchange

/// Where everything of a sweep lies.
public struct SweepFolder: Hashable, Sendable {
  public let path: String

  public init(_ path: String) { self.path = path }

  /// A line per run that has ended.
  public var rows: String { "\(path)/sweep.csv" }
  public var document: String { "\(path)/sweep.json" }
  public var summaryText: String { "\(path)/summary.md" }
  public var summaryTable: String { "\(path)/summary.csv" }
  public var picture: String { "\(path)/accuracy-macs.svg" }

  /// The folder with all runs of a setting.
  public func runs(of setting: SweepSetting) -> String { "\(path)/runs/\(setting.name)" }

  public func run(_ run: SweepRun) -> String { "\(runs(of: run.setting))/seed-\(run.seed)" }

  /// What a run wrote to standard error.
  public func log(_ run: SweepRun) -> String { "\(self.run(run)).log" }

  package func result(_ run: SweepRun) -> String { "\(self.run(run))/result.json" }

  /// The flags that the runs of a setting were made with.
  package func flags(of setting: SweepSetting) -> String { "\(runs(of: setting))/flags.json" }

  /// Makes the folder of a setting's runs and those above it that are missing.
  func create(for setting: SweepSetting) throws(FileError) { try Self.create(runs(of: setting)) }

  /// Makes the folder itself.
  package func create() throws(FileError) { try Self.create(path) }

  private static func create(_ path: String) throws(FileError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      let isPosix = cause?.domain == NSPOSIXErrorDomain
      throw FileError(path: path, operation: .create, code: isPosix ? Int32(cause?.code ?? 0) : ENOTDIR)
    }
  }

  var isEmpty: Bool { contents(path).isEmpty }

  /// Whether a run of the setting has begun to save.
  func hasRuns(of setting: SweepSetting) -> Bool {
    contents(runs(of: setting)).contains { name in
      name.hasPrefix("seed-") && !contents("\(runs(of: setting))/\(name)").isEmpty
    }
  }

  /// Replaces the tables and the picture.
  func write(_ summary: SweepSummary) throws {
    for (path, text) in [
      (document, summary.json.prettyText), (summaryText, summary.markdown), (summaryTable, summary.csv),
      (picture, summary.chart.svg),
    ] {
      try AtomicFile.write(Data(text.utf8), to: path)
    }
  }

  /// The names in a folder; none where there is no such folder.
  private func contents(_ path: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}

/// The right to work in a sweep's folder: one sweep at a time, as two would write the same files.
///
/// Its runs hold it too: where the sweep is killed, they go on writing, and nobody else may begin.
package struct SweepLock: ~Copyable {
  /// The open folder. The lock is free when nobody has it open any more.
  package let descriptor: Int32

  /// - Throws: `FileError`, ``SweepError/folderInUse(_:)``.
  package init(_ folder: SweepFolder) throws {
    let opened = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { throw FileError(path: folder.path, operation: .open, code: errno) }
    // A file system without locks is not worth refusing to work on.
    if flock(opened, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      close(opened)
      throw SweepError.folderInUse(folder.path)
    }
    descriptor = opened
  }

  deinit { close(descriptor) }
}
