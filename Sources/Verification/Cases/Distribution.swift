/// What the made-up values of a tensor look like. All are exact in single precision, and so are their differences.
enum Distribution: Hashable, Sendable {
  /// Multiples of 2⁻¹⁵ in [−1, 1) times a power of two, around an integer.
  case uniform(scale: Float = 1, offset: Float = 0)
  /// Multiples of ½ in [−1, 1): many ties, many zeros.
  case coarse
  /// Uniform in [−2, 2), but 30 in the first of every `period` values, as of each plane of so many pixels.
  case outliers(period: Int)
  /// Within [½, 1½).
  case positive
  /// Uniform, with one in four closed.
  case gates
  /// Uniform in [0, 1), but half of it 0, as behind a ReLU.
  case rectified
  /// Coarse, with one NaN in five.
  case notNumbers
  /// Class indices, every third of them −1 where some are to be ignored.
  case labels(classes: Int, someIgnored: Bool = false)
  /// Positive, but zero for every third example, which is ignored.
  case losses
  /// Ranks in 0 ..< classes, −1 for every third example, which is ignored.
  case ranks(classes: Int)

  static let uniform = Distribution.uniform()

  /// The bits of `count` values of the tensor `name`.
  func words(_ name: String, count: Int) -> [UInt32] {
    switch self {
    case .labels(let classes, let someIgnored):
      let labels = Formula.integers(name, count: count, bound: classes)
      return labels.enumerated().map { index, label in
        UInt32(bitPattern: someIgnored && index % 3 == 0 ? -1 : label)
      }
    case .ranks(let classes):
      let ranks = Formula.integers(name, count: count, bound: classes)
      return ranks.enumerated().map { index, rank in (index % 3 == 0 ? -1 : Float(rank)).bitPattern }
    default:
      return Formula.uniform(name, count: count).enumerated().map { value($1, at: $0).bitPattern }
    }
  }

  private func value(_ uniform: Float, at index: Int) -> Float {
    switch self {
    case .uniform(let scale, let offset): uniform * scale + offset
    case .coarse: (uniform * 2).rounded(.down) / 2
    case .outliers(let period): index.isMultiple(of: period) ? 30 : uniform * 2
    case .positive: uniform / 2 + 1
    case .losses: index % 3 == 0 ? 0 : uniform / 2 + 1
    case .rectified: max(0, uniform)
    case .gates: index % 4 == 1 ? 0 : uniform
    case .notNumbers: index % 5 == 2 ? .nan : (uniform * 2).rounded(.down) / 2
    case .labels, .ranks: uniform
    }
  }

  /// Whether the words are integers rather than floats.
  var isInteger: Bool {
    if case .labels = self { true } else { false }
  }
}
