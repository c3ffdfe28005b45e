import Datasets
import Devices
import Foundation
import Networks
import Pruning

/// Prunes a network while a trainer trains it: draws the gates of every step, learns their probabilities, and says at the
/// end of each epoch what to remove. Use it from the thread that trains.
final class Pruner {
  let configuration: PruningConfiguration
  let schedule: PruningSchedule
  let batchSize: Int
  let seed: UInt64
  var progress: PruningProgress
  /// What the network costs as it is.
  private(set) var physical: ExpectedComplexity
  /// The gates of the network as it is; nil where none are drawn.
  var layout: GateLayout?
  var prices: PriceModel?

  // What a step needs anew each time.
  var masks: [Float] = []
  var flippedMasks: [Float] = []
  var deviceGates: [Float] = []
  var deviceGradients: [Float] = []
  var gradients: [Float] = []
  var losses: [Float] = []
  var estimates: [Double] = []

  /// - Parameters:
  ///   - network: Before pruning.
  ///   - saved: Where a resumed pruning was; its network is then `current`.
  ///   - current: The network as it is.
  /// - Throws: `NetworkError`; `ConfigurationError.conflict` where the network has nothing to prune.
  init(
    _ configuration: PruningConfiguration, schedule: PruningSchedule, network: Network, current: Network,
    saved: PruningProgress?, batchSize: Int, seed: UInt64
  ) throws {
    self.configuration = configuration
    self.schedule = schedule
    self.batchSize = batchSize
    self.seed = seed
    physical = try ExpectedComplexity(current)
    if let saved {
      progress = saved
    } else {
      progress = try PruningProgress(configuration, network, full: ExpectedComplexity(network))
      let structure = progress.structure
      guard structure.count > 0 || configuration.method == .dense else {
        throw ConfigurationError.conflict(
          "there is nothing to prune in \(network.name) with gates '\(configuration.gates.rawValue)'; choose other gates"
        )
      }
    }
    guard progress.state == nil || schedule.freeze > schedule.learningBegins else {
      throw ConfigurationError.conflict(
        "gates would not learn: they begin after epoch \(schedule.learningBegins) and are frozen after epoch "
          + "\(schedule.freeze) of \(schedule.epochs); change gate-warmup-epochs, freeze-at or epochs")
    }
    if let share = configuration.targetShare(of: progress.full), share > 1 {
      throw ConfigurationError.conflict(
        "target-macs asks for \(Int(share * progress.full.multiplyAccumulates)) multiply-accumulates, more than the "
          + "\(Int(progress.full.multiplyAccumulates)) of \(network.name); give less, or a share up to 1")
    }
    try follow(current)
    if configuration.method == .uniform, saved == nil { try recordUniform(from: network, to: current) }
  }

  /// Whether masks are drawn in the steps of an epoch.
  var isSampling: Bool { progress.state != nil }

  /// Rows of masks per step.
  var rows: Int { configuration.masks.rows(batchSize: batchSize) }

  /// What the session of the network as it is needs; nil for plain training.
  var stochasticGates: StochasticGates? {
    guard isSampling else { return nil }
    if case .groups(let count) = configuration.masks {
      return StochasticGates(rows: count, hasOwnStatistics: true)
    }
    return StochasticGates(rows: rows)
  }

  /// The network to run: with gates while masks are drawn.
  func executedNetwork(_ network: Network) -> Network { layout?.gated.network ?? network }

  /// Takes the network as it is now.
  func follow(_ network: Network) throws {
    physical = try ExpectedComplexity(network)
    guard progress.state != nil else {
      (layout, prices) = (nil, nil)
      return
    }
    let layout = try GateLayout(network, matching: progress.structure)
    self.layout = layout
    prices = try PriceModel(
      layout, full: progress.full, alpha: configuration.alpha, beta: configuration.beta)
    estimates = [Double](repeating: .nan, count: layout.count)
  }

  /// Sets the gates with which the network is evaluated: each at its likelier value, all open before they learn.
  func setEvaluationGates(_ session: TrainingSession) throws {
    guard let layout, let state = progress.state else { return }
    let learns = progress.decidedEpochs > schedule.learningBegins
    var values: [Float] = []
    layout.expand(state.isLikely.map { $0 || !learns ? 1 : 0 }, rows: 1, into: &values)
    try session.setGates(values)
  }

