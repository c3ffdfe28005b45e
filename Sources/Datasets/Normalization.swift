/// How bytes become the numbers a network sees: (byte / 255 − mean) / standard deviation, per channel.
///
/// It belongs to the weights that were trained with it, and travels with them.
public struct Normalization: Sendable, Equatable {
  /// Mean of each channel's pixels, on the scale [0, 1].
  public let mean: [Float]
  /// Standard deviation of each channel's pixels, on the same scale; positive.
  public let standardDeviation: [Float]

  /// - Throws: `DatasetError.invalidRequest` unless both have the same number of channels, at least one, all
  ///   values are finite and the deviations are positive.
  public init(mean: [Float], standardDeviation: [Float]) throws {
    guard !mean.isEmpty, mean.count == standardDeviation.count, mean.allSatisfy(\.isFinite),
      standardDeviation.allSatisfy({ $0.isFinite && $0 > 0 })
    else {
      throw DatasetError.invalidRequest(
        expected: "as many finite means as positive standard deviations, one of each per channel",
        found: "means \(mean) and standard deviations \(standardDeviation)")
    }
    self.init(checkedMean: mean, standardDeviation)
  }

  /// The mean and the (population) standard deviation of every channel over all pixels of a data set, computed
  /// exactly from counts and rounded once. A constant channel gets standard deviation 1. Files count as evaluation
  /// sees them.
  ///
  /// - Throws: `DatasetError.invalidRequest` if there is no image, `DatasetError.badImage` or `DatasetError.unreadable`
  ///   if a file cannot be decoded or read.
  public init(measuring dataset: ImageDataset) throws {
    guard dataset.count > 0 else {
      throw DatasetError.invalidRequest(
        expected: "at least one image to measure in data set \(dataset.name)", found: "none")
    }
    try self.init(ImageSurvey(dataset, onBadImage: .fail))
  }

  init(_ survey: ImageSurvey) {
    let moments = stride(from: 0, to: survey.histogram.count, by: 256).map { start in
      Self.moments(of: Array(survey.histogram[start..<start + 256]))
    }
    self.init(checkedMean: moments.map { Float($0.mean) }, moments.map { Float($0.deviation) })
  }

  /// CIFAR-10's training images.
  public static let cifar10 = Normalization(
    checkedMean: [0.49139968, 0.48215827, 0.44653124], [0.24703233, 0.24348505, 0.26158768])
  /// CIFAR-100's training images.
  public static let cifar100 = Normalization(
    checkedMean: [0.50707516, 0.48654887, 0.44091784], [0.26733429, 0.25643846, 0.27615047])
  /// MNIST's training images.
  public static let mnist = Normalization(checkedMean: [0.13066048], [0.30810776])
  /// Fashion-MNIST's training images.
  public static let fashionMNIST = Normalization(checkedMean: [0.28604060], [0.35302424])
  /// ImageNet's training images, as most published weights expect.
  public static let imageNet = Normalization(checkedMean: [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

  /// The normalised value of every byte: element 256 · c + b belongs to byte b of channel c.
  public var lookupTable: [Float] {
    mean.indices.flatMap { channel in
      (0..<256).map { (Float($0) / 255 - mean[channel]) / standardDeviation[channel] }
    }
  }

  private init(checkedMean mean: [Float], _ standardDeviation: [Float]) {
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// The mean and the deviation of bytes that occur as often as `histogram` says.
  private static func moments(of histogram: [Int]) -> (mean: Double, deviation: Double) {
    let pixels = Double(histogram.reduce(0, +))
    let mean = histogram.indices.reduce(0.0) { $0 + Double($1 * histogram[$1]) } / pixels / 255
    let variance =
      histogram.indices.reduce(0.0) { sum, byte in
        let difference = Double(byte) / 255 - mean
        return sum + Double(histogram[byte]) * difference * difference
      } / pixels
    return (mean, variance > 0 ? variance.squareRoot() : 1)
  }
}

extension Normalization: Codable {
  private enum CodingKeys: CodingKey {
    case mean
    case standardDeviation
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      mean: values.decode([Float].self, forKey: .mean),
      standardDeviation: values.decode([Float].self, forKey: .standardDeviation))
  }
}
