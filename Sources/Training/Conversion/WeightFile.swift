import Foundation
import Interchange

/// A file with weights, of whatever origin.
public enum WeightFile: Sendable {
  /// One of ours, which describes itself.
  case checkpoint(Checkpoint)
  /// One of PyTorch's, or a safetensors file of another program: only names and values.
  case foreign([SafeTensor])

  private static let pyTorchExtensions: Set<String> = ["pt", "pth", "th"]

  /// Reads the file at `path`. Its beginning tells what it is; its name only tells what is wrong with it.
  ///
  /// - Throws: `FileError` if it cannot be read, `PyTorchFileError`, `SafeTensorsError` or `CheckpointError`
  ///   if it is damaged or something else.
  public init(path: String) throws {
    let isNamedLikePyTorchs = Self.pyTorchExtensions.contains(URL(fileURLWithPath: path).pathExtension)
    if try PyTorchFile.recognizes(path: path) || isNamedLikePyTorchs {
      self = .foreign(try PyTorchFile(path: path).tensors)
      return
    }
    let file = try SafeTensorsFile(path: path)
    if file.metadata[CheckpointKey.architecture] != nil, file.metadata[CheckpointKey.checksum] != nil {
      self = .checkpoint(try Checkpoint(path: path))
    } else {
      self = .foreign(file.tensors)
    }
  }
}
