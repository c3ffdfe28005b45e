/// What is left of one sample at one layer: samples with equal keys are in one bundle.
///
/// A hash of the activations' words of which four bits make way for flags. Were its 124 bits random, any two of N samples
/// with different words would get equal keys with a probability of N² / 2^125; a sum of mixed elements comes close to that for
/// activations of networks, but is no cryptographic hash. Ours.
public struct BundleKey: Hashable, Sendable {
  public var first: UInt32
  public var second: UInt32
  public var third: UInt32
  /// The upper four bits are flags.
  public var fourth: UInt32

  static let flagBits: UInt32 = 0xF000_0000
  static let notANumberBit: UInt32 = 1 << 28
  static let infiniteBit: UInt32 = 1 << 29
  static let nonzeroBit: UInt32 = 1 << 30

  /// - Parameters: The words as a device leaves them, flags in place.
  public init(_ first: UInt32, _ second: UInt32, _ third: UInt32, _ fourth: UInt32) {
    self.first = first
    self.second = second
    self.third = third
    self.fourth = fourth
  }

  /// Whether some activation is NaN. What the rest of the key says then means nothing.
  public var hasNotANumber: Bool { fourth & Self.notANumberBit != 0 }

  /// Whether some activation is infinite.
  public var hasInfinity: Bool { fourth & Self.infiniteBit != 0 }

  /// Whether no activation can be told from 0.
  public var isZeroCell: Bool { fourth & Self.nonzeroBit == 0 }
}

extension BundleKey: Comparable {
  public static func < (one: BundleKey, other: BundleKey) -> Bool {
    (one.first, one.second, one.third, one.fourth) < (other.first, other.second, other.third, other.fourth)
  }
}
