import Networks

/// What a checkpoint's metadata say about its second moments.
struct AdaptiveRecord: Codable {
  var updates: Int
  var beta2: Float
  var epsilon: Float

  init(_ moments: AdaptiveMoments) {
    updates = moments.updates
    beta2 = moments.beta2
    epsilon = moments.epsilon
  }

  /// What is wrong with the numbers; nil if nothing is.
  var fault: String? {
    let most = TrainingConfiguration.maximumCount * TrainingConfiguration.maximumCount
    if !(0...most).contains(updates) { return "expected 0 to \(most) updates, found \(updates)" }
    if !(beta2 >= 0 && beta2 < 1) { return "expected beta2 from 0 to below 1, found \(beta2)" }
    if !(epsilon > 0 && epsilon.isFinite) { return "expected epsilon above 0, found \(epsilon)" }
    return nil
  }
}
