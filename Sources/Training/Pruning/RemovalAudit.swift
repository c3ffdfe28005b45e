import Datasets
import Pruning

/// Measures by how much the loss rises without each of some gates: the others drawn as in training, the same images and
/// masks with the gate on and off, batch statistics.
struct RemovalAudit {
  private let pruner: Pruner
  private let gates: [Int]
  private let epoch: Int
  private var steps = 0
  private var sums: [Double]
  private var squares: [Double]
  private var images = 0
  private var masks: [Float] = []
  private var values: [Float] = []
  private var losses: [Float] = []

  init(_ pruner: Pruner, gates: [Int], epoch: Int) {
    self.pruner = pruner
    self.gates = gates
    self.epoch = epoch
    sums = Array(repeating: 0, count: gates.count)
    squares = sums
  }

  mutating func add(_ batch: Batch, _ session: TrainingSession) throws {
    guard let layout = pruner.layout, let state = pruner.progress.state else { return }
    let probabilities = pruner.drawingProbabilities(state, layout)
    // Other masks than those of the epoch's steps, which have lower numbers.
    GateSampling.masks(
      probabilities, rows: pruner.rows, seed: pruner.seed, epoch: epoch,
      step: pruner.schedule.stepsPerEpoch + steps, into: &masks)
    steps += 1
    for (index, gate) in gates.enumerated() {
      let drawn = masks
      defer { masks = drawn }
      let on = try lossesWith(gate, at: 1, layout, session, batch)
      let off = try lossesWith(gate, at: 0, layout, session, batch)
      for (with, without) in zip(on, off) {
        let rise = Double(without) - Double(with)
        sums[index] += rise
        squares[index] += rise * rise
      }
    }
    images += batch.count
  }

  private mutating func lossesWith(
    _ gate: Int, at value: Float, _ layout: GateLayout, _ session: TrainingSession, _ batch: Batch
  ) throws -> [Float] {
    for row in 0..<pruner.rows { masks[row * layout.count + gate] = value }
    layout.expand(masks, rows: pruner.rows, into: &values)
    try session.setStochasticGates(values)
    try session.batchPass(images: batch.images, labels: batch.labels)
    try session.losses(into: &losses)
    return losses
  }

  /// By gate.
  var changes: [Int: LossChange] {
    guard images > 1 else { return [:] }
    let n = Double(images)
    return Dictionary(
      uniqueKeysWithValues: gates.enumerated().map { index, gate in
        let mean = sums[index] / n
        let variance = max(0, squares[index] / n - mean * mean) * n / (n - 1)
        return (gate, LossChange(mean: mean, standardError: (variance / n).squareRoot()))
      })
  }
}
