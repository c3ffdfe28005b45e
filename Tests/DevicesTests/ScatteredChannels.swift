/// A map of a shortcut's channels that looks random and is the same in every run: some inputs in any order, some zeros.
func scatteredChannels(inputs: Int, outputs: Int, seed: Int) -> [Int] {
  var generator = SplitMix64(state: UInt64(seed))
  let candidates = Array(0..<inputs) + Array(repeating: -1, count: outputs)
  return Array(candidates.shuffled(using: &generator).prefix(outputs))
}

private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
