import ModelZoo
import Networks

/// What users name a model by: a description of the zoo such as `resnet56:shortcut=b`, or a file of ours, which holds its
/// architecture.
public enum ModelReference: Hashable, Sendable {
  case zoo(String)
  case file(String)

  /// A text with a slash or the ending `.safetensors` is a file's path.
  public init(_ text: String) {
    self = text.hasSuffix(".safetensors") || text.contains("/") ? .file(text) : .zoo(text)
  }

  /// The architecture; a file's has its own image shape and classes, which the caller compares with what it has.
  /// - Throws: `ModelError` or `NetworkError` for a description; `FileError`, `SafeTensorsError` or `CheckpointError`
  ///   for a file.
  public func network(input: ImageShape, classes: Int) throws -> Network {
    switch self {
    case .zoo(let description): try ModelZoo.network(description, input: input, classes: classes)
    case .file(let path): try Checkpoint(path: path).network
    }
  }
}
