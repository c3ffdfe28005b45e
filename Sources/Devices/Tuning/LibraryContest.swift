/// Which parameters of the library's kernel are best for all products of a step together, once their times are known.
package struct LibraryContest {
  /// By the library's own parameters.
  package let ownSeconds: Double
  /// In the order of entry.
  package private(set) var entrants: [(parameters: LibraryParameters, seconds: Double)] = []
  /// Why parameters were given up.
  package private(set) var rejections: [ProductRejection.Reason] = []

  /// A set that takes this many times as long as the best is not measured to the end.
  private static let hopeless = 1.5

  package init(ownSeconds: Double) { self.ownSeconds = ownSeconds }

  package mutating func enter(_ parameters: LibraryParameters, seconds: Double) {
    entrants.append((parameters, seconds))
  }

  package mutating func reject(_ reason: ProductRejection.Reason) { rejections.append(reason) }

  /// How many times as long as the best so far a set takes whose products, as far as they are measured, take `seconds`;
  /// nil while it may still win.
  package func hopelessness(of seconds: Double) -> Double? {
    let best = entrants.reduce(ownSeconds) { min($0, $1.seconds) }
    return seconds > Self.hopeless * best ? seconds / best : nil
  }

  /// The fastest set, if it clearly beats the library's own parameters; of equals the first.
  package var challenger: LibraryParameters? {
    let best = entrants.min { $0.seconds < $1.seconds }
    return best.flatMap { ClearWin.beats($0.seconds, ownSeconds) ? $0.parameters : nil }
  }

  /// The last word between a challenger and the library's own parameters, measured in turns: the medians decide.
  package static func holds(challenger: [Double], own: [Double]) -> Bool {
    !challenger.isEmpty && ClearWin.beats(challenger.median, own.median)
  }
}

/// What a tuner found of the library's parameters.
package struct TunedLibrary: Hashable, Sendable {
  /// Those in force from now on; nil for the library's own.
  package let parameters: LibraryParameters?
  /// Of all the products of a step that the library computes.
  package let seconds: Double
  /// Of the same products by the library's own parameters.
  package let ownSeconds: Double
  /// Sets that were tried beside the library's own.
  package let candidates: Int
  /// Why sets were given up.
  package let rejections: [ProductRejection.Reason]

  package init(
    parameters: LibraryParameters?, seconds: Double, ownSeconds: Double, candidates: Int,
    rejections: [ProductRejection.Reason]
  ) {
    self.parameters = parameters
    self.seconds = seconds
    self.ownSeconds = ownSeconds
    self.candidates = candidates
    self.rejections = rejections
  }
}
