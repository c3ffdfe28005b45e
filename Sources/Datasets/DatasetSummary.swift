/// What is in a split of a data set.
public struct DatasetSummary: Sendable, Equatable {
  /// A class and the number of its images.
  public struct ClassCount: Sendable, Equatable {
    public let name: String
    public let count: Int
  }

  /// The range of a length in pixels.
  public struct Extent: Sendable, Equatable {
    public let minimum: Int
    /// The mean of the two in the middle where their number is even.
    public let median: Double
    public let maximum: Int

    init?(sorted lengths: [Int]) {
      guard let first = lengths.first, let last = lengths.last else { return nil }
      let middle = lengths.count / 2
      minimum = first
      median =
        lengths.count % 2 == 1 ? Double(lengths[middle]) : Double(lengths[middle - 1] + lengths[middle]) / 2
      maximum = last
    }
  }

  /// The data set without its directory, such as `cifar10`.
  public let name: String
  public let split: Split
  /// In the order of the labels.
  public let classes: [ClassCount]
  /// The shape of an image as a network sees it.
  public let channels: Int
  public let height: Int
  public let width: Int
  /// The images' own widths and heights, before they are resized; nil without an image.
  public let widths: Extent?
  public let heights: Extent?
  /// The images that cannot be decoded; the classes' counts include them.
  public let badImages: [BadImage]
  /// Mean and deviation of the images as evaluation sees them; nil without an image.
  public let measured: Normalization?
  /// The normalisation that is used unless another is asked for.
  public let published: Normalization

  /// The number of images, bad ones included.
  public var count: Int { classes.reduce(0) { $0 + $1.count } }

  /// Reads a split and looks at every image.
  ///
  /// - Parameters:
  ///   - imageSize: The rows and columns that images are resized to, as `DataSource.load` does.
  ///   - onBadImage: `skip` collects the images that cannot be decoded.
  /// - Throws: `DatasetError`.
  public init(
    _ source: DataSource, split: Split, imageSize: Int? = nil,
    onBadImage: BadImagePolicy = .fail
  ) throws {
    let dataset = try source.load(split: split, imageSize: imageSize)
    let survey = try ImageSurvey(dataset, onBadImage: onBadImage)
    var counts = [Int](repeating: 0, count: dataset.classes.count)
    for label in dataset.labels { counts[Int(label)] += 1 }
    name = dataset.name
    self.split = split
    classes = zip(dataset.classes, counts).map(ClassCount.init)
    channels = dataset.channels
    height = dataset.height
    width = dataset.width
    widths = Extent(sorted: survey.widths)
    heights = Extent(sorted: survey.heights)
    badImages = survey.badImages.map(\.image)
    measured = survey.widths.isEmpty ? nil : Normalization(survey)
    published = source.normalization
  }
}
