/// When a convolution is said to add nothing, as what it reads already sees everything.
///
/// Derived from Richter et al., "Should You Go Deeper?", arXiv 2106.12307, from its follow-up on refining architectures,
/// arXiv 2211.14487, and from the authors' public code, by which several conditions are told apart.
public struct FieldRule: Hashable, Sendable {
  /// Whether what is read must see more than the whole image, not just as much.
  public var isStrict: Bool
  /// Whether poolings between two convolutions count for what the second one reads.
  public var countsPoolings: Bool
  /// Whether 1×1 convolutions are judged too, which add no context anywhere.
  public var judgesPointwise: Bool
  /// Whether a convolution whose window covers the whole map that it reads, by the product of all strides, adds nothing
  /// either: it is like a linear layer.
  public var judgesSmallMaps: Bool

  public init(
    isStrict: Bool = false, countsPoolings: Bool = true, judgesPointwise: Bool = false,
    judgesSmallMaps: Bool = false
  ) {
    self.isStrict = isStrict
    self.countsPoolings = countsPoolings
    self.judgesPointwise = judgesPointwise
    self.judgesSmallMaps = judgesSmallMaps
  }

  /// The rule of the follow-up work: the field of what is read is as large as the image, poolings counted.
  public static let field = FieldRule()
  /// What the authors' public toolbox colours red (release 1.7.0).
  public static let toolbox = FieldRule(judgesPointwise: true, judgesSmallMaps: true)

  /// Whether a field of so many pixels leaves nothing to be seen on an axis of `size`.
  func covers(_ field: Int, _ size: Int) -> Bool { isStrict ? field > size : field >= size }
}

/// What a convolution can do with the context that it adds.
public enum FieldVerdict: String, CaseIterable, Hashable, Sendable, Codable {
  /// Its own field is no larger than the image.
  case productive
  /// Its own field exceeds the image on one axis only.
  case partial
  /// Its own field exceeds the image; what it reads does not see all of it.
  case critical
  /// What it reads sees the whole image already.
  case unproductive
}
