/// Why a file cannot serve as a checkpoint. A file that is no safetensors file at all is a `SafeTensorsError`.
public struct CheckpointError: Error, Hashable, Sendable {
  public enum Problem: Hashable, Sendable {
    /// The metadata lack a text that each of our checkpoints has.
    case notACheckpoint(missingKey: String)
    /// A file of another kind, which can be converted.
    case fileOfPyTorch
    /// A text of the metadata is not what it should be.
    case malformedMetadata(key: String, reason: String)
    /// The contents are not those that were written.
    case corrupted(expectedChecksum: String, foundChecksum: String)
    case missingTensor(String, expectedShape: [Int])
    case unexpectedTensor(String)
    case wrongShape(tensor: String, expected: [Int], found: [Int])
    case wrongType(tensor: String, found: String)
    case wrongValue(tensor: String, expected: String, found: String)
    /// The checkpoint of another network: the names of both, and the first thing that differs.
    case otherArchitecture(expected: String, found: String, difference: String)
    /// There are weights, but no training to go on with.
    case notResumable
    /// There is a training to go on with, but it does not prune.
    case notPruned
    /// The training it belongs to does not remove conflicting blocks.
    case noConflictRemoval
    /// The training it belongs to had other images, or the same ones in other classes.
    case otherImages(found: Int)
    /// The training it belongs to had another seed, shorter epochs or another kind of optimiser.
    case otherTraining(expected: String, found: String)
  }

  public let problem: Problem
  public let file: String

  public init(_ problem: Problem, file: String) {
    self.problem = problem
    self.file = file
  }
}

extension CheckpointError: CustomStringConvertible {
  public var description: String { "\(file): \(problem)" }
}

extension CheckpointError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notACheckpoint(let key):
      "expected a checkpoint of espalier, found a safetensors file without '\(key)' in its metadata; "
        + "'espalier convert' makes one of it"
    case .fileOfPyTorch:
      "expected a checkpoint of espalier, found a file of PyTorch; 'espalier convert' makes one of it"
    case .malformedMetadata(let key, let reason):
      "the metadata's '\(key)' cannot be read: \(reason); the file is damaged or from another version"
    case .corrupted(let expected, let found):
      "the file is corrupted: its contents should have checksum \(expected), but have \(found); "
        + "take another copy or an older checkpoint"
    case .missingTensor(let name, let shape):
      "expected a tensor '\(name)' of shape \(shape), found none"
    case .unexpectedTensor(let name): "found a tensor '\(name)' that the network does not have"
    case .wrongShape(let tensor, let expected, let found):
      "tensor '\(tensor)': expected shape \(expected), found \(found)"
    case .wrongType(let tensor, let found): "tensor '\(tensor)': expected F32, found \(found)"
    case .wrongValue(let tensor, let expected, let found):
      "tensor '\(tensor)': expected \(expected), found \(found); the file is damaged"
    case .otherArchitecture(let expected, let found, let difference):
      "expected a checkpoint of \(expected), found one of \(found): \(difference)"
    case .notResumable: "this file has weights but no training to go on with; use it with --init"
    case .notPruned:
      "the training that this file belongs to does not prune; go on with it by 'espalier train'"
    case .noConflictRemoval:
      "the training that this file belongs to removes no conflicts; go on with it by 'espalier train'"
    case .otherImages(let found):
      "the training images are no longer those that the training began with: found \(found); give them back, or begin "
        + "another run with --init"
    case .otherTraining(let expected, let found):
      "the checkpoint belongs to another training: expected \(expected), found \(found)"
    }
  }
}
