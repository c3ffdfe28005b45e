import Datasets
import Networks

/// A network with its weights, and how far its training has come: all that evaluation and a resumed run need.
///
/// It is a safetensors file, which Python reads too: parameters and running statistics under their PyTorch names,
/// momentum under `optimizer.momentum.` and the parameter's name, second moments under `optimizer.second_moment.`, the
/// rest as JSON in the metadata. Equal checkpoints are equal bytes.
public struct Checkpoint: Equatable, Sendable {
  public var network: Network
  /// How the images were normalised that the weights were trained with.
  public var normalization: Normalization
  /// What the network's outputs mean.
  public var classes: [String]
  public var state: ModelState
  /// nil for weights without a training to go on with; what their optimiser kept is not in
  /// the file: momentum reads as zeros, and there are no second moments.
  public var progress: TrainingProgress?
  /// Where the training's pruning is; nil where nothing is pruned.
  public var pruning: PruningProgress?
  /// Where the training's removal of conflicting blocks is; nil where none are removed.
  public var conflicts: ConflictRemovalProgress?

  public init(
    network: Network, normalization: Normalization, classes: [String], state: ModelState,
    progress: TrainingProgress? = nil, pruning: PruningProgress? = nil,
    conflicts: ConflictRemovalProgress? = nil
  ) {
    self.network = network
    self.normalization = normalization
    self.classes = classes
    self.state = state
    self.progress = progress
    self.pruning = pruning
    self.conflicts = conflicts
  }

  /// Throws unless this is a checkpoint of a network with the same layers, images and classes. The name may differ.
  ///
  /// - Parameter file: what the message calls the checkpoint.
  /// - Throws: `CheckpointError.otherArchitecture`.
  public func check(fits network: Network, file: String) throws(CheckpointError) {
    if let difference = self.network.firstDifference(from: network) {
      throw CheckpointError(
        .otherArchitecture(expected: network.name, found: self.network.name, difference: difference),
        file: file)
    }
  }
}

/// How a checkpoint's file names what is in it.
enum CheckpointKey {
  static let format = "format"
  static let architecture = "architecture"
  static let normalization = "normalization"
  static let classes = "classes"
  static let progress = "progress"
  static let pruning = "pruning"
  static let conflicts = "conflicts"
  /// Only where there are second moments.
  static let optimizer = "optimizer"
  static let checksum = "checksum"

  static func momentum(of parameter: String) -> String { "optimizer.momentum.\(parameter)" }

  static func secondMoment(of parameter: String) -> String { "optimizer.second_moment.\(parameter)" }
}
