extension ProductTile {
  /// What a device's work-groups have.
  package struct Limits: Hashable, Sendable {
    /// The most work-items of a group.
    package var items: Int
    package var localMemoryBytes: Int
    package var arithmetic: MatrixArithmetic

    package init(items: Int, localMemoryBytes: Int, arithmetic: MatrixArithmetic = MatrixArithmetic()) {
      self.items = items
      self.localMemoryBytes = localMemoryBytes
      self.arithmetic = arithmetic
    }

    /// Why a group of so many items with so much local memory is impossible, or nil.
    func obstacle(items: Int, localMemoryBytes: Int) -> String? {
      if items > self.items { return "\(items) work-items in a group that holds \(self.items)" }
      if localMemoryBytes > self.localMemoryBytes {
        return "\(localMemoryBytes) bytes of local memory of \(self.localMemoryBytes)"
      }
      return nil
    }
  }

  /// Parts beyond these would be of one step or none.
  private static let mostParts = 64

  /// Words of both factors that an item carries to local memory per step.
  private var gatheredWords: Int { (rows + columns) * depth / items }

  /// Why the kernels cannot work with these numbers on any device, or nil.
  var obstacleInKernels: String? {
    let numbers = [
      ("items across", itemsAcross), ("items down", itemsDown), ("sums down", sumsDown),
      ("sums across", sumsAcross), ("depth", depth),
    ]
    if let obstacle = TileRules.obstacle(numbers: numbers) { return obstacle }
    let vectorWidth = options.vectorWidth
    if ![1, 2, 4].contains(vectorWidth) { return "vectors have 2 or 4 words, not \(vectorWidth)" }
    if !sumsDown.isMultiple(of: vectorWidth) || !sumsAcross.isMultiple(of: vectorWidth) {
      return "vectors of \(vectorWidth) words do not divide \(sumsDown)x\(sumsAcross) sums per item"
    }
    if let obstacle = TileRules.obstacle(sums: sumsDown * sumsAcross) { return obstacle }
    if items < depth {
      return "\(items) work-items gather \(depth) words deep; there must be one for each word at least"
    }
    if let obstacle = TileRules.obstacle(gatheredWords: gatheredWords) { return obstacle }
    if !(1...Self.mostParts).contains(options.parts) {
      return "depth is cut into 1 to \(Self.mostParts) parts, not \(options.parts)"
    }
    return options.usesUnits ? obstacleInUnits : nil
  }

  /// Why matrix units cannot compute such a tile: warps are 4 items across and 8 down, fragments 16 rows, 8 columns and 16
  /// values deep.
  private var obstacleInUnits: String? {
    if options.vectorWidth != 1 { return "matrix units read fragments, not vectors" }
    if !itemsAcross.isMultiple(of: 4) || !itemsDown.isMultiple(of: 8) {
      return "warps of 4x8 items do not divide \(itemsAcross)x\(itemsDown)"
    }
    if !sumsDown.isMultiple(of: 2) || !sumsAcross.isMultiple(of: 2) {
      return "matrix units give each item pairs of rows and columns, not \(sumsDown)x\(sumsAcross) sums"
    }
    if !depth.isMultiple(of: 16) { return "matrix units multiply 16 deep, not \(depth)" }
    return nil
  }

  /// Why a device with these limits cannot run the tile, or nil. A compiler that needs many registers may allow fewer
  /// work-items still.
  package func obstacle(on limits: Limits) -> String? {
    if options.usesUnits {
      guard limits.arithmetic.unitCode != nil else {
        return "matrix units do not multiply in \(limits.arithmetic.precision.rawValue)"
      }
      guard limits.arithmetic.units != nil else { return "there are no matrix units that we know to use" }
    } else if limits.arithmetic.precision == .tensorFloat32 {
      return "only matrix units multiply in tf32"
    }
    return limits.obstacle(items: items, localMemoryBytes: localMemoryBytes(limits.arithmetic))
  }

  /// The tiles worth trying on a device with these limits, made one at a time: work-groups of one wavefront or more,
  /// with every combination of sides, depths and options that is possible. None cuts depth or fixes sizes: those
  /// options are for tiles that have proved good.
  package static func candidates(for limits: Limits) -> some Sequence<ProductTile> {
    (0..<choices.count).lazy.compactMap(candidate).filter {
      $0.items >= 32 && $0.obstacle(on: limits) == nil
    }
  }

  /// Items across and down, sums down and across, depth, vector width, buffers, units.
  private static let choices = Combinations(choices: [
    [8, 16, 32], [4, 8, 16, 32], [1, 2, 4, 8], [1, 2, 4, 8], [8, 16, 32], [1, 2, 4], [1, 2], [0, 1],
  ])

  /// The combination with this number, or nil where it is impossible.
  private static func candidate(_ number: Int) -> ProductTile? {
    let choice = choices[number]
    var options = Options()
    options.vectorWidth = choice[5]
    options.isDoubleBuffered = choice[6] == 2
    options.usesUnits = choice[7] == 1
    return try? ProductTile(
      itemsAcross: choice[0], itemsDown: choice[1], sumsDown: choice[2], sumsAcross: choice[3],
      depth: choice[4], options: options)
  }
}
