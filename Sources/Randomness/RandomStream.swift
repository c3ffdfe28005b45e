/// A sequence of random numbers that is a pure function of (seed, stream, epoch, index).
///
/// Two streams made from the same four values yield the same numbers on every machine, in every thread and in any
/// order of use. So a batch does not depend on the thread that prepares it, and a resumed run needs no saved
/// generator state.
///
/// Word 4·b + w of a stream is word w of the Philox4x32-10 block whose key is (low, high half of the seed) and
/// whose counter is (b, low 32 bits of the index, epoch, stream · 2^16 + high 16 bits of the index). A stream
/// holds 2^34 words and then repeats.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: SIMD2<UInt32>
  private var counter: SIMD4<UInt32>
  private var block = SIMD4<UInt32>()
  private var position = 4
  var spareNormal: Double?

  /// The first index that a stream cannot have: 2^48.
  public static let indexLimit: UInt64 = 1 << 48

  /// - Parameters:
  ///   - seed: The seed of the whole run.
  ///   - stream: What the numbers are for.
  ///   - epoch: The epoch they belong to; 0 where there is none.
  ///   - index: The sample, tensor or step they belong to, below `indexLimit`.
  public init(seed: UInt64, stream: StreamIdentifier, epoch: UInt32 = 0, index: UInt64 = 0) {
    precondition(index < Self.indexLimit, "a random stream's index must be below 2^48, not \(index)")
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    let high = UInt32(stream.rawValue) << 16 | UInt32(truncatingIfNeeded: index >> 32)
    counter = SIMD4(0, UInt32(truncatingIfNeeded: index), epoch, high)
  }

  /// The next word: 32 random bits.
  public mutating func nextWord() -> UInt32 {
    if position == 4 {
      block = Philox4x32.block(counter: counter, key: key)
      counter[0] &+= 1
      position = 0
    }
    defer { position += 1 }
    return block[position]
  }

  /// The next two words as 64 random bits, the first word low.
  public mutating func next() -> UInt64 {
    let low = UInt64(nextWord())
    return UInt64(nextWord()) << 32 | low
  }
}
