import Foundation
import Randomness

/// A probe by stochastic gradient descent: multinomial logistic regression on one layer's features.
///
/// Features are standardised and divided by √(their number), so that an image's are of length 1 on average and one learning
/// rate does for layers of any width. Weights begin at 0; every step takes the mean cross-entropy of a mini-batch, a penalty on
/// the weights but not on the bias, and momentum: v ← μv + g, w ← w − ηv. The rate falls from η to 0 along half a cosine. The
/// order of images is a function of seed and epoch, the same for every layer. All in double precision.
public struct SoftmaxRegression: Hashable, Sendable {
  public let epochs: Int
  public let batchSize: Int
  /// η of the first step.
  public let learningRate: Double
  public let momentum: Double
  /// The penalty's factor: half of it times the squared weights is added to the loss.
  public let weightDecay: Double
  public let seed: UInt64

  /// - Throws: `ProbeError.outOfRange` for numbers that make no sense.
  public init(
    epochs: Int = 10, batchSize: Int = 64, learningRate: Double = 4, momentum: Double = 0.9,
    weightDecay: Double = 1e-6, seed: UInt64 = 1
  ) throws(ProbeError) {
    let whole = 1...1_000_000_000
    guard whole.contains(epochs), whole.contains(batchSize) else {
      throw .outOfRange(
        parameter: "probe epochs and batch size", expected: "from 1", found: "\(epochs) and \(batchSize)")
    }
    guard learningRate > 0, learningRate.isFinite, weightDecay >= 0, weightDecay.isFinite,
      momentum >= 0, momentum < 1
    else {
      throw .outOfRange(
        parameter: "probe learning rate, momentum and weight decay",
        expected: "a rate above 0, momentum in 0..<1, decay from 0",
        found: "\(learningRate), \(momentum) and \(weightDecay)")
    }
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.seed = seed
  }

  /// The order of so many images in an epoch.
  public func order(epoch: Int, count: Int) -> [Int] {
    var random = RandomStream(seed: seed, stream: .probes, epoch: UInt32(truncatingIfNeeded: epoch))
    return random.shuffledIndices(count: count)
  }

  /// The learning rate of a step, from 0, of so many.
  public func learningRate(step: Int, of steps: Int) -> Double {
    learningRate * (1 + cos(.pi * Double(step) / Double(steps))) / 2
  }

  /// - Parameters:
  ///   - table: The features of the images to learn from.
  ///   - labels: Their classes, each in 0..<classes.
  /// - Returns: nil where a feature is NaN or infinite, and where the weights diverge.
  /// - Throws: `ProbeError` for no images, and labels that do not fit.
  public func fit(_ table: FeatureTable, labels: [Int32], classes: Int) throws(ProbeError)
    -> LinearClassifier?
  {
    try fit(table, labels: labels, classes: classes) { order(epoch: $0, count: table.samples) }
  }

  /// The same with another order of the images in each epoch.
  package func fit(
    _ table: FeatureTable, labels: [Int32], classes: Int, order: (Int) -> [Int]
  ) throws(ProbeError) -> LinearClassifier? {
    try table.check(labels, classes: classes)
    guard table.isFinite else { return nil }
    let scaling = FeatureScaling(table)
    var batch = SoftmaxBatch(
      features: table.features, classes: classes, capacity: min(batchSize, table.samples))
    var parameters = SoftmaxParameters(features: table.features, classes: classes)
    var velocity = parameters
    let batches = (table.samples + batchSize - 1) / batchSize
    var step = 0
    for epoch in 0..<epochs {
      let order = order(epoch)
      for first in stride(from: 0, to: table.samples, by: batchSize) {
        batch.load(
          table, labels, order[first..<min(first + batchSize, table.samples)], scaling: scaling)
        _ = batch.differentiate(parameters, weightDecay: weightDecay)
        parameters.descend(
          batch.gradient, &velocity, learningRate: learningRate(step: step, of: epochs * batches),
          momentum: momentum)
        step += 1
      }
    }
    let scale = 1 / Double(table.features).squareRoot()
    let classifier = try LinearClassifier(
      classes: classes, scaled: parameters.weights.map { $0 * scale }, bias: parameters.bias, scaling: scaling
    )
    return classifier.isFinite ? classifier : nil
  }
}
