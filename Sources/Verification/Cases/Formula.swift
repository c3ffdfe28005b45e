/// Reproducible numbers: element i of the tensor `name` is word i of splitmix64 started at the FNV-1a hash of the name.
/// `tools/goldens/formula.py` repeats this bit for bit.
enum Formula {
  /// The words 0 ..< count of a tensor.
  static func words(_ name: String, count: Int) -> [UInt64] {
    let start = hash(name)
    return (0..<count).map { index in
      var word = start &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
      word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
      return word ^ (word >> 31)
    }
  }

  /// Multiples of 2⁻¹⁵ in [−1, 1).
  static func uniform(_ name: String, count: Int) -> [Float] {
    words(name, count: count).map { (Float($0 >> 48) - 32768) / 32768 }
  }

  /// Integers in 0 ..< bound.
  static func integers(_ name: String, count: Int, bound: Int) -> [Int32] {
    words(name, count: count).map { Int32(truncatingIfNeeded: ($0 >> 32) % UInt64(bound)) }
  }

  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
