import Randomness

/// Random changes of training images.
public enum Augmentation: Sendable, Equatable {
  /// Images as they are.
  case none
  /// The usual augmentation of CIFAR: a border of `padding` zero bytes (so before normalisation), a random crop of
  /// the original size, and with probability ½ a flip of left and right.
  case cropFlip(padding: Int)

  /// What happens to one image: output pixel (y, x) is pixel (y + top − padding, x + left − padding) of the
  /// image, or byte 0 outside of it; then the columns are reversed if `isFlipped`.
  public struct Crop: Sendable, Equatable {
    /// Rows that the crop starts below the upper edge of the padded image, in 0…2 · padding.
    public let top: Int
    /// Columns that the crop starts right of the left edge of the padded image, in 0…2 · padding.
    public let left: Int
    /// The width of the border.
    public let padding: Int
    /// Whether left and right change places.
    public let isFlipped: Bool
  }

  /// What happens to an image: a pure function of the arguments; nil if nothing does.
  ///
  /// - Parameter index: The image's place in its data set.
  public func crop(seed: UInt64, epoch: Int, index: Int) -> Crop? {
    guard case .cropFlip(let padding) = self else { return nil }
    var random = RandomStream(
      seed: seed, stream: .augmentation, epoch: UInt32(truncatingIfNeeded: epoch), index: UInt64(index))
    return Crop(
      top: random.integer(below: 2 * padding + 1), left: random.integer(below: 2 * padding + 1),
      padding: padding, isFlipped: random.integer(below: 2) == 1)
  }
}

extension Augmentation: CustomStringConvertible {
  /// Understands `none` and `crop-flip`, which pads by 4.
  ///
  /// - Throws: `DatasetError.notUnderstood`.
  public init(parsing text: String) throws {
    switch text {
    case "none": self = .none
    case "crop-flip": self = .cropFlip(padding: 4)
    default:
      let nearest = Spelling.nearest(to: text, among: ["none", "crop-flip"])
      throw DatasetError.notUnderstood(text: text, expected: "none or crop-flip; did you mean \(nearest)?")
    }
  }

  /// The name that `init(parsing:)` understands.
  public var description: String {
    switch self {
    case .none: "none"
    case .cropFlip: "crop-flip"
    }
  }
}
