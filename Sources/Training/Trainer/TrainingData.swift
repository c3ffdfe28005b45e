import Datasets
import Foundation
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
  ///   - imageSize: The rows and columns that images are resized to, as `DataSource.load` does.
  ///   - onBadImage: What to do about a folder's images that cannot be decoded.
  ///   - normalization: nil for the mean and deviation of the training images, or else the published ones.
  /// - Throws: `DatasetError`.
  public init(
    _ source: DataSource, trainLimit: Int? = nil, validationFraction: Double = 0,
    imageSize: Int? = nil, onBadImage: BadImagePolicy = .fail,
    normalization: NormalizationChoice = .published
  ) throws {
    let (training, validation) = try source.load(split: .train, imageSize: imageSize, onBadImage: onBadImage)
      .trainingParts(limit: trainLimit, validationFraction: validationFraction)
    try self.init(
      training: training, validation: validation,
      test: try source.load(split: .test, imageSize: imageSize, onBadImage: onBadImage),
      normalization: normalization == .measured ? nil : source.normalization)
  }

  /// Reads what a configuration trains on.
  ///
  /// - Parameter normalization: Instead of the configuration's.
  /// - Throws: `DatasetError`.
  init(_ configuration: TrainingConfiguration, normalization: NormalizationChoice = .published) throws {
    try self.init(
      configuration.data, trainLimit: configuration.trainLimit,
      validationFraction: configuration.validationFraction, imageSize: configuration.imageSize,
      onBadImage: configuration.onBadImage, normalization: normalization)
  }

  /// The same images, normalised as the weights were that the training begins with; nil for no change.
  func normalized(with normalization: Normalization?) throws -> TrainingData {
    try TrainingData(
      training: training, validation: validation, test: test,
      normalization: normalization ?? self.normalization)
  }

  /// The shape of one image.
  public var input: ImageShape { training.imageShape }
}

extension TrainingData {
  /// The images of all splits that were left out.
  var skippedImages: [BadImage] { training.skippedImages + test.skippedImages }
}

extension ImageDataset {
  /// Differs where a file has come, gone or changed its name, or an image its class.
  var fingerprint: String {
    var checksum = Checksum()
    checksum.update(labels.withUnsafeBytes { Data($0) })
    for file in files ?? [] { checksum.update(Data("\(file)\n".utf8)) }
    return checksum.text
  }

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

  /// Throws unless the labels of a folder mean these classes. The classes of other data sets have fixed numbers, and
  /// their names may be spelt in several ways.
  ///
  /// - Throws: `TrainingError.dataMismatch`.
  func check(hasClasses expected: [String], of network: Network) throws(TrainingError) {
    guard !isInMemory, let label = zip(classes, expected).enumerated().first(where: { $1.0 != $1.1 }) else {
      return
    }
    throw .dataMismatch(
      network: network.name, expected: "images of '\(label.element.1)' as class \(label.offset)", data: name,
      found: "images of '\(label.element.0)'")
  }
}
