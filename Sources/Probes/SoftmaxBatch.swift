import Foundation

/// Weights and biases of a softmax regression, or what belongs to each of them.
package struct SoftmaxParameters: Sendable {
  /// `[classes, features]`.
  package var weights: [Double]
  /// `[classes]`.
  package var bias: [Double]

  package init(features: Int, classes: Int) {
    weights = [Double](repeating: 0, count: classes * features)
    bias = [Double](repeating: 0, count: classes)
  }

  /// v ← μv + g, w ← w − ηv.
  mutating func descend(
    _ gradient: SoftmaxParameters, _ velocity: inout SoftmaxParameters, learningRate: Double, momentum: Double
  ) {
    Self.descend(&weights, gradient.weights, &velocity.weights, learningRate, momentum)
    Self.descend(&bias, gradient.bias, &velocity.bias, learningRate, momentum)
  }

  private static func descend(
    _ values: inout [Double], _ gradient: [Double], _ velocity: inout [Double], _ learningRate: Double,
    _ momentum: Double
  ) {
    values.withUnsafeMutableBufferPointer { values in
      velocity.withUnsafeMutableBufferPointer { velocity in
        gradient.withUnsafeBufferPointer { gradient in
          for index in 0..<values.count {
            let change = momentum * velocity[index] + gradient[index]
            velocity[index] = change
            values[index] -= learningRate * change
          }
        }
      }
    }
  }
}

/// Some images' scaled features, and the gradient of their mean cross-entropy.
package struct SoftmaxBatch: Sendable {
  package private(set) var gradient: SoftmaxParameters
  private let features: Int
  private let classes: Int
  private var count = 0
  /// `[count, features]`.
  private var rows: [Double]
  private var labels: [Int]
  /// Scores, then probabilities, `[classes]`.
  private var scores: [Double]

  package init(features: Int, classes: Int, capacity: Int) {
    self.features = features
    self.classes = classes
    gradient = SoftmaxParameters(features: features, classes: classes)
    rows = [Double](repeating: 0, count: capacity * features)
    labels = [Int](repeating: 0, count: capacity)
    scores = [Double](repeating: 0, count: classes)
  }

  /// Takes images, standardised and divided by √features.
  mutating func load(
    _ table: FeatureTable, _ labels: [Int32], _ samples: ArraySlice<Int>, scaling: FeatureScaling
  ) {
    let scale = 1 / Double(features).squareRoot()
    count = samples.count
    let features = features
    rows.withUnsafeMutableBufferPointer { rows in
      table.values.withUnsafeBufferPointer { values in
        guard let rows = rows.baseAddress, let values = values.baseAddress else { return }
        for (place, sample) in samples.enumerated() {
          scaling.scale(values + sample * features, into: rows + place * features)
        }
        for index in 0..<(samples.count * features) { rows[index] *= scale }
      }
    }
    for (place, sample) in samples.enumerated() { self.labels[place] = Int(labels[sample]) }
  }

  /// Takes scaled rows as they are.
  package mutating func load(rows: [Double], labels: [Int]) {
    (self.rows, self.labels, count) = (rows, labels, labels.count)
  }

  /// Leaves the derivatives of the loss in ``gradient``.
  ///
  /// - Returns: the mean cross-entropy in nats, with half of the decay times the squared weights.
  package mutating func differentiate(_ parameters: SoftmaxParameters, weightDecay: Double) -> Double {
    let (features, classes, count, labels, bias) = (features, classes, count, labels, parameters.bias)
    // Taken out, so that they can be written while `rows` is read.
    var (derivatives, biasDerivatives, scores) = (gradient.weights, gradient.bias, scores)
    gradient = SoftmaxParameters(features: 0, classes: 0)
    var loss = 0.0
    for label in 0..<classes { biasDerivatives[label] = 0 }
    rows.withUnsafeBufferPointer { rows in
      parameters.weights.withUnsafeBufferPointer { weights in
        derivatives.withUnsafeMutableBufferPointer { derivatives in
          guard let rows = rows.baseAddress, let weights = weights.baseAddress,
            let derivatives = derivatives.baseAddress
          else { return }
          for index in 0..<(classes * features) { derivatives[index] = weightDecay * weights[index] }
          for sample in 0..<count {
            let row = rows + sample * features
            for label in 0..<classes {
              scores[label] = bias[label] + VectorLoops.dot(weights + label * features, row, count: features)
            }
            loss += Self.softmax(&scores, label: labels[sample])
            for label in 0..<classes {
              let error = (scores[label] - (label == labels[sample] ? 1 : 0)) / Double(count)
              biasDerivatives[label] += error
              VectorLoops.add(row, times: error, to: derivatives + label * features, count: features)
            }
          }
        }
      }
    }
    (gradient.weights, gradient.bias, self.scores) = (derivatives, biasDerivatives, scores)
    let squares = weightDecay == 0 ? 0 : parameters.weights.reduce(0) { $0 + $1 * $1 }
    return loss / Double(max(1, count)) + weightDecay * squares / 2
  }

  /// Turns scores into probabilities.
  ///
  /// - Returns: −ln of the label's.
  private static func softmax(_ scores: inout [Double], label: Int) -> Double {
    let highest = scores.max() ?? 0
    let score = scores[label] - highest
    var total = 0.0
    for index in scores.indices {
      scores[index] = exp(scores[index] - highest)
      total += scores[index]
    }
    for index in scores.indices { scores[index] /= total }
    return log(total) - score
  }
}
