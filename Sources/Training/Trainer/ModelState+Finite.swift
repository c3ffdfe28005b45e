import Networks

extension ModelState {
  /// The first tensor, by name, with a value that is infinite or not a number; nil if all are finite.
  var firstTensorNotFinite: String? {
    [parameters, statistics, momentum, adaptive?.secondMoments ?? [:]].lazy.flatMap { $0 }
      .filter { !$0.value.allSatisfy(\.isFinite) }.map(\.key).min()
  }
}
