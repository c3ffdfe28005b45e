/// How much memory buffers and the executables of schedules take from a device, worked out without taking any.
public struct MemoryNeed: Hashable, Sendable {
  /// All together.
  public private(set) var bytes = 0
  /// The largest piece that has to be one allocation.
  public private(set) var largestAllocation = Allocation(name: "nothing", bytes: 0)

  /// One piece of memory.
  public struct Allocation: Hashable, Sendable {
    public var name: String
    public var bytes: Int
  }

  /// - Parameters:
  ///   - buffers: the names and words of what ``Device/makeBuffer(count:name:)`` gives.
  ///   - inputs: those of what ``Device/makeInputBuffer(count:name:)`` gives.
  ///   - schedules: what is compiled; each shares the transient memory of the first.
  /// - Returns: nil for a device of another make, whose memory is its own.
  /// - Throws: ``OperatorError`` for what the device cannot run.
  public init?(
    buffers: [(name: BufferName, words: Int)], inputs: [(name: BufferName, words: Int)],
    schedules: [Schedule], on device: any Device
  ) throws {
    guard let device = device as? KernelDevice else { return nil }
    for buffer in buffers { take(max(buffer.words, 1), buffer.name.description) }
    for input in inputs {
      for _ in 0..<device.runtime.inputCopies { take(max(input.words, 1), input.name.description) }
    }
    var arena: [Int] = []
    for schedule in schedules {
      let (program, layout) = try device.lower(schedule)
      let chunks = layout.chunkWords
      for (index, words) in chunks.enumerated() where index >= arena.count || arena[index] < words {
        take(words, KernelDevice.arenaName)
      }
      if arena.isEmpty { arena = chunks }
      for case .constant(let words) in program.slots.map(\.origin) { take(max(words.count, 1), "constants") }
    }
  }

  private mutating func take(_ words: Int, _ name: String) {
    let (taken, overflow) = words.multipliedReportingOverflow(by: 4)
    let allocation = Allocation(name: name, bytes: overflow ? .max : taken)
    if allocation.bytes > largestAllocation.bytes { largestAllocation = allocation }
    let (sum, sumOverflow) = bytes.addingReportingOverflow(allocation.bytes)
    bytes = sumOverflow ? .max : sum
  }
}

/// What memory a device could give now, as far as it tells.
public struct MemorySupply: Hashable, Sendable {
  /// The device's name.
  public var device: String
  public var bytes: Int
  /// The most that one allocation takes.
  public var allocationBytes: Int

  init(device: String, bytes: Int, allocationBytes: Int) {
    self.device = device
    self.bytes = bytes
    self.allocationBytes = allocationBytes
  }

  /// - Returns: nil for a device of another make.
  public init?(of device: any Device) {
    guard let device = device as? KernelDevice else { return nil }
    self = device.runtime.supply
  }

  public func covers(_ need: MemoryNeed) -> Bool {
    need.bytes <= bytes && need.largestAllocation.bytes <= allocationBytes
  }
}

/// A batch that needs more memory than there is, and the largest that does not.
public struct BatchShortage: Hashable, Sendable, CustomStringConvertible {
  public var batchSize: Int
  public var need: MemoryNeed
  public var supply: MemorySupply
  /// nil where not even the smallest batch fits.
  public var fittingBatchSize: Int?

  public init(batchSize: Int, need: MemoryNeed, supply: MemorySupply, fittingBatchSize: Int?) {
    self.batchSize = batchSize
    self.need = need
    self.supply = supply
    self.fittingBatchSize = fittingBatchSize
  }

  public var description: String {
    let largest = need.largestAllocation
    let shortage =
      need.bytes > supply.bytes
      ? "\(MemorySize(need.bytes)) and \(MemorySize(supply.bytes)) are there"
      : "\(MemorySize(largest.bytes)) for \(largest.name) and \(MemorySize(supply.allocationBytes)) is the most that "
        + "one allocation takes"
    let advice =
      fittingBatchSize.map { "a batch size of \($0) fits (--batch-size \($0))" }
      ?? "no smaller --batch-size fits: use a smaller network or another --device"
    return "out of memory on \(supply.device): batch size \(batchSize) needs \(shortage); \(advice)"
  }
}

/// A number of bytes for people.
struct MemorySize: CustomStringConvertible {
  let bytes: Int

  init(_ bytes: Int) { self.bytes = bytes }

  var description: String {
    switch bytes {
    case ..<(1 << 20): "\(bytes) bytes"
    case ..<(1 << 30): "\(tenths(of: 0x1p20)) MiB"
    default: "\(tenths(of: 0x1p30)) GiB"
    }
  }

  private func tenths(of unit: Double) -> Double { (Double(bytes) / unit * 10).rounded() / 10 }
}
