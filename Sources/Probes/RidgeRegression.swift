/// A probe in closed form: least squares of one-hot targets with a penalty on the weights.
///
/// W = (ZᵀZ + λI)⁻¹ Zᵀ(Y − ȳ) of standardised features Z; the bias ȳ carries no penalty. The class with the highest score is
/// the answer.
public struct RidgeRegression: Hashable, Sendable {
  /// λ over the mean of ZᵀZ's diagonal, above 0.
  public let strength: Double

  /// Features of an image at most: the work grows with their third power, the memory with their square.
  public static let largestFeatures = 4096
  /// Features of pooled maps: fewer cells are taken until no more are left.
  public static let largestPooledFeatures = 2048

  /// - Throws: `ProbeError.outOfRange` for a strength that is not above 0 or not finite.
  public init(strength: Double = 1e-3) throws(ProbeError) {
    guard strength > 0, strength.isFinite else {
      throw .outOfRange(parameter: "ridge", expected: "a finite number above 0", found: "\(strength)")
    }
    self.strength = strength
  }

  /// - Parameters:
  ///   - table: The features of the images to learn from.
  ///   - labels: Their classes, each in 0..<classes.
  /// - Returns: nil where a feature is NaN or infinite, and for more than ``largestFeatures`` features. Features that do not
  ///   vary have no weight.
  /// - Throws: `ProbeError` for no images, and labels that do not fit.
  public func fit(_ table: FeatureTable, labels: [Int32], classes: Int) throws(ProbeError)
    -> LinearClassifier?
  {
    try table.check(labels, classes: classes)
    guard table.features <= Self.largestFeatures, table.isFinite else { return nil }
    let features = table.features
    let scaling = FeatureScaling(table)
    var gram = OuterProductSum(columns: features)
    var row = [Double](repeating: 0, count: features)
    var classSums = [Double](repeating: 0, count: classes * features)
    var shares = [Double](repeating: 0, count: classes)
    for sample in 0..<table.samples {
      row.withUnsafeMutableBufferPointer { row in
        table.values.withUnsafeBufferPointer { values in
          guard let row = row.baseAddress, let values = values.baseAddress else { return }
          scaling.scale(values + sample * features, into: row)
        }
      }
      row.withUnsafeBufferPointer { row in
        gram.add(rows: 1) { feature, _, place in place[0] = row[feature] }
        let first = Int(labels[sample]) * features
        for feature in 0..<features { classSums[first + feature] += row[feature] }
      }
      shares[Int(labels[sample])] += 1 / Double(table.samples)
    }
    var (sums, matrix) = gram.totals()
    let trace = (0..<features).reduce(0) { $0 + matrix[$1 * features + $1] }
    var weights = [Double](repeating: 0, count: classes * features)
    if trace > 0 {
      let penalty = strength * trace / Double(features)
      for feature in 0..<features { matrix[feature * features + feature] += penalty }
      guard let factor = CholeskyFactor(matrix, order: features) else { return nil }
      for label in 0..<classes {
        let target = (0..<features).map { classSums[label * features + $0] - shares[label] * sums[$0] }
        weights.replaceSubrange((label * features)..<((label + 1) * features), with: factor.solve(target))
      }
    }
    let classifier = try LinearClassifier(classes: classes, scaled: weights, bias: shares, scaling: scaling)
    return classifier.isFinite ? classifier : nil
  }
}
