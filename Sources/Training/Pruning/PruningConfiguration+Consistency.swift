import Pruning

extension PruningConfiguration {
  /// Throws where values exclude each other.
  ///
  /// - Throws: `ConfigurationError.conflict`.
  func checkConsistency(epochs: Int, batchSize: Int) throws(ConfigurationError) {
    if case .groups(let count) = masks, count < 1 || batchSize % count != 0 {
      throw .conflict(
        "masks: \(count) groups do not divide a batch of \(batchSize); choose a number that does, or another batch-size"
      )
    }
    if masks.rows(batchSize: batchSize) < 2, layerEstimator == .leaveOneOut {
      throw .conflict(
        "layer-estimator leave-one-out compares masks of one step, but there is one; choose masks 'example' or another "
          + "estimator")
    }
    guard warmupEpochs < epochs || method != .bernoulli else {
      throw .conflict(
        "expected gate-warmup-epochs below the \(epochs) epochs, found \(warmupEpochs); warm up for fewer")
    }
    switch method {
    case .dense: break
    case .bernoulli:
      if targetMacs != nil, nu == 0 {
        throw .conflict(
          "nu 0 prunes nothing, so target-macs cannot be reached; give nu a value to start from")
      }
      if trainingCost != nil {
        throw .conflict("training-cost is for the other methods; what Bernoulli gates cost shows as they go")
      }
    case .uniform, .l1, .random:
      guard targetMacs != nil else {
        throw .conflict(
          "method \(method.rawValue) removes down to a budget; give it with target-macs, such as 0.5")
      }
      if gates == .layers {
        throw .conflict("method \(method.rawValue) removes units; choose gates 'units', 'both' or 'all'")
      }
    }
  }
}
