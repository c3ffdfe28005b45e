import Datasets
import Pruning
import Randomness

// A training step with drawn gates, and what the gates learn from it.

extension Pruner {
  /// Steps between two looks at how the layers' estimator compares with an exact difference.
  private static let stepsBetweenAudits = 20

  /// Trains on a batch with masks drawn for it; in the phase for that the gates learn.
  func step(
    _ session: TrainingSession, _ batch: Batch, learningRate: Float, epoch: Int, step: Int
  ) throws {
    guard let layout, let prices, var state = progress.state else { return }
    let isFixed = state.isFixed
    let learns = epoch >= schedule.learningBegins
    // Before gates learn the whole network does, but with the batch statistics that it will have: those of groups.
    let probabilities =
      learns ? drawingProbabilities(state, layout) : [Double](repeating: 1, count: layout.count)
    GateSampling.masks(
      probabilities, rows: rows, seed: seed, epoch: epoch, step: step, into: &masks)
    let free = layout.sets.filter { $0.kind == .block && !isFixed[$0.range.lowerBound] }.map(
      \.range.lowerBound)
    let isPaired =
      learns && !free.isEmpty
      && (estimator == .difference || (rows == 1 && step % Self.stepsBetweenAudits == 0))
    let flipped = isPaired ? draw(free, epoch: epoch, step: step) : []
    let flippedLosses = try isPaired ? losses(session, batch, layout, flipping: flipped) : []

    layout.expand(masks, rows: rows, into: &deviceGates)
    try session.setStochasticGates(deviceGates)
    try session.trainingStep(images: batch.images, labels: batch.labels, learningRate: learningRate)
    guard learns else { return }
    try session.gateGradients(into: &deviceGradients)
    layout.contract(deviceGradients, gates: masks, rows: rows, into: &gradients)
    let rowLosses = try rowLosses(session)
    estimate(layout, probabilities, isFixed: isFixed, blocks: free, rowLosses: rowLosses)
    if isPaired {
      let differences = GateEstimators.pairedDifference(
        losses: rowLosses, flippedLosses: flippedLosses, masks: masks, flipped: flipped, count: layout.count)
      for (gate, difference) in differences.sorted(by: { $0.key < $1.key }) {
        if estimator == .difference {
          estimates[gate] = difference
        } else {
          progress.audit.add(estimate: estimates[gate], difference: difference)
        }
      }
    }
    var update = GateUpdate(
      smoothing: configuration.smoothing, thetaEpochs: schedule.thetaEpochs(configuration),
      stepsPerEpoch: schedule.stepsPerEpoch)
    update.rate *= schedule.rateFactor(epoch: epoch, step: step)
    update.apply(to: &state, estimates: estimates, prices: prices.unitPrices(state.theta), nu: progress.nu)
    progress.state = state
    try control(prices, state, epoch: epoch, step: step)
  }

  /// With which probabilities masks are drawn. Blocks that a second pass looks at need not be tried out in training.
  func drawingProbabilities(_ state: GateState, _ layout: GateLayout) -> [Double] {
    var probabilities = GateSampling.probabilities(
      state.theta, isFixed: state.isFixed, exploration: configuration.exploration)
    if estimator == .difference {
      for set in layout.sets where set.kind == .block {
        probabilities[set.range.lowerBound] = state.theta[set.range.lowerBound]
      }
    }
    return probabilities
  }

  /// How layers are estimated.
  var estimator: LayerEstimator {
    switch configuration.layerEstimator {
    case .automatic: rows > 1 ? .leaveOneOut : .trapezoid
    case let estimator: estimator
    }
  }

  private func estimate(
    _ layout: GateLayout, _ probabilities: [Double], isFixed: [Bool], blocks: [Int], rowLosses: [Double]
  ) {
    let isBlock = Set(blocks)
    let units = (0..<layout.count).filter { !isFixed[$0] && !isBlock.contains($0) }
    GateEstimators.trapezoid(
      gradients: gradients, masks: masks, probabilities: probabilities, rows: rows,
      gates: estimator == .trapezoid ? units + blocks : units, into: &estimates)
    switch estimator {
    case .leaveOneOut:
      GateEstimators.leaveOneOut(
        losses: rowLosses, masks: masks, probabilities: probabilities, gates: blocks, into: &estimates)
    case .difference: for block in blocks { estimates[block] = .nan }
    case .trapezoid, .automatic: break
    }
  }

  /// A block for every row, drawn at random.
  private func draw(_ blocks: [Int], epoch: Int, step: Int) -> [Int] {
    var random = RandomStream(seed: seed, stream: .gateAudit, epoch: UInt32(epoch), index: UInt64(step))
    return (0..<rows).map { _ in blocks[random.integer(below: blocks.count)] }
  }

  /// The mean loss of every row with the masks of this step, one gate of each flipped, and the weights as they are.
  private func losses(
    _ session: TrainingSession, _ batch: Batch, _ layout: GateLayout, flipping flipped: [Int]
  ) throws -> [Double] {
    flippedMasks = masks
    for (row, gate) in flipped.enumerated() {
      flippedMasks[row * layout.count + gate] = 1 - masks[row * layout.count + gate]
    }
    layout.expand(flippedMasks, rows: rows, into: &deviceGates)
    try session.setStochasticGates(deviceGates)
    try session.batchPass(images: batch.images, labels: batch.labels)
    return try rowLosses(session)
  }

  /// The mean loss of every row's examples in the last pass.
  func rowLosses(_ session: TrainingSession) throws -> [Double] {
    try session.losses(into: &losses)
    let examples = batchSize / rows
    return (0..<rows).map { row in
      losses[(row * examples)..<((row + 1) * examples)].reduce(0) { $0 + Double($1) } / Double(examples)
    }
  }

  private func control(_ prices: PriceModel, _ state: GateState, epoch: Int, step: Int) throws {
    guard var controller = progress.controller else { return }
    let share = prices.expected(state.theta).multiplyAccumulates / progress.full.multiplyAccumulates
    progress.nu = controller.nu(
      share: share, phase: schedule.phase(epoch: epoch, step: step + 1), steps: schedule.learningSteps)
    progress.controller = controller
  }
}
