/// Labelled images of equal size, held in memory as bytes.
public struct ImageDataset: Sendable, Equatable {
  /// The name of the data set, such as `cifar10`.
  public let name: String
  /// The names of the classes; the class that label k means is `classes[k]`.
  public let classes: [String]
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  /// Rows of an image.
  public let height: Int
  /// Columns of an image.
  public let width: Int
  /// Pixels in 0…255, shape [count, channels, height, width], the last index running fastest.
  public let images: [UInt8]
  /// The class of each image, shape [count], in 0..<classes.count.
  public let labels: [Int32]

  /// The number of images.
  public var count: Int { labels.count }

  /// The number of bytes of one image: channels · height · width.
  public var bytesPerImage: Int { channels * height * width }

  /// - Throws: `DatasetError.invalidRequest` if the sizes contradict each other or a label has no class.
  public init(
    name: String, classes: [String], channels: Int, height: Int, width: Int, images: [UInt8], labels: [Int32]
  ) throws {
    guard channels > 0, height > 0, width > 0 else {
      throw DatasetError.invalidRequest(
        expected: "images of at least 1×1×1 in data set \(name)", found: "\(channels)×\(height)×\(width)")
    }
    guard images.count == labels.count * channels * height * width else {
      throw DatasetError.invalidRequest(
        expected: "\(labels.count) images of \(channels)×\(height)×\(width) bytes in data set \(name)",
        found: "\(images.count) bytes")
    }
    for (index, label) in labels.enumerated() where !classes.indices.contains(Int(label)) {
      throw DatasetError.invalidRequest(
        expected: "a label in 0..<\(classes.count) for image \(index) of data set \(name)", found: "\(label)")
    }
    self.init(
      name: name, classes: classes, channels: channels, height: height, width: width, checkedImages: images,
      checkedLabels: labels)
  }

  /// The images at `indices`, in that order, repeated where an index is.
  ///
  /// - Parameter indices: Each in 0..<count.
  public func subset(_ indices: some Sequence<Int>) -> ImageDataset {
    var images: [UInt8] = []
    var labels: [Int32] = []
    images.reserveCapacity(indices.underestimatedCount * bytesPerImage)
    for index in indices {
      images += self.images[index * bytesPerImage..<(index + 1) * bytesPerImage]
      labels.append(self.labels[index])
    }
    return ImageDataset(
      name: name, classes: classes, channels: channels, height: height, width: width, checkedImages: images,
      checkedLabels: labels)
  }

  private init(
    name: String, classes: [String], channels: Int, height: Int, width: Int, checkedImages: [UInt8],
    checkedLabels: [Int32]
  ) {
    self.name = name
    self.classes = classes
    self.channels = channels
    self.height = height
    self.width = width
    images = checkedImages
    labels = checkedLabels
  }
}
