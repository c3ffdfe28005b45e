/// A launch that adds up the parts of an array, in order, such as what work-groups leave of a gradient of weights.
struct PartSum {
  /// Of the launch in its program.
  let position: Int
  /// `[parts][count]`
  let partials: Slot
  let parts: Int
  /// `[count]`
  let sums: Slot
  let count: Int
}

extension LoweredProgram {
  /// Lets one launch do several sums of parts, where nothing touches the results in between. Such launches are short and
  /// each waits for the one before; together they are one that fills a GPU. Every element is added as before.
  ///
  /// Parts live until they are added. Where the program needs less memory than at its peak, as towards the end of a backward
  /// pass, they may wait there; beyond the peak they take ``PartSumGroup/additionalWords`` at most.
  /// - Parameter sums: in the order of their launches.
  mutating func merge(_ sums: [PartSum]) {
    let liveWords = ArenaLayout.liveWords(of: self)
    let limit = (liveWords.max() ?? 0) + PartSumGroup.additionalWords
    let sumsByPosition = Dictionary(uniqueKeysWithValues: sums.map { ($0.position, $0) })
    var groups: [PartSumGroup] = []
    var group = PartSumGroup()
    for (position, launch) in launches.enumerated() {
      if group.isTouched(by: launch, in: self) {
        groups.append(group)
        group = PartSumGroup()
      }
      guard let sum = sumsByPosition[position], slots[sum.sums.index].range != nil else { continue }
      if !group.canTake(sum, in: self) || !group.canWait(for: sum, liveWords, limit: limit) {
        groups.append(group)
        group = PartSumGroup()
      }
      group.sums.append(sum)
    }
    groups.append(group)
    apply(groups.compactMap { merger(of: $0) })
  }

  /// One launch for a group; nil where there is nothing to gain.
  private mutating func merger(of group: PartSumGroup) -> Merger? {
    guard group.sums.count > 1, let target = group.target(in: self) else { return nil }
    let sums = addExternalSlot(
      "sums of parts", words: target.words.count, buffer: target.buffer, offset: target.words.lowerBound)
    let items = GPULowering.elementItems
    var workGroups = 0
    var table: [Int] = []
    for sum in group.sums {
      let place = slots[sum.sums.index].range?.words.lowerBound ?? target.words.lowerBound
      table += [workGroups, place - target.words.lowerBound, sum.count, sum.parts]
      workGroups += sum.count.dividedRoundingUp(by: items)
    }
    let partials = group.sums.map(\.partials)
    let standIns = Array(repeating: partials[0], count: PartSumGroup.capacity - partials.count)
    return Merger(
      positions: group.sums.map(\.position),
      launch: .kernel(
        KernelReference(source: "gpu/elementwise", name: "sum_parts_of_arrays"),
        arguments: [
          .slot(sums), .slot(addConstant("arrays of parts", integers: table)), .int(group.sums.count),
        ] + (partials + standIns).map { .slot($0) },
        global: GridSize(workGroups * items), local: GridSize(items)), name: target.buffer.description)
  }
}

/// Sums of parts that one launch can do: in one buffer, and so far touched by nothing else.
private struct PartSumGroup {
  var sums: [PartSum] = []

  /// What the kernel has arguments for.
  static let capacity = 24
  /// 16 MiB.
  static let additionalWords = 1 << 22

  /// Whether a launch needs the sums done before it, or changes what is to be added.
  func isTouched(by launch: Launch, in program: LoweredProgram) -> Bool {
    !sums.isEmpty
      && launch.slots.contains { slot in
        sums.contains { program.overlap($0.sums, slot) || program.overlap($0.partials, slot) }
      }
  }

  func canTake(_ sum: PartSum, in program: LoweredProgram) -> Bool {
    guard let first = sums.first else { return true }
    var extended = self
    extended.sums.append(sum)
    return sums.count < Self.capacity
      && program.slots[sum.sums.index].range?.buffer == program.slots[first.sums.index].range?.buffer
      && extended.target(in: program).map { $0.words.count <= Int(Int32.max) } == true
  }

  /// Whether there is memory for the parts until the launch of another sum.
  func canWait(for sum: PartSum, _ liveWords: [Int], limit: Int) -> Bool {
    guard let last = sums.last else { return true }
    let waiting = sums.reduce(0) { $0 + $1.parts * $1.count }
    return liveWords[(last.position + 1)...sum.position].allSatisfy { $0 + waiting <= limit }
  }

  /// The range of their buffer that all sums lie in.
  func target(in program: LoweredProgram) -> (buffer: BufferName, words: Range<Int>)? {
    let ranges = sums.compactMap { program.slots[$0.sums.index].range }
    guard let first = ranges.first else { return nil }
    return ranges.dropFirst().reduce(into: first) { whole, range in
      let (lower, upper) = (whole.words.lowerBound, whole.words.upperBound)
      whole.words = min(lower, range.words.lowerBound)..<max(upper, range.words.upperBound)
    }
  }
}
