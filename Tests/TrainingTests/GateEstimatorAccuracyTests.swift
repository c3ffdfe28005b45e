import Datasets
import Devices
import Networks
import Pruning
import Training
import XCTest

/// What one step says of a gate, beside the exact difference of the loss with the gate on and off.
final class GateEstimatorAccuracyTests: XCTestCase {
  private static let batchSize = 250
  private static let batches = 4

  private var network: Network { ToyTeacher.student(blocks: 3) }
  private var trained: ModelState?
  private var images: [Float] = []
  private var labels: [Int32] = []

  override func setUpWithError() throws {
    var configuration = TrainingConfiguration()
    configuration.epochs = 12
    configuration.learningRate = 0.05
    configuration.augmentation = .none
    configuration.optimizer.weightDecay = 1e-3
    let data = try ToyTeacher.data(training: 6000, test: 500)
    let trainer = try Trainer(
      network: network, data: data, configuration: configuration,
      device: DeviceCatalog.open(.cpu(nil), threads: 1).device)
    let result = try trainer.train()
    XCTAssertGreaterThan(result.test.top1, 0.5)
    trained = try trainer.checkpoint().state
    let few = data.training.subset(Array(0..<Self.batchSize * Self.batches))
    let loader = try BatchLoader(
      dataset: few, normalization: data.normalization,
      sampler: BatchSampler(count: few.count, batchSize: Self.batchSize, purpose: .evaluation), epoch: 0)
    while let batch = try loader.next() {
      images += batch.images
      labels += batch.labels
    }
  }

  func testTrapezoidFollowsTheExactDifferences() throws {
    for (theta, sampled) in [(1.0, 0.95), (0.7, 0.7)] {
      let exact = try exactDifferences(theta: theta)
      let estimates = try estimates(probability: sampled, draws: 40)
      let agreement = correlation(estimates.trapezoid, exact)
      XCTAssertGreaterThan(agreement, 0.95, "θ = \(theta)")
      let slope =
        zip(estimates.trapezoid, exact).reduce(0) { $0 + $1.0 * $1.1 } / exact.reduce(0) { $0 + $1 * $1 }
      // The loss falls steeply when a gate begins to open, so the trapezoid says somewhat too much.
      XCTAssertEqual(slope, 1.2, accuracy: 0.4, "θ = \(theta)")
    }
  }

  /// Where the weights are stationary the derivative of an open gate says nothing: useful units look useless.
  func testStraightThroughFailsAtOpenGates() throws {
    let exact = try exactDifferences(theta: 1)
    let straight = try estimates(probability: 1, draws: 1).straightThrough
    XCTAssertLessThan(correlation(straight, exact), 0.8)
    func size(_ values: [Double]) -> Double { values.reduce(0) { $0 + abs($1) } / Double(values.count) }
    XCTAssertLessThan(size(straight), 0.2 * size(exact))
  }

  // MARK: -

  private func session(_ layout: GateLayout) throws -> TrainingSession {
    let session = try TrainingSession(
      network: layout.gated.network, device: DeviceCatalog.open(.cpu(nil), threads: 1).device,
      batchSize: Self.batchSize, optimizer: OptimizerConfiguration(momentum: 0, weightDecay: 0),
      labelSmoothing: 0, stochasticGates: StochasticGates(rows: Self.batchSize))
    try session.load(try XCTUnwrap(trained))
    return session
  }

  private func batch(_ index: Int) -> (images: [Float], labels: [Int32]) {
    let range = (index * Self.batchSize)..<((index + 1) * Self.batchSize)
    return (Array(images[(range.lowerBound * 16)..<(range.upperBound * 16)]), Array(labels[range]))
  }

  /// Draws masks, runs a step that changes no weight, and gives what it said on average.
  private func estimates(
    probability: Double, draws: Int
  ) throws -> (trapezoid: [Double], straightThrough: [Double]) {
    let layout = try GateLayout(network, scope: .units)
    let session = try session(layout)
    let probabilities = [Double](repeating: probability, count: layout.count)
    var (masks, values, gradients, contracted): ([Float], [Float], [Float], [Float]) = ([], [], [], [])
    var step = [Double](repeating: 0, count: layout.count)
    var trapezoid = step
    var straight = step
    for draw in 0..<draws {
      for index in 0..<Self.batches {
        GateSampling.masks(
          probabilities, rows: Self.batchSize, seed: 9, epoch: draw, step: index, into: &masks)
        layout.expand(masks, rows: Self.batchSize, into: &values)
        try session.setStochasticGates(values)
        let batch = batch(index)
        try batch.images.withUnsafeBufferPointer { images in
          try batch.labels.withUnsafeBufferPointer {
            try session.trainingStep(images: images, labels: $0, learningRate: 0)
          }
        }
        try session.gateGradients(into: &gradients)
        layout.contract(gradients, gates: masks, rows: Self.batchSize, into: &contracted)
        GateEstimators.trapezoid(
          gradients: contracted, masks: masks, probabilities: probabilities, rows: Self.batchSize,
          gates: Array(0..<layout.count), into: &step)
        let count = Double(draws * Self.batches)
        for gate in 0..<layout.count {
          trapezoid[gate] += step[gate] / count
          for row in 0..<Self.batchSize {
            straight[gate] += Double(contracted[row * layout.count + gate]) / count
          }
        }
      }
    }
    return (trapezoid, straight)
  }

  /// E[loss | 1] − E[loss | 0] of each gate, the others drawn with θ.
  private func exactDifferences(theta: Double) throws -> [Double] {
    let layout = try GateLayout(network, scope: .units)
    let session = try session(layout)
    let probabilities = [Double](repeating: theta, count: layout.count)
    var (masks, values, losses): ([Float], [Float], [Float]) = ([], [], [])
    var differences = [Double](repeating: 0, count: layout.count)
    for draw in 0..<(theta == 1 ? 1 : 5) {
      for index in 0..<Self.batches {
        let batch = batch(index)
        for gate in 0..<layout.count {
          for value in [Float(1), 0] {
            GateSampling.masks(
              probabilities, rows: Self.batchSize, seed: 5, epoch: draw, step: index, into: &masks)
            for row in 0..<Self.batchSize { masks[row * layout.count + gate] = value }
            layout.expand(masks, rows: Self.batchSize, into: &values)
            try session.setStochasticGates(values)
            try batch.images.withUnsafeBufferPointer { images in
              try batch.labels.withUnsafeBufferPointer {
                try session.batchPass(images: images, labels: $0)
              }
            }
            try session.losses(into: &losses)
            let mean = losses.reduce(0) { $0 + Double($1) } / Double(Self.batchSize)
            differences[gate] += (value > 0 ? mean : -mean) / Double(Self.batches * (theta == 1 ? 1 : 5))
          }
        }
      }
    }
    return differences
  }

  private func correlation(_ first: [Double], _ second: [Double]) -> Double {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let (a, b) = (mean(first), mean(second))
    let products = zip(first, second).reduce(0) { $0 + ($1.0 - a) * ($1.1 - b) }
    let squares = first.reduce(0) { $0 + ($1 - a) * ($1 - a) } * second.reduce(0) { $0 + ($1 - b) * ($1 - b) }
    return products / squares.squareRoot()
  }
}
