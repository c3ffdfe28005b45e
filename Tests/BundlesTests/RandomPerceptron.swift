import Randomness

/// An untrained fully connected network with ReLU, He-uniform weights and no biases.
struct RandomPerceptron {
  let width: Int
  let samples: Int
  /// `[samples, features]`.
  private(set) var activations: [Float]
  private var random: RandomStream

  /// - Parameter inputs: `[samples, features]`.
  init(width: Int, inputs: [Float], samples: Int, random: RandomStream) {
    self.width = width
    self.samples = samples
    self.random = random
    activations = inputs
  }

  /// Moves on to the next layer's activations.
  ///
  /// - Returns: the largest absolute value of its weights.
  mutating func advance() -> Float {
    let features = activations.count / samples
    let limit = (6 / Float(features)).squareRoot()
    let weights = (0..<(width * features)).map { _ in random.uniform(in: -limit..<limit) }
    var outputs: [Float] = []
    outputs.reserveCapacity(samples * width)
    activations.withUnsafeBufferPointer { inputs in
      weights.withUnsafeBufferPointer { weights in
        for sample in 0..<samples {
          for unit in 0..<width {
            let (row, column) = (sample * features, unit * features)
            var sum: Float = 0
            for feature in 0..<features { sum += inputs[row + feature] * weights[column + feature] }
            outputs.append(max(0, sum))
          }
        }
      }
    }
    activations = outputs
    return weights.reduce(0) { max($0, $1.magnitude) }
  }

  /// Points around one centre per class, within 0…1.
  static func blobs(
    samples: Int, features: Int, classes: Int, spread: Double, random: inout RandomStream
  ) -> (inputs: [Float], labels: [Int]) {
    let centres = (0..<(classes * features)).map { _ in random.uniform() }
    var inputs: [Float] = []
    var labels: [Int] = []
    for _ in 0..<samples {
      let label = random.integer(below: classes)
      labels.append(label)
      for feature in 0..<features {
        let value = centres[label * features + feature] + Float(spread * random.standardNormal())
        inputs.append(min(max(value, 0), 1))
      }
    }
    return (inputs, labels)
  }
}
