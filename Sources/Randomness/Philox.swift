/// The counter-based generator Philox4x32 with ten rounds (Salmon, Moraes, Dror and Shaw, "Parallel Random
/// Numbers: As Easy as 1, 2, 3", SC 2011): a keyed bijection of 128-bit counters whose outputs pass for random.
///
/// It has no state. Any number of any sequence can be computed at any time, on any thread or device.
public enum Philox4x32 {
  /// The four random words that belong to `counter` under `key`.
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var words = counter
    var roundKey = key
    for _ in 0..<rounds {
      let first = multipliers[0].multipliedFullWidth(by: words[0])
      let second = multipliers[1].multipliedFullWidth(by: words[2])
      words = SIMD4(
        second.high ^ words[1] ^ roundKey[0], second.low,
        first.high ^ words[3] ^ roundKey[1], first.low)
      roundKey &+= keyIncrement
    }
    return words
  }

  private static let rounds = 10
  private static let multipliers = SIMD2<UInt32>(0xD251_1F53, 0xCD9E_8D57)
  private static let keyIncrement = SIMD2<UInt32>(0x9E37_79B9, 0xBB67_AE85)
}
