/// Where the transient slots of a program lie: slots whose lifetimes overlap do not share memory.
///
/// Largest first, each at the lowest offset that is free over its whole lifetime.
struct ArenaLayout {
  struct Location: Hashable {
    var chunk = 0
    var offset = 0
  }

  /// One per slot; meaningless for slots that are not transient.
  private(set) var locations: [Location]
  /// The size of each allocation to make.
  private(set) var chunkWords: [Int] = []

  /// A slot that already has its place.
  private struct Occupant {
    var lifetime: ClosedRange<Int>
    var words: Range<Int>
  }

  init(_ program: LoweredProgram, alignment: Int, maximumChunkWords: Int) {
    locations = Array(repeating: Location(), count: program.slots.count)
    let lifetimes = Self.lifetimes(of: program)
    let transient = program.slots.indices.filter { program.slots[$0].isTransient && lifetimes[$0] != nil }
    let order = transient.sorted { (program.slots[$0].words, $1) > (program.slots[$1].words, $0) }
    var chunks: [[Occupant]] = []
    for slot in order {
      guard let lifetime = lifetimes[slot] else { continue }
      let words = (program.slots[slot].words + alignment - 1) / alignment * alignment
      var chunk = 0
      while true {
        if chunk == chunks.count {
          chunks.append([])
          chunkWords.append(0)
        }
        let offset = Self.lowestFreeOffset(words: words, lifetime: lifetime, among: chunks[chunk])
        if offset + words <= maximumChunkWords || offset == 0 {
          chunks[chunk].append(Occupant(lifetime: lifetime, words: offset..<(offset + words)))
          chunkWords[chunk] = max(chunkWords[chunk], offset + words)
          locations[slot] = Location(chunk: chunk, offset: offset)
          break
        }
        chunk += 1
      }
    }
  }

  private static func lowestFreeOffset(
    words: Int, lifetime: ClosedRange<Int>, among occupants: [Occupant]
  ) -> Int {
    let conflicting = occupants.filter { $0.lifetime.overlaps(lifetime) }
      .sorted { $0.words.lowerBound < $1.words.lowerBound }
    var offset = 0
    for occupant in conflicting {
      if occupant.words.lowerBound >= offset + words { break }
      offset = max(offset, occupant.words.upperBound)
    }
    return offset
  }

  /// The words of transient slots that each launch needs kept, itself and for others.
  static func liveWords(of program: LoweredProgram) -> [Int] {
    var changes = [Int](repeating: 0, count: program.launches.count + 1)
    for (slot, lifetime) in zip(program.slots, lifetimes(of: program)) where slot.isTransient {
      guard let lifetime else { continue }
      changes[lifetime.lowerBound] += slot.words
      changes[lifetime.upperBound + 1] -= slot.words
    }
    var live = 0
    return changes.dropLast().map { change in
      live += change
      return live
    }
  }

  /// From the first to the last launch that names each slot.
  private static func lifetimes(of program: LoweredProgram) -> [ClosedRange<Int>?] {
    var lifetimes = [ClosedRange<Int>?](repeating: nil, count: program.slots.count)
    for (position, launch) in program.launches.enumerated() {
      for slot in launch.slots {
        lifetimes[slot.index] = (lifetimes[slot.index]?.lowerBound ?? position)...position
      }
    }
    return lifetimes
  }
}
