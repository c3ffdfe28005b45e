/// A hash of each image's feature maps in which activations that cannot be told apart count as equal.
///
/// Four words per image: sums over the elements of mixes of the element's place in NCHW order and the word of its cell.
/// The layout of the maps and the order of the sums do not matter: every device gives the same bits.
/// The last word's upper four bits say what was found: 1 something not a number, 2 something infinite, 4 something
/// outside of the cell of 0.
public struct ActivationHashProblem: Hashable, Sendable {
  public var shape: ActivationShape
  public var resolution: Resolution

  /// How activations become cells.
  public enum Resolution: Int, CaseIterable, Hashable, Sendable {
    /// Equal bits; 0 has no sign.
    case exact
    /// Equal remainders of a weight after an update with the activation: amplitude − activation · rate · (1 / batch), each
    /// operation rounded. Scales: amplitude, rate, 1 / batch.
    case update
    /// Equal multiples of a width, to the nearest. Scales: the reciprocal of every channel's width.
    case cells
  }

  public init(shape: ActivationShape, resolution: Resolution) {
    self.shape = shape
    self.resolution = resolution
  }

  /// Words of a hash.
  public static let words = 4

  /// The number of scales.
  public var scaleCount: Int {
    switch resolution {
    case .exact: 0
    case .update: 3
    case .cells: shape.channels
    }
  }
}
