import Randomness
import Spelling

/// Random changes of training images.
public enum Augmentation: Sendable, Equatable {
  /// Images as evaluation sees them.
  case none
  /// The usual augmentation of CIFAR: a border of `padding` zero bytes (so before normalisation), a random crop of
  /// the original size, and with probability ½ a flip of left and right.
  case cropFlip(padding: Int)
  /// The usual augmentation of ImageNet: a random part with 8 to 100 % of the area and a ratio of width to height in
  /// 3/4…4/3, resized to the full size, and with probability ½ a flip of left and right.
  case resizedCropFlip
  /// The same, and then the colours: brightness, contrast and saturation times 0.6…1.4 and the hue turned by up to a
  /// tenth of its circle, in random order.
  case resizedCropFlipJitter
}

extension Augmentation: CustomStringConvertible {
  private static let named: KeyValuePairs<String, Augmentation> = [
    "none": .none, "crop-flip": .cropFlip(padding: 4), "resized-crop-flip": .resizedCropFlip,
    "resized-crop-flip-jitter": .resizedCropFlipJitter,
  ]

  /// Understands `none`, `crop-flip`, which pads by 4, `resized-crop-flip` and `resized-crop-flip-jitter`.
  ///
  /// - Throws: `DatasetError.notUnderstood`.
  public init(parsing text: String) throws {
    guard let augmentation = Self.named.first(where: { $0.key == text })?.value else {
      let names = Self.named.map(\.key)
      let nearest = Spelling.nearest(to: text, among: names)
      throw DatasetError.notUnderstood(
        text: text, expected: "\(names.joined(separator: ", ")); did you mean \(nearest)?")
    }
    self = augmentation
  }

  /// The name that `init(parsing:)` understands.
  public var description: String {
    switch self {
    case .none: "none"
    case .cropFlip: "crop-flip"
    case .resizedCropFlip: "resized-crop-flip"
    case .resizedCropFlipJitter: "resized-crop-flip-jitter"
    }
  }
}
