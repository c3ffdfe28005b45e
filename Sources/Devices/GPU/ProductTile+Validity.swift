extension ProductTile {
  /// What a device's work-groups have.
  package struct Limits: Hashable, Sendable {
    /// The most work-items of a group.
    package var items: Int
    package var localMemoryBytes: Int

    package init(items: Int, localMemoryBytes: Int) {
      self.items = items
      self.localMemoryBytes = localMemoryBytes
    }
  }

  /// Sums and gathered words live in registers, of which an item has 255 at most on today's GPUs.
  private static let mostSums = 64
  private static let mostGatheredWords = 64
  /// More than any device allows, and few enough that no product of them overflows.
  private static let largestNumber = 1024

  /// Words of both factors that an item carries to local memory per step.
  private var gatheredWords: Int { (rows + columns) * depth / items }

  /// Why the kernels cannot work with these numbers on any device, or nil.
  var obstacleInKernels: String? {
    let numbers = [
      ("items across", itemsAcross), ("items down", itemsDown), ("sums down", sumsDown),
      ("sums across", sumsAcross), ("depth", depth),
    ]
    for (name, number) in numbers
    where number < 1 || number > Self.largestNumber || number.nonzeroBitCount != 1 {
      return "\(name) must be a power of two up to \(Self.largestNumber), not \(number)"
    }
    if ![1, 2, 4].contains(vectorWidth) { return "vectors have 2 or 4 words, not \(vectorWidth)" }
    if !sumsDown.isMultiple(of: vectorWidth) || !sumsAcross.isMultiple(of: vectorWidth) {
      return "vectors of \(vectorWidth) words do not divide \(sumsDown)x\(sumsAcross) sums per item"
    }
    if sumsDown * sumsAcross > Self.mostSums {
      return "\(sumsDown * sumsAcross) sums per item, but registers hold \(Self.mostSums)"
    }
    if items < depth {
      return "\(items) work-items gather \(depth) words deep; there must be one for each word at least"
    }
    if gatheredWords > Self.mostGatheredWords {
      return "each work-item gathers \(gatheredWords) words per step, but registers hold "
        + "\(Self.mostGatheredWords)"
    }
    return nil
  }

  /// Why a device with these limits cannot run the tile, or nil. A compiler that needs many registers may allow fewer
  /// work-items still.
  package func obstacle(on limits: Limits) -> String? {
    if items > limits.items { return "\(items) work-items in a group that holds \(limits.items)" }
    if localMemoryBytes > limits.localMemoryBytes {
      return "\(localMemoryBytes) bytes of local memory of \(limits.localMemoryBytes)"
    }
    return nil
  }

  /// The tiles worth trying on a device with these limits, made one at a time: work-groups of one wavefront or more,
  /// with every combination of sides, depths and options that is possible.
  package static func candidates(for limits: Limits) -> some Sequence<ProductTile> {
    let count = choices.reduce(1) { $0 * $1.count }
    return (0..<count).lazy.compactMap(candidate).filter {
      $0.items >= 32 && $0.obstacle(on: limits) == nil
    }
  }

  /// Items across and down, sums down and across, depth, vector width, buffers.
  private static let choices = [
    [8, 16, 32], [4, 8, 16, 32], [1, 2, 4, 8], [1, 2, 4, 8], [8, 16, 32], [1, 2, 4], [1, 2],
  ]

  /// The combination with this number, or nil where it is impossible.
  private static func candidate(_ number: Int) -> ProductTile? {
    var rest = number
    let choice = choices.map { numbers in
      defer { rest /= numbers.count }
      return numbers[rest % numbers.count]
    }
    return try? ProductTile(
      itemsAcross: choice[0], itemsDown: choice[1], sumsDown: choice[2], sumsAcross: choice[3],
      depth: choice[4], vectorWidth: choice[5], isDoubleBuffered: choice[6] == 2)
  }
}
