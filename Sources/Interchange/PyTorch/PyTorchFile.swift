import Foundation

/// The weights in a file of PyTorch's `torch.save`: `.pt`, `.pth` (zip archives) and the older `.th`.
///
/// Such files are pickles, programs that could do anything to whoever runs them. Nothing is run here: only
/// the operations and names that tensors are made of are understood, and every other one is an error.
/// Whatever the bytes, reading ends in tensors or a typed error, and takes memory in proportion to their
/// number.
public struct PyTorchFile: Sendable {
  /// The tensors in the order of the file, row-major, under their names without a common `module.` in front.
  public let tensors: [SafeTensor]

  /// Reads the file at `path`. The weights are the object that was saved, a dictionary of tensors by name, or
  /// lie in it under `state_dict`, `model_state_dict`, `model` or `net`.
  ///
  /// - Throws: `FileError` if it cannot be read, `PyTorchFileError` if it holds no weights, or other things
  ///   than tensors, or is damaged.
  public init(path: String) throws {
    do {
      _ = try PyTorchLayout(Self.prefix(path))
    } catch let error as PyTorchFileError {
      throw PyTorchFileError(error.problem, file: path)
    }
    try self.init(parsing: WholeFile.read(path), source: path)
  }

  /// Reads a file from memory.
  ///
  /// - Parameter source: what messages call the file.
  /// - Throws: `PyTorchFileError`.
  public init(parsing data: Data, source: String) throws(PyTorchFileError) {
    do {
      let contents = try PyTorchContents(FileBytes(data))
      var reader = TensorReader(contents, fileByteCount: data.count)
      var tensors: [SafeTensor] = []
      for (name, reference) in try StateDictionary(in: contents).tensors {
        tensors.append(try reader.read(name, reference))
      }
      self.tensors = tensors
    } catch {
      throw PyTorchFileError(error.problem, file: source)
    }
  }

  /// Whether the file at `path` begins like one of PyTorch's.
  ///
  /// - Throws: `FileError` if it cannot be read.
  public static func recognizes(path: String) throws(FileError) -> Bool {
    let prefix = try prefix(path)
    return (try? PyTorchLayout(prefix)) != nil
  }

  private static func prefix(_ path: String) throws(FileError) -> FileBytes {
    FileBytes(try FileDescriptor.reading(path).read(PyTorchLayout.prefixByteCount, at: 0))
  }
}
