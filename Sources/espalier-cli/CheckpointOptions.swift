import ArgumentParser
import Espalier
import Foundation

/// Whose weights a command takes: a run's, or a file's.
struct CheckpointOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The folder of a run, or a checkpoint's file.", valueName: "run|file"))
  var source: String
  @Option(help: "Which checkpoint of a run: last or best.")
  var checkpoint = RunFolder.CheckpointKind.last

  var exists: Bool { FileManager.default.fileExists(atPath: source) }

  /// The run; nil for a file.
  var folder: RunFolder? {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: source, isDirectory: &isFolder)
    return exists && isFolder.boolValue ? RunFolder(source) : nil
  }

  func load() throws -> Checkpoint { try Checkpoint(path: folder?.checkpoint(checkpoint) ?? source) }
}

extension RunFolder.CheckpointKind: ExpressibleByArgument {}
