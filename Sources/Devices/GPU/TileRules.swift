/// What holds for the tiles of all our kernels, whatever they compute.
enum TileRules {
  /// Sums and gathered words live in registers, of which an item has 255 at most on today's GPUs.
  private static let mostSums = 64
  private static let mostGatheredWords = 64
  /// More than any device allows, and few enough that no product of them overflows.
  static let largestNumber = 1024

  /// Why one of some named numbers is impossible, or nil.
  static func obstacle(numbers: [(name: String, value: Int)], largest: Int = largestNumber) -> String? {
    numbers.first { $0.value < 1 || $0.value > largest || $0.value.nonzeroBitCount != 1 }.map {
      "\($0.name) must be a power of two up to \(largest), not \($0.value)"
    }
  }

  /// Why an item cannot have so many sums, or nil.
  static func obstacle(sums: Int) -> String? {
    sums > mostSums ? "\(sums) sums per item, but registers hold \(mostSums)" : nil
  }

  /// Why an item cannot carry so many words per step, or nil.
  static func obstacle(gatheredWords: Int) -> String? {
    gatheredWords > mostGatheredWords
      ? "each work-item gathers \(gatheredWords) words per step, but registers hold \(mostGatheredWords)"
      : nil
  }
}

/// Every way to choose one number from each of some lists, by its own number, so that a search makes them one at a time.
struct Combinations {
  let choices: [[Int]]

  var count: Int { choices.reduce(1) { $0 * $1.count } }

  subscript(number: Int) -> [Int] {
    var rest = number
    return choices.map { numbers in
      defer { rest /= numbers.count }
      return numbers[rest % numbers.count]
    }
  }
}