  /// Multiply-accumulates and parameters that are to be expected.
  var expected: ExpectedComplexity {
    guard let prices, let state = progress.state else { return physical }
    return prices.expected(state.theta)
  }
}

/// When a pruning does what, in epochs.
struct PruningSchedule: Hashable, Sendable {
  /// Of the training.
  let epochs: Int
  let stepsPerEpoch: Int
  /// The first in which gates learn.
  let learningBegins: Int
  /// After so many, gates are frozen, or another method prunes.
  let freeze: Int

  init(_ configuration: PruningConfiguration, epochs: Int, stepsPerEpoch: Int) {
    self.epochs = epochs
    self.stepsPerEpoch = stepsPerEpoch
    let at = configuration.freezeAt
    // A share of few epochs still leaves one to warm up and one to learn.
    let freeze = at > 1 ? at.rounded() : max((at * Double(epochs)).rounded(), 2)
    self.freeze = Int(min(max(freeze, 1), Double(epochs)))
    learningBegins = min(configuration.warmupEpochs, self.freeze)
  }

  /// Epochs in which a useless gate falls from ½ to 0.
  func thetaEpochs(_ configuration: PruningConfiguration) -> Double {
    configuration.thetaEpochs ?? max(0.3 * Double(freeze - learningBegins), 0.05)
  }

  /// How much of the phase in which gates learn is over, 0…1.
  func phase(epoch: Int, step: Int) -> Double {
    let done = Double((epoch - learningBegins) * stepsPerEpoch + step)
    return min(max(done / Double(max(1, learningSteps)), 0), 1)
  }

  /// What the rate of θ is multiplied by: it falls by half a cosine from 1.95 to 0.05, 1 on average, so that noise keeps
  /// fewer and fewer gates from the ends that they are drawn to.
  func rateFactor(epoch: Int, step: Int) -> Double {
    0.05 + 0.95 * (1 + cos(Double.pi * phase(epoch: epoch, step: step)))
  }

  var learningSteps: Int { (freeze - learningBegins) * stepsPerEpoch }
}

extension PruningProgress {
  /// Before the first step.
  init(_ configuration: PruningConfiguration, _ network: Network, full: ExpectedComplexity) throws {
    let layout = try GateLayout(network, scope: configuration.gates)
    structure = try GateStructure(layout)
    self.full = full
    survivors = Array(0..<layout.count)
    nu = configuration.nu
    isFrozen = configuration.method == .dense || configuration.method == .uniform
    decidedEpochs = 0
    needsRefresh = false
    cost = 0
    removed = []
    audit = EstimatorAudit()
    state = nil
    guard configuration.method == .bernoulli, configuration.nu > 0, layout.count > 0 else { return }
    let model = try PriceModel(layout, full: full, alpha: configuration.alpha, beta: configuration.beta)
    let ones = [Double](repeating: 1, count: layout.count)
    let state = GateState(layout, theta: configuration.initialTheta, scale: model.unitPrices(ones))
    self.state = state
    if let target = configuration.targetShare(of: full) {
      controller = MacController(
        target: target, start: model.expected(state.theta).multiplyAccumulates / full.multiplyAccumulates,
        nu: configuration.nu)
    }
  }
}

extension ExpectedComplexity {
  /// What a network costs for certain.
  init(_ network: Network) throws {
    let complexity = try Complexity(network)
    self.init(
      multiplyAccumulates: Double(complexity.multiplyAccumulates), parameters: Double(complexity.parameters))
  }
}

extension PruningConfiguration {
  /// The budget as a share of the full network's multiply-accumulates; nil without one.
  func targetShare(of full: ExpectedComplexity) -> Double? {
    budget(of: full).map { $0 / full.multiplyAccumulates }
  }

  /// The budget in multiply-accumulates; nil without one.
  func budget(of full: ExpectedComplexity) -> Double? {
    targetMacs.map { $0 > 1 ? $0 : $0 * full.multiplyAccumulates }
  }
}
