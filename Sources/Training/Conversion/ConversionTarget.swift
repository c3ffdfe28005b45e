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

  /// A model of the zoo.
  ///
  /// - Parameters:
  ///   - labels: what the classes are called.
  ///   - classes: how many there are; as many as they have names if nil.
  ///   - normalization: that of the labels' data set, or else of ImageNet, if nil.
  /// - Throws: `ModelError`, `NetworkError` or `ConversionError`.
  public init(
    model: String, input: ImageShape, labels: ClassLabels, classes: Int? = nil,
    normalization: Normalization? = nil
  ) throws {
    let classes = classes ?? labels.names.count
    try self.init(
      network: try ModelZoo.network(model, input: input, classes: classes),
      normalization: normalization ?? labels.dataset?.normalization ?? .imageNet, classes: labels.names)
  }
}
