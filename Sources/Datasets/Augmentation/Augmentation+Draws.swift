import Randomness

// What happens to one image is a pure function of seed, epoch and the image's place in its data set.

extension Augmentation {
  /// What a crop of the original size does to one image: output pixel (y, x) is pixel (y + top − padding, x + left −
  /// padding) of the image, or byte 0 outside of it; then the columns are reversed if `isFlipped`.
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

  /// What a resized crop does to one image: a part of it is resized to the full size, its columns are reversed if
  /// `isFlipped`, and its colours change.
  struct ResizedCrop {
    let region: ImageRegion
    let isFlipped: Bool
    let jitter: ColorJitter?
  }

  /// Whether images take a resized crop.
  var resizes: Bool { self == .resizedCropFlip || self == .resizedCropFlipJitter }

  /// The crop of an image; nil for other kinds of change, or none.
  ///
  /// - Parameter index: The image's place in its data set.
  public func crop(seed: UInt64, epoch: Int, index: Int) -> Crop? {
    guard case .cropFlip(let padding) = self else { return nil }
    var random = Self.stream(seed: seed, epoch: epoch, index: index)
    return Crop(
      top: random.integer(below: 2 * padding + 1), left: random.integer(below: 2 * padding + 1),
      padding: padding, isFlipped: random.integer(below: 2) == 1)
  }

  /// The resized crop of an image of `width` × `height` pixels; nil for other kinds of change, or none.
  func resizedCrop(width: Int, height: Int, seed: UInt64, epoch: Int, index: Int) -> ResizedCrop? {
    guard resizes else { return nil }
    var random = Self.stream(seed: seed, epoch: epoch, index: index)
    return ResizedCrop(
      region: RandomResizedCrop.region(width: width, height: height, &random),
      isFlipped: random.integer(below: 2) == 1,
      jitter: self == .resizedCropFlipJitter ? ColorJitter(&random) : nil)
  }

  private static func stream(seed: UInt64, epoch: Int, index: Int) -> RandomStream {
    RandomStream(
      seed: seed, stream: .augmentation, epoch: UInt32(truncatingIfNeeded: epoch), index: UInt64(index))
  }
}
