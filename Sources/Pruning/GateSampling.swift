import Randomness

/// Draws masks: rows of gates that are 0 or 1.
public enum GateSampling {
  /// Each gate's probability to be drawn as 1: θ, but at least ε away from 0 and 1, so that both sides of a gate are seen.
  /// Gates that are fixed keep their value.
  ///
  /// - Parameter isFixed: one per gate; a fixed gate's θ is 0 or 1.
  public static func probabilities(_ theta: [Double], isFixed: [Bool], exploration: Double) -> [Double] {
    zip(theta, isFixed).map { $1 ? $0 : min(max($0, exploration), 1 - exploration) }
  }

  /// Masks for one step, `[rows, gates]`: a pure function of the probabilities, the seed, the epoch and the step.
  public static func masks(
    _ probabilities: [Double], rows: Int, seed: UInt64, epoch: Int, step: Int, into masks: inout [Float]
  ) {
    let count = probabilities.count
    if masks.count != rows * count { masks = [Float](repeating: 1, count: rows * count) }
    // A word is below this with the gate's probability; 2^32 is out of a word's reach.
    let thresholds = probabilities.map { UInt64($0 * 0x1p32) }
    var random = RandomStream(seed: seed, stream: .gates, epoch: UInt32(epoch), index: UInt64(step))
    masks.withUnsafeMutableBufferPointer { masks in
      for row in 0..<rows {
        for gate in 0..<count {
          masks[row * count + gate] = UInt64(random.nextWord()) < thresholds[gate] ? 1 : 0
        }
      }
    }
  }
}
