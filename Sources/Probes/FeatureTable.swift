/// Numbers of some images, as many of each.
public struct FeatureTable: Hashable, Sendable {
  /// Numbers per image, at least 1.
  public let features: Int
  /// `[samples, features]`.
  public private(set) var values: [Float]

  public var samples: Int { values.count / features }

  /// - Throws: `ProbeError` for no features, and for a part of an image.
  public init(features: Int, values: [Float] = []) throws(ProbeError) {
    guard features > 0 else {
      throw .outOfRange(parameter: "features", expected: "at least 1", found: "\(features)")
    }
    self.features = features
    self.values = []
    try append(values)
  }

  /// Adds images.
  ///
  /// - Throws: `ProbeError.wrongCount` for a part of an image.
  public mutating func append(_ more: [Float]) throws(ProbeError) {
    guard more.count.isMultiple(of: features) else {
      throw .wrongCount(of: "features per image", expected: features, found: more.count % features)
    }
    values += more
  }

  public var isFinite: Bool { values.allSatisfy(\.isFinite) }

  /// Throws unless there is a label in 0..<classes for every image, and an image.
  func check(_ labels: [Int32], classes: Int) throws(ProbeError) {
    guard samples > 0 else {
      throw .outOfRange(parameter: "images to fit a probe to", expected: "at least 1", found: "0")
    }
    guard labels.count == samples else {
      throw .wrongCount(of: "labels", expected: samples, found: labels.count)
    }
    guard let wrong = labels.first(where: { $0 < 0 || Int($0) >= classes }) else { return }
    throw .outOfRange(parameter: "labels", expected: "0 to \(classes - 1)", found: "\(wrong)")
  }
}

/// What makes features comparable: each minus its mean, over its standard deviation. One that never varies becomes 0.
struct FeatureScaling: Hashable, Sendable {
  /// `[features]`.
  let means: [Double]
  /// 1 / σ, 0 where σ is; `[features]`.
  let factors: [Double]

  /// Of some images, in two passes and double precision.
  init(_ table: FeatureTable) {
    let (features, samples) = (table.features, Double(table.samples))
    var means = [Double](repeating: 0, count: features)
    var squares = means
    table.values.withUnsafeBufferPointer { values in
      for sample in 0..<table.samples {
        for feature in 0..<features { means[feature] += Double(values[sample &* features &+ feature]) }
      }
      for feature in 0..<features { means[feature] /= samples }
      for sample in 0..<table.samples {
        for feature in 0..<features {
          let distance = Double(values[sample &* features &+ feature]) - means[feature]
          squares[feature] += distance * distance
        }
      }
    }
    self.means = means
    factors = zip(means, squares).map { mean, square in
      let deviation = (square / samples).squareRoot()
      // A constant's mean may be off by its rounding.
      return deviation > abs(mean) * 1e-12 ? 1 / deviation : 0
    }
  }

  /// Writes an image's features, scaled, `[features]`.
  @inline(__always)
  func scale(_ values: UnsafePointer<Float>, into result: UnsafeMutablePointer<Double>) {
    means.withUnsafeBufferPointer { means in
      factors.withUnsafeBufferPointer { factors in
        for feature in 0..<means.count {
          result[feature] = (Double(values[feature]) - means[feature]) * factors[feature]
        }
      }
    }
  }
}
