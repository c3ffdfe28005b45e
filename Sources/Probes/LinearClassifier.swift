/// Scores of classes that are linear in features.
public struct LinearClassifier: Hashable, Sendable {
  public let classes: Int
  public let features: Int
  /// `[classes, features]`, for features as they are.
  public let weights: [Double]
  /// `[classes]`.
  public let bias: [Double]

  /// - Throws: `ProbeError.wrongCount` for weights of another number.
  public init(classes: Int, features: Int, weights: [Double], bias: [Double]) throws(ProbeError) {
    guard bias.count == classes else {
      throw .wrongCount(of: "biases", expected: classes, found: bias.count)
    }
    guard weights.count == classes * features else {
      throw .wrongCount(of: "weights of a probe", expected: classes * features, found: weights.count)
    }
    (self.classes, self.features, self.weights, self.bias) = (classes, features, weights, bias)
  }

  /// For features as they are, from weights of scaled ones.
  init(classes: Int, scaled weights: [Double], bias: [Double], scaling: FeatureScaling) throws(ProbeError) {
    let features = scaling.means.count
    var (weights, bias) = (weights, bias)
    for label in 0..<classes {
      for feature in 0..<features {
        weights[label * features + feature] *= scaling.factors[feature]
        bias[label] -= weights[label * features + feature] * scaling.means[feature]
      }
    }
    try self.init(classes: classes, features: features, weights: weights, bias: bias)
  }

  public var isFinite: Bool { weights.allSatisfy(\.isFinite) && bias.allSatisfy(\.isFinite) }

  /// The class with the highest score of each image; of equal ones the first.
  ///
  /// - Throws: `ProbeError.wrongCount` for images of another number of features.
  public func predictions(_ table: FeatureTable) throws(ProbeError) -> [Int] {
    guard table.features == features else {
      throw .wrongCount(of: "features per image", expected: features, found: table.features)
    }
    var row = [Double](repeating: 0, count: features)
    var result: [Int] = []
    for sample in 0..<table.samples {
      for feature in 0..<features { row[feature] = Double(table.values[sample &* features &+ feature]) }
      let scores = scores(row)
      result.append(scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 })
    }
    return result
  }

  /// How many images it gets right.
  ///
  /// - Throws: `ProbeError.wrongCount` for features or labels of another number.
  public func correct(_ table: FeatureTable, labels: some Collection<Int32>) throws(ProbeError) -> Int {
    guard labels.count == table.samples else {
      throw .wrongCount(of: "labels", expected: table.samples, found: labels.count)
    }
    return zip(try predictions(table), labels).count { $0 == Int($1) }
  }

  private func scores(_ row: [Double]) -> [Double] {
    row.withUnsafeBufferPointer { row in
      weights.withUnsafeBufferPointer { weights in
        guard let row = row.baseAddress, let weights = weights.baseAddress else { return bias }
        return bias.indices.map {
          bias[$0] + VectorLoops.dot(weights + $0 * features, row, count: features)
        }
      }
    }
  }
}
