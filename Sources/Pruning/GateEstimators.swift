/// Estimates of E[loss | gate = 1] − E[loss | gate = 0], the derivative of the expected loss by a gate's probability, from
/// one step with masks drawn with probabilities q. The loss is the mean over the batch.
public enum GateEstimators {
  /// The trapezoid rule: the derivative by the gate, seen at both ends with equal weight,
  /// mean of ½ · dℓ/dξ · (ξ / q + (1 − ξ) / (1 − q)). Exact where the loss is quadratic in the gate.
  ///
  /// - Parameters:
  ///   - gradients: Derivatives of the batch's mean loss, `[rows, gates]`: each row's part of the mean.
  ///   - masks: `[rows, gates]`.
  ///   - gates: Which gates to estimate; the others' entries of the result are left as they are.
  ///   - estimates: Receives one number per gate.
  public static func trapezoid(
    gradients: [Float], masks: [Float], probabilities: [Double], rows: Int, gates: [Int],
    into estimates: inout [Double]
  ) {
    let count = probabilities.count
    for gate in gates { estimates[gate] = 0 }
    gradients.withUnsafeBufferPointer { gradients in
      masks.withUnsafeBufferPointer { masks in
        for row in 0..<rows {
          for gate in gates {
            let index = row * count + gate
            let q = probabilities[gate]
            let chance = masks[index] > 0 ? q : 1 - q
            estimates[gate] += 0.5 * Double(gradients[index]) / chance
          }
        }
      }
    }
  }

  /// REINFORCE with the mean loss of the other rows as its baseline:
  /// mean of (ℓ_r − mean of the others' ℓ) · (ξ − q) / (q (1 − q)). Without bias, with much variance.
  ///
  /// - Parameters:
  ///   - losses: The mean loss of each row's examples; at least two rows.
  ///   - masks: `[rows, gates]`.
  public static func leaveOneOut(
    losses: [Double], masks: [Float], probabilities: [Double], gates: [Int], into estimates: inout [Double]
  ) {
    let rows = losses.count
    precondition(rows > 1, "leave-one-out needs at least two masks per step")
    let count = probabilities.count
    let total = losses.reduce(0, +)
    for gate in gates { estimates[gate] = 0 }
    for row in 0..<rows {
      let advantage = losses[row] - (total - losses[row]) / Double(rows - 1)
      for gate in gates {
        let q = probabilities[gate]
        let score = (Double(masks[row * count + gate]) - q) / (q * (1 - q))
        estimates[gate] += advantage * score / Double(rows)
      }
    }
  }

  /// The mean difference of a second pass in which every row had one gate flipped. Without bias apart from batch norm's
  /// coupling of rows; with little variance, as both passes see the same examples.
  ///
  /// - Parameters:
  ///   - losses: The mean loss of each row's examples.
  ///   - flippedLosses: The same with the row's gate flipped.
  ///   - flipped: The gate that was flipped in each row.
  /// - Returns: the estimates of the gates that were flipped anywhere.
  public static func pairedDifference(
    losses: [Double], flippedLosses: [Double], masks: [Float], flipped: [Int], count: Int
  ) -> [Int: Double] {
    var sums: [Int: (sum: Double, rows: Int)] = [:]
    for (row, gate) in flipped.enumerated() {
      let change = flippedLosses[row] - losses[row]
      let wasOn = masks[row * count + gate] > 0
      let entry = sums[gate] ?? (0, 0)
      sums[gate] = (entry.sum + (wasOn ? -change : change), entry.rows + 1)
    }
    return sums.mapValues { $0.sum / Double($0.rows) }
  }
}
