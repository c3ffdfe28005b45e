/// What a kernel family makes of a schedule: launches in order over slots of known size.
struct LoweredProgram: Sendable {
  struct SlotDescription: Sendable {
    var name: String
    var words: Int
    var origin: Origin
  }

  /// Where a slot's memory comes from.
  enum Origin: Sendable {
    /// The arena: memory within the run, shared with slots of other lifetimes.
    case transient
    /// A bound buffer, from an offset in words on.
    case external(BufferName, offset: Int)
    /// Memory of its own that holds these words before the first run. Launches only read it.
    case constant([UInt32])
  }

  private(set) var slots: [SlotDescription] = []
  private(set) var launches: [Launch] = []
  /// What each launch is for.
  private(set) var purposes: [LaunchPurpose?] = []
  private var purpose: LaunchPurpose?
  private var constants: [[UInt32]: Slot] = [:]

  mutating func addSlot(_ name: String, words: Int) -> Slot { add(name, words: words, .transient) }

  mutating func addExternalSlot(_ name: String, words: Int, buffer: BufferName, offset: Int) -> Slot {
    add(name, words: words, .external(buffer, offset: offset))
  }

  /// A slot whose words are known now; equal constants are one slot.
  mutating func addConstant(_ name: String, words: [UInt32]) -> Slot {
    if let slot = constants[words] { return slot }
    let slot = add(name, words: words.count, .constant(words))
    constants[words] = slot
    return slot
  }

  /// A constant of integers, of which kernels see the lower 32 bits.
  mutating func addConstant(_ name: String, integers: [Int]) -> Slot {
    addConstant(name, words: integers.map { UInt32(truncatingIfNeeded: $0) })
  }

  private mutating func add(_ name: String, words: Int, _ origin: Origin) -> Slot {
    slots.append(SlotDescription(name: name, words: words, origin: origin))
    return Slot(index: slots.count - 1)
  }

  /// Launches from now on are part of `operation`.
  mutating func begin(_ operation: Operation, of schedule: Schedule) {
    purpose = LaunchPurpose(operation, of: schedule)
  }

  mutating func launch(
    _ kernel: KernelReference, _ arguments: [Argument], global: GridSize, local: GridSize = GridSize(1, 1, 1)
  ) {
    append(.kernel(kernel, arguments: arguments, global: global, local: local))
  }

  mutating func gemm(_ gemm: GEMM) { append(.gemm(gemm)) }

  private mutating func append(_ launch: Launch) {
    launches.append(launch)
    purposes.append(purpose)
  }

  /// Some launches, in order, and one that does the work of all of them.
  struct Merger {
    var positions: [Int]
    var launch: Launch
    /// What the results are together.
    var name: String
  }

  /// Puts one launch at the place of the last of several. Every launch is part of one merger at most.
  mutating func apply(_ mergers: [Merger]) {
    var isReplaced = Array(repeating: false, count: launches.count)
    for merger in mergers {
      for position in merger.positions.dropLast() { isReplaced[position] = true }
      guard let last = merger.positions.last else { continue }
      launches[last] = merger.launch
      purposes[last] = LaunchPurpose(
        merging: merger.positions.compactMap { purposes[$0] }, tensor: merger.name)
    }
    let kept = launches.indices.filter { !isReplaced[$0] }
    launches = kept.map { launches[$0] }
    purposes = kept.map { purposes[$0] }
  }

  /// Whether two slots may share words at one time: because they are one, or ranges of a bound buffer that overlap.
  func overlap(_ a: Slot, _ b: Slot) -> Bool {
    if a == b { return true }
    guard let a = slots[a.index].range, let b = slots[b.index].range else { return false }
    return a.buffer == b.buffer && a.words.overlaps(b.words)
  }
}

extension LoweredProgram.SlotDescription {
  var isTransient: Bool {
    if case .transient = origin { true } else { false }
  }

  /// Where it lies in a bound buffer; nil for other memory.
  var range: (buffer: BufferName, words: Range<Int>)? {
    guard case .external(let buffer, let offset) = origin else { return nil }
    return (buffer, offset..<(offset + words))
  }
}
