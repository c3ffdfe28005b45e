/// Which blocks go when some conflict.
///
/// The first four follow the versions of the authors' public code, on names instead of counts; the others are ours.
public enum RemovalRule: String, CaseIterable, Hashable, Sendable, Codable {
  /// In the type of the first conflicting block: that block and all later ones. As the first paper's code (tag WAC2021) means
  /// it.
  case firstInTypeAndRest = "first-in-type-and-rest"
  /// The same as that code does it: each block is judged by the one behind it, the last by the pooled vector, so that one
  /// block more goes.
  case firstInTypeAndRestAsTagged = "first-in-type-and-rest-as-tagged"
  /// All conflicting blocks. Commit 1a4c762.
  case all
  /// All conflicting blocks of the first type that has one. Branch master.
  case firstTypeAll = "first-type-all"
  /// The first conflicting block.
  case earliestOnly = "earliest-only"
  /// The later half of the conflicting blocks, rounded up. See ``BlockBisection`` for how to go on.
  case bisect

  /// Whether the rule needs a verdict on the pooled vector.
  public var needsPooledVerdict: Bool { self == .firstInTypeAndRestAsTagged }

  /// What to remove.
  ///
  /// Under protection, protected blocks do not count as conflicting, and of a type that would go whole the first block
  /// stays; a rule for the first type, or the first block, takes the first from which something can go.
  ///
  /// - Throws: `BundleError.wrongCount` unless there is a verdict per block; `missingPooledVerdict`.
  public func removal(
    from sequence: BlockSequence, _ verdicts: BlockVerdicts, protection: BlockProtection = .structural
  ) throws -> BlockRemoval {
    guard verdicts.isConflicting.count == sequence.blocks.count else {
      throw BundleError.wrongCount(
        of: "verdicts on blocks", expected: sequence.blocks.count, found: verdicts.isConflicting.count)
    }
    var isConflicting = verdicts.isConflicting
    if needsPooledVerdict, !isConflicting.isEmpty {
      guard let pooled = verdicts.isPooledConflicting else {
        throw BundleError.missingPooledVerdict(rule: rawValue)
      }
      isConflicting = isConflicting.dropFirst() + [pooled]
    }
    let conflicting = zip(sequence.blocks, isConflicting).filter(\.1).map(\.0).filter {
      protection == .none || !$0.isProtected
    }
    let removed = select(
      conflicting, in: sequence, removable: { protection.removable($0, from: sequence) })
    return BlockRemoval(removed: removed.map(\.name), from: sequence)
  }

  /// - Parameter removable: Those of some blocks that may go together.
  private func select(
    _ conflicting: [Block], in sequence: BlockSequence, removable: ([Block]) -> [Block]
  ) -> [Block] {
    switch self {
    case .firstInTypeAndRest, .firstInTypeAndRestAsTagged:
      return first(sequence.types) { type in
        let blocks = sequence.blocks.filter { $0.type == type }
        guard let start = blocks.firstIndex(where: conflicting.contains) else { return [] }
        return removable(Array(blocks[start...]))
      }
    case .all: return removable(conflicting)
    case .firstTypeAll:
      return first(sequence.types) { type in removable(conflicting.filter { $0.type == type }) }
    case .earliestOnly: return first(conflicting) { removable([$0]) }
    case .bisect:
      let candidates = removable(conflicting)
      return Array(candidates.dropFirst(candidates.count / 2))
    }
  }

  /// The first choice that is not empty.
  private func first<Place>(_ places: [Place], _ choice: (Place) -> [Block]) -> [Block] {
    for place in places {
      let blocks = choice(place)
      if !blocks.isEmpty { return blocks }
    }
    return []
  }
}

/// Which blocks may not be removed. Ours.
public enum BlockProtection: String, CaseIterable, Hashable, Sendable, Codable {
  /// Any may: as published. Without its first block a type no longer halves the maps, and what follows costs more.
  case none
  /// Blocks marked as protected stay, and of each type at least one.
  case structural

  /// Those of some blocks that may go together: of a type that would go whole, its first stays.
  func removable(_ blocks: [Block], from sequence: BlockSequence) -> [Block] {
    guard self == .structural else { return blocks }
    var result = blocks.filter { !$0.isProtected }
    for type in sequence.types {
      let present = sequence.blocks.filter { $0.type == type }
      guard !present.isEmpty, present.count == result.count(where: { $0.type == type }) else { continue }
      result.removeAll { $0 == present[0] }
    }
    return result
  }
}

/// What a rule removes.
public struct BlockRemoval: Hashable, Sendable, Codable {
  /// In the network's order.
  public let removed: [String]
  /// m': blocks per type that stay, in the order of the sequence's types.
  public let counts: [Int]

  init(removed: [String], from sequence: BlockSequence) {
    self.removed = removed
    counts = sequence.removing(removed).counts
  }
}
