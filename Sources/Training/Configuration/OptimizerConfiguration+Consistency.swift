extension OptimizerConfiguration {
  /// Throws where a constant is given that the method does not have.
  ///
  /// - Throws: `ConfigurationError.conflict`.
  func checkConsistency() throws(ConfigurationError) {
    let plain = OptimizerConfiguration()
    if method.isAdaptive {
      guard !nesterov else {
        throw .conflict("nesterov is for sgd; leave it out with \(method.rawValue), or set optimizer to sgd")
      }
      guard momentum == plain.momentum else {
        throw .conflict(
          "momentum is for sgd; \(method.rawValue) has beta1 in its place: set that, or set optimizer to sgd")
      }
    } else {
      guard !nesterov || momentum > 0 else {
        throw .conflict("nesterov needs a momentum above 0; set momentum or leave nesterov out")
      }
      guard (beta1, beta2, epsilon) == (plain.beta1, plain.beta2, plain.epsilon) else {
        throw .conflict(
          "beta1, beta2 and epsilon are for adam and adamw; leave them out with sgd, or set optimizer to one of those"
        )
      }
    }
  }
}
