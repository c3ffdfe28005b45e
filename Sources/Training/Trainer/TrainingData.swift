import Datasets
import Networks

/// The images of a training: those it learns from, those it is measured on, and how they are normalised.
public struct TrainingData: Sendable {
  public let training: ImageDataset
  /// Images held out of the training split, to choose the best epoch on.
  public let validation: ImageDataset?
  public let test: ImageDataset
  public let normalization: Normalization

  /// - Parameter normalization: nil for the mean and deviation of the training images.
  /// - Throws: `DatasetError` if there are no images.
  public init(
    training: ImageDataset, validation: ImageDataset? = nil, test: ImageDataset,
    normalization: Normalization? = nil
  ) throws {
    self.training = training
    self.validation = validation
    self.test = test
    self.normalization = try normalization ?? Normalization(measuring: training)
  }

  /// Reads a data set.
  ///
  /// - Parameters:
  ///   - trainLimit: Takes that many of the training images, the same in every run, before some are held out.
  ///   - validationFraction: The part of the training images to hold out; 0 for none.
  /// - Throws: `DatasetError`.
  public init(_ source: DataSource, trainLimit: Int? = nil, validationFraction: Double = 0) throws {
    var training = try source.load(split: .train)
    var validation: ImageDataset?
    if let trainLimit { training = try training.limited(to: trainLimit) }
    if validationFraction > 0 {
      let parts = try training.validationSplit(validationFraction)
      training = parts.training
      validation = parts.validation
    }
    try self.init(
      training: training, validation: validation, test: try source.load(split: .test),
      normalization: source.normalization)
  }

  /// The shape of one image.
  public var input: ImageShape { training.imageShape }
}

extension ImageDataset {
  /// The shape of one image.
  public var imageShape: ImageShape { ImageShape(channels: channels, height: height, width: width) }

  /// Throws unless `network` takes these images and has an output for each class.
  ///
  /// - Throws: `TrainingError.dataMismatch`.
  func check(fits network: Network) throws(TrainingError) {
    guard imageShape == network.input, classes.count == network.classes else {
      throw .dataMismatch(
        network: network.name, expected: "images of \(network.input) and \(network.classes) classes",
        data: name, found: "images of \(imageShape) and \(classes.count) classes")
    }
  }
}
