/// How large the values of one trainable tensor are.
public struct ParameterStatistics: Hashable, Sendable {
  /// Where in the network a tensor is.
  public enum Part: Hashable, Sendable {
    /// Before the first measured layer.
    case stem
    /// In the measured layer or block of this name.
    case layer(String)
    /// The classifier.
    case head
  }

  public var name: String
  public var part: Part
  /// Whether it is a scale or shift of a batch norm.
  public var isBatchNorm: Bool
  public var maximum: Double
  public var mean: Double

  /// - Parameters:
  ///   - maximum: Of the absolute values.
  ///   - mean: Of the absolute values.
  public init(name: String, part: Part, isBatchNorm: Bool = false, maximum: Double, mean: Double) {
    self.name = name
    self.part = part
    self.isBatchNorm = isBatchNorm
    self.maximum = maximum
    self.mean = mean
  }

  /// The statistics of a tensor's values; 0 for an empty tensor, NaN if one of them is.
  public init(name: String, part: Part, isBatchNorm: Bool = false, values: [Float]) {
    var maximum: Float = 0
    var sum = 0.0
    for value in values {
      // Unlike `max`, this keeps NaN.
      if !(value.magnitude <= maximum) { maximum = maximum.isNaN ? maximum : value.magnitude }
      sum += Double(value.magnitude)
    }
    self.init(
      name: name, part: part, isBatchNorm: isBatchNorm, maximum: Double(maximum),
      mean: values.isEmpty ? 0 : sum / Double(values.count))
  }
}
