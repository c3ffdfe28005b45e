/// Which layers improve on all before them.
public enum ProductiveLayers {
  /// A layer is productive if its probe's accuracy is above the best of all earlier ones by more than a tolerance.
  ///
  /// - Parameter accuracies: From the first layer to the last; nil where there is none, which is not productive.
  /// - Returns: One for each; the first accuracy that there is always is.
  public static func flags(_ accuracies: [Double?], tolerance: Double) -> [Bool] {
    var best: Double?
    return accuracies.map { accuracy in
      guard let accuracy else { return false }
      let isProductive = best.map { accuracy > $0 + tolerance } ?? true
      best = max(best ?? accuracy, accuracy)
      return isProductive
    }
  }
}
