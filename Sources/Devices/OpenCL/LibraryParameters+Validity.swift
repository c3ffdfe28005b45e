extension LibraryParameters {
  /// Why CLBlast's kernel cannot work with these numbers on any device, or nil: what divides what is how CLBlast's tuner
  /// describes it.
  var obstacleInKernel: String? {
    obstacleOfValues ?? obstacleOfTile ?? (self[.kernel] == 0 ? obstacleOfGathering : obstacleOfRegisters)
  }

  /// More than a work-group's side or tile has, and few enough that no product of them overflows.
  private static let widestVector = 8
  private static let flags: [Name] = [
    .kernel, .leftIsLocal, .rightIsLocal, .rowsAreStrided, .columnsAreStrided,
  ]

  private var obstacleOfValues: String? {
    for name in Name.allCases {
      let value = self[name]
      if Self.flags.contains(name) {
        if value != 0 && value != 1 { return "\(name.rawValue) must be 0 or 1, not \(value)" }
      } else {
        let largest =
          [.leftVector, .rightVector].contains(name) ? Self.widestVector : TileRules.largestNumber
        let number = (name: name.rawValue, value: value)
        if let obstacle = TileRules.obstacle(numbers: [number], largest: largest) { return obstacle }
      }
    }
    return nil
  }

  private var obstacleOfTile: String? {
    isMultiple(.depth, of: [.unrolled])
      ?? isMultiple(.rows, of: [.itemRows, .leftVector])
      ?? isMultiple(.columns, of: [.itemColumns, .rightVector])
      ?? isMultiple(.rows, of: [.gatherRows, .leftVector])
      ?? isMultiple(.columns, of: [.gatherColumns, .rightVector])
  }

  /// The items of a group, arranged anew, bring whole rows of a tile's depth.
  private var obstacleOfGathering: String? {
    if self[.registers] != 1 { return "KREG must be 1 for kernel 0, not \(self[.registers])" }
    for side in [Name.gatherRows, .gatherColumns] {
      let width = self[side]
      guard items.isMultiple(of: width) else {
        return "\(items) work-items do not gather \(width) words side by side (\(side.rawValue))"
      }
      guard self[.depth].isMultiple(of: items / width) else {
        return
          "KWG of \(self[.depth]) must be a multiple of the \(items / width) lines that \(items) work-items gather "
          + "at once (\(side.rawValue) \(width))"
      }
    }
    return nil
  }

  private var obstacleOfRegisters: String? {
    for name in [Name.leftIsLocal, .rightIsLocal, .rowsAreStrided, .columnsAreStrided] where self[name] != 0 {
      return "\(name.rawValue) must be 0 for kernel 1"
    }
    for name in [Name.depth, .unrolled] where self[name] != 1 {
      return "\(name.rawValue) must be 1 for kernel 1, not \(self[name])"
    }
    if self[.gatherRows] != self[.itemRows] || self[.gatherColumns] != self[.itemColumns] {
      return "kernel 1 gathers nothing: MDIMA and NDIMB must be MDIMC and NDIMC"
    }
    // CLBlast before 1.6.3 pads the matrices wrongly otherwise.
    if self[.rows] != self[.columns] { return "kernel 1 wants square tiles: MWG and NWG must be equal" }
    return isMultiple(.registers, of: [.rightVector])
  }

  private func isMultiple(_ name: Name, of factors: [Name]) -> String? {
    let divisor = factors.reduce(1) { $0 * self[$1] }
    if self[name].isMultiple(of: divisor) { return nil }
    let product = factors.map(\.rawValue).joined(separator: " x ")
    return "\(name.rawValue) of \(self[name]) must be a multiple of \(product) = \(divisor)"
  }

  /// Why a device with these limits cannot run the kernel, or nil.
  package func obstacle(on limits: ProductTile.Limits) -> String? {
    limits.obstacle(items: items, localMemoryBytes: localMemoryBytes)
  }
}

// What is worth trying.
extension LibraryParameters {
  /// Some forty sets for large GPUs, made one at a time: every way of gathering for one shape, then for the next, so that
  /// a search that ends early has seen them all.
  package static func candidates(for limits: ProductTile.Limits) -> some Sequence<LibraryParameters> {
    let count = tiles.count * groups.count * gatherings.count
    return (0..<count).lazy.compactMap(candidate).filter { $0.obstacle(on: limits) == nil }
  }

  private static let tiles = [(128, 128), (64, 64), (128, 64), (64, 128)]
  private static let groups = [(16, 16), (8, 8), (16, 8), (8, 16)]
  /// Fewer sums per item wait for memory, more do not fit into registers.
  private static let worthwhileSums = 16...64

  private static let gatherings: [[Name: Int]] = [
    [.depth: 32, .unrolled: 2, .leftIsLocal: 1, .rightIsLocal: 1],
    [.depth: 16, .unrolled: 2, .leftIsLocal: 1, .rightIsLocal: 1],
    [.kernel: 1, .registers: 4],
    [.depth: 32, .unrolled: 2],
    [.kernel: 1, .registers: 8],
  ]

  /// The combination with this number, or nil where it is impossible.
  private static func candidate(_ number: Int) -> LibraryParameters? {
    let (shape, way) = number.quotientAndRemainder(dividingBy: gatherings.count)
    let (tile, group) = (tiles[shape / groups.count], groups[shape % groups.count])
    var values: [Name: Int] = [
      .kernel: 0, .registers: 1, .depth: 1, .unrolled: 1, .gatherRows: group.0, .itemRows: group.0,
      .rows: tile.0, .gatherColumns: group.1, .itemColumns: group.1, .columns: tile.1, .leftIsLocal: 0,
      .rightIsLocal: 0, .rowsAreStrided: 0, .columnsAreStrided: 0, .leftVector: 4, .rightVector: 4,
    ]
    values.merge(gatherings[way]) { _, new in new }
    guard let parameters = try? LibraryParameters(values), worthwhileSums.contains(parameters.sums) else {
      return nil
    }
    return parameters
  }
}
