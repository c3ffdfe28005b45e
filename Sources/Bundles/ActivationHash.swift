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

  /// The hash of no elements.
  public init() {}

  /// - Parameters:
  ///   - index: The element's logical position, in the order channel, row, column.
  ///   - activation: The element itself, for the flags.
  ///   - word: What the resolution model makes of it.
  ///   - zeroWord: What it would make of activation 0 there.
  public mutating func add(index: Int, activation: Float, word: UInt32, zeroWord: UInt32) {
    let place = UInt32(truncatingIfNeeded: index) &* 0x85EB_CA77
    // Two mixes that have nothing in common: elements whose changes cancel in one do not in the other. What each begins with
    // are the first digits of π in hexadecimal.
    let one = Self.mix(place, word ^ 0x243F_6A88, 0x9E37_79B1, 0xC2B2_AE3D)
    let other = Self.mix(place, word ^ 0x85A3_08D3, 0xCC9E_2D51, 0x1B87_3593)
    first &+= Self.finish(one, 0x27D4_EB2F)
    second &+= Self.finish(one ^ 0x1319_8A2E, 0x1656_67B1)
    third &+= Self.finish(other, 0x27D4_EB2F)
    fourth &+= Self.finish(other ^ 0x0370_7344, 0x1656_67B1)
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
  private static func mix(_ place: UInt32, _ word: UInt32, _ first: UInt32, _ second: UInt32) -> UInt32 {
    var mixed = word &* first
    mixed ^= mixed >> 15
    mixed = (mixed &+ place) &* second
    return mixed ^ mixed >> 13
  }

  @inline(__always)
  private static func finish(_ mixed: UInt32, _ factor: UInt32) -> UInt32 {
    let product = mixed &* factor
    return product ^ product >> 16
  }
}
