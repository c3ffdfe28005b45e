/// The hash of a sample's words at one layer, as far as they have been added.
///
/// It is a sum over elements of mix(index, word), so elements may come in any order and in parts: a kernel may walk any
/// layout, skip the lanes that pad it, and add up partial hashes as it likes. Kernels compute the same: every constant and
/// shift here is part of what devices agree on. Ours.
public struct ActivationHash: Hashable, Sendable {
  private var first: UInt32 = 0
  private var second: UInt32 = 0
  private var third: UInt32 = 0
  private var fourth: UInt32 = 0
  private var flags: UInt32 = 0

  /// One for each of the four sums: the first digits of π in hexadecimal.
  public static let seeds: [UInt32] = [seed1, seed2, seed3, seed4]
  private static let seed1: UInt32 = 0x243F_6A88
  private static let seed2: UInt32 = 0x85A3_08D3
  private static let seed3: UInt32 = 0x1319_8A2E
  private static let seed4: UInt32 = 0x0370_7344

  /// The hash of no elements.
  public init() {}

  /// - Parameters:
  ///   - index: The element's logical position, in the order channel, row, column.
  ///   - activation: The element itself, for the flags.
  ///   - word: What the resolution model makes of it.
  ///   - zeroWord: What it would make of activation 0 there.
  public mutating func add(index: Int, activation: Float, word: UInt32, zeroWord: UInt32) {
    let index = UInt32(truncatingIfNeeded: index)
    first &+= Self.mix(index, word, Self.seed1)
    second &+= Self.mix(index, word, Self.seed2)
    third &+= Self.mix(index, word, Self.seed3)
    fourth &+= Self.mix(index, word, Self.seed4)
    let magnitude = activation.magnitude.bitPattern
    if magnitude > 0x7F80_0000 { flags |= BundleKey.notANumberBit }
    if magnitude == 0x7F80_0000 { flags |= BundleKey.infiniteBit }
    if word != zeroWord { flags |= BundleKey.nonzeroBit }
  }

  /// Adds what another hash has of the same sample and layer.
  public mutating func merge(_ other: ActivationHash) {
    first &+= other.first
    second &+= other.second
    third &+= other.third
    fourth &+= other.fourth
    flags |= other.flags
  }

  public var key: BundleKey { BundleKey(first, second, third, fourth & ~BundleKey.flagBits | flags) }

  @inline(__always)
  private static func mix(_ index: UInt32, _ word: UInt32, _ seed: UInt32) -> UInt32 {
    var mixed = (word ^ seed) &* 0x9E37_79B1
    mixed ^= mixed >> 15
    mixed = mixed &+ index &* 0x85EB_CA77
    mixed = mixed &* 0xC2B2_AE3D
    mixed ^= mixed >> 13
    mixed = mixed &* 0x27D4_EB2F
    return mixed ^ mixed >> 16
  }
}
