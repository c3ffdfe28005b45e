import Foundation
import Interchange

/// The folder of a run, and where everything lies in it.
public struct RunFolder: Hashable, Sendable {
  public let path: String

  public init(_ path: String) { self.path = path }

  public enum CheckpointKind: String, CaseIterable, Sendable {
    /// The latest.
    case last
    /// That of the epoch with the highest validation accuracy.
    case best
  }

  public func checkpoint(_ kind: CheckpointKind) -> String {
    "\(path)/checkpoints/\(kind.rawValue).safetensors"
  }

  public var configuration: String { "\(path)/config.yaml" }
  /// The methods by which a GPU computes matrix products in this run.
  public var tuning: String { "\(path)/tuning.json" }
  public var result: String { "\(path)/result.json" }
  public var metricsTable: String { "\(path)/metrics.csv" }
  public var metricsLines: String { "\(path)/metrics.jsonl" }
  public var pruningTable: String { "\(path)/pruning.csv" }
  public var pruningLines: String { "\(path)/pruning.jsonl" }
  public var bundlesTable: String { "\(path)/bundles.csv" }
  public var bundlesLines: String { "\(path)/bundles.jsonl" }
  public var conflictsTable: String { "\(path)/conflicts.csv" }
  /// What a removal of conflicting blocks found, and what went why.
  public var conflictsReport: String { "\(path)/conflicts.json" }
  /// H of every block in each training.
  public var conflictsPicture: String { "\(path)/conflicts.svg" }
  /// What went when, and why.
  public var structure: String { "\(path)/structure.json" }
  /// The small network without a training to go on with.
  public var model: String { "\(path)/model.safetensors" }
  /// θ of every gate by epoch.
  public var thetaPicture: String { "\(path)/theta.svg" }
  /// The width of each group before and after.
  public var widthsPicture: String { "\(path)/widths.svg" }
  /// Accuracy against multiply-accumulates by epoch.
  public var accuracyPicture: String { "\(path)/accuracy-macs.svg" }

  /// Whether there is no such folder, or nothing in it.
  public var isEmpty: Bool {
    guard Self.exists(path) else { return true }
    return (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty ?? false
  }

  /// Makes the folder and those above it that are missing.
  ///
  /// - Throws: `FileError`.
  public func create() throws(FileError) { try Self.createFolder("\(path)/checkpoints") }

  /// Replaces one of the folder's files.
  ///
  /// - Throws: `FileError`.
  func write(_ text: String, to file: KeyPath<RunFolder, String>) throws {
    try AtomicFile.write(Data(text.utf8), to: self[keyPath: file])
  }

  /// Whether there is a file or folder of that name.
  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  static func createFolder(_ path: String) throws(FileError) {
    if mkdir(path, 0o777) == 0 { return }
    let code = errno
    if code == EEXIST {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue { return }
      throw FileError(path: path, operation: .create, code: ENOTDIR)
    }
    let parent = (path as NSString).deletingLastPathComponent
    guard code == ENOENT, !parent.isEmpty, parent != path else {
      throw FileError(path: path, operation: .create, code: code)
    }
    try createFolder(parent)
    guard mkdir(path, 0o777) == 0 else { throw FileError(path: path, operation: .create, code: errno) }
  }
}
