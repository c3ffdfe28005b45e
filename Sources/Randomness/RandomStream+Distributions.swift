extension RandomStream {
  /// A number drawn uniformly from the 2^24 multiples of 2^-24 in [0, 1). Takes one word.
  public mutating func uniform() -> Float {
    Float(nextWord() >> 8) * 0x1p-24
  }

  /// A number drawn uniformly from `range`; its upper bound never comes up. Takes one word.
  ///
  /// - Parameter range: Finite and not empty.
  public mutating func uniform(in range: Range<Float>) -> Float {
    precondition(!range.isEmpty, "cannot draw from the empty range \(range)")
    let value = range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    return value < range.upperBound ? value : range.upperBound.nextDown
  }

  /// An integer drawn uniformly from 0, 1, …, `bound` − 1, without bias. Takes two words, rarely four or more.
  ///
  /// The draw is the high half of a random 64-bit word times `bound`. The 2^64 words do not divide evenly among
  /// the results, so the few with the lowest remainders are drawn again (Lemire 2019).
  ///
  /// - Parameter bound: At least 1.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "cannot draw an integer below \(bound)")
    let bound = UInt64(bound)
    let surplus = (0 &- bound) % bound
    while true {
      let product = next().multipliedFullWidth(by: bound)
      if product.low >= surplus { return Int(product.high) }
    }
  }

  /// A number drawn from the normal distribution with mean 0 and variance 1.
  ///
  /// Box–Muller in double precision: four words make two numbers, and every second call returns the one left
  /// over. It uses only operations that IEEE 754 rounds exactly, hence the same bits on every machine.
  public mutating func standardNormal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    let positive = Double((next() >> 11) + 1) * 0x1p-53
    let turns = Double(next() >> 11) * 0x1p-53
    let radius = (-2 * Elementary.logarithm(positive)).squareRoot()
    let direction = Elementary.direction(turns: turns)
    spareNormal = radius * direction.sine
    return radius * direction.cosine
  }

  /// The integers 0, 1, …, `count` − 1 in random order (Fisher–Yates: every order is equally likely).
  ///
  /// - Parameter count: At least 0.
  public mutating func shuffledIndices(count: Int) -> [Int] {
    var indices = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      indices.swapAt(last, integer(below: last + 1))
    }
    return indices
  }
}
