/// Labelled images of equal size: in memory as bytes, or in files that are read and resized when they are needed.
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
  /// The class of each image, shape [count], in 0..<classes.count.
  public let labels: [Int32]
  /// The files that were left out when the data set was read, since they cannot be decoded. Parts of a data set keep
  /// the list of the whole.
  public let skippedImages: [BadImage]
  let store: ImageStore

  /// The number of images.
  public var count: Int { labels.count }

  /// The number of bytes of one image: channels · height · width.
  public var bytesPerImage: Int { channels * height * width }

  /// Pixels in 0…255, shape [count, channels, height, width], the last index running fastest; nil for files.
  public var images: [UInt8]? {
    guard case .memory(let images) = store else { return nil }
    return images
  }

  /// Whether the images are in memory, not in files.
  public var isInMemory: Bool { images != nil }

  /// The path of each image's file, shape [count]; nil for images in memory.
  public var files: [String]? {
    guard case .files(let paths, let root) = store else { return nil }
    return paths.map { "\(root)/\($0)" }
  }

  /// A data set in memory.
  ///
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
      name: name, classes: classes, channels: channels, height: height, width: width, labels: labels,
      store: .memory(images))
  }

  /// A data set whose parts are known to fit each other.
  init(
    name: String, classes: [String], channels: Int, height: Int, width: Int, labels: [Int32],
    store: ImageStore, skippedImages: [BadImage] = []
  ) {
    self.name = name
    self.classes = classes
    self.channels = channels
    self.height = height
    self.width = width
    self.labels = labels
    self.store = store
    self.skippedImages = skippedImages
  }

  /// The images at `indices`, in that order, repeated where an index is.
  ///
  /// - Parameter indices: Each in 0..<count.
  public func subset(_ indices: some Collection<Int>) -> ImageDataset {
    subset(indices, skippedImages: skippedImages)
  }

  func subset(_ indices: some Collection<Int>, skippedImages: [BadImage]) -> ImageDataset {
    ImageDataset(
      name: name, classes: classes, channels: channels, height: height, width: width,
      labels: indices.map { labels[$0] }, store: store.subset(indices, bytesPerImage: bytesPerImage),
      skippedImages: skippedImages)
  }
}
