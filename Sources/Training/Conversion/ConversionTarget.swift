import Datasets
import ModelZoo
import Networks

/// What weights of another program do not say about themselves: their network, how its images are normalised,
/// and what its outputs mean.
public struct ConversionTarget: Sendable {
  public let network: Network
  public let normalization: Normalization
  public let classes: [String]

  /// - Throws: `ConversionError` unless there are as many names as classes, and a mean for each channel.
  public init(network: Network, normalization: Normalization, classes: [String]) throws(ConversionError) {
    guard normalization.mean.count == network.input.channels else {
      throw ConversionError(
        .wrongChannelCount(expected: network.input.channels, found: normalization.mean.count))
    }
    guard classes.count == network.classes else {
      throw ConversionError(.wrongClassCount(expected: network.classes, found: classes.count))
    }
    self.network = network
    self.normalization = normalization
    self.classes = classes
  }

  /// A model of the zoo, or that of a checkpoint's file with what the file says beside.
  ///
  /// - Parameters:
  ///   - input: the shape of an image; that of a file must be the same.
  ///   - labels: what the classes are called; the checkpoint's names, or else numbers, if nil.
  ///   - classes: how many there are; as many as there are names if nil.
  ///   - normalization: the checkpoint's, or else that of the labels' data set, or else of ImageNet, if nil.
  /// - Throws: `ModelError`, `NetworkError` or `ConversionError`; what reading a checkpoint throws.
  public init(
    model: String, input: ImageShape?, labels: ClassLabels?, classes: Int? = nil,
    normalization: Normalization? = nil
  ) throws {
    if case .file(let path) = ModelReference(model) {
      let checkpoint = try Checkpoint(path: path)
      if let input, input != checkpoint.network.input {
        throw ConversionError(.wrongInput(expected: checkpoint.network.input, found: input))
      }
      if let classes, classes != checkpoint.network.classes {
        throw ConversionError(.wrongClassCount(expected: checkpoint.network.classes, found: classes))
      }
      try self.init(
        network: checkpoint.network, normalization: normalization ?? checkpoint.normalization,
        classes: labels?.names ?? checkpoint.classes)
      return
    }
    let labels = labels ?? ClassLabels(count: classes ?? 10)
    let input = input ?? ImageShape(channels: 3, height: 32, width: 32)
    let classes = classes ?? labels.names.count
    try self.init(
      network: try ModelZoo.network(model, input: input, classes: classes),
      normalization: normalization ?? labels.dataset?.normalization ?? .imageNet, classes: labels.names)
  }
}
