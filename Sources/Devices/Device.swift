/// What executes schedules: memory, layouts and the choice of algorithms are its own.
public protocol Device: AnyObject {
  var information: DeviceInformation { get }

  /// The methods by which it computes matrix products instead of the defaults.
  var tuning: KernelTuning { get }

  /// How many programs were compiled since the device was opened: a plan of other widths, batch or image size adds none.
  var programBuilds: Int { get }

  /// Memory for `count` 32-bit words, zeroed.
  /// - Throws: ``DeviceError/outOfMemory(device:name:requestedBytes:availableBytes:)``.
  func makeBuffer(count: Int, name: String) throws -> Buffer

  /// Memory as ``makeBuffer(count:name:)`` gives, for what the host hands over before every run: writing it does not
  /// wait for the runs before, unless the device is two writes behind or more.
  /// - Throws: ``DeviceError/outOfMemory(device:name:requestedBytes:availableBytes:)``.
  func makeInputBuffer(count: Int, name: String) throws -> Buffer

  /// Everything that `schedule` needs to run: transient memory placed, kernels compiled, arguments bound.
  /// - Parameters:
  ///   - buffers: the memory behind the schedule's external tensors.
  ///   - other: one of this device whose transient memory this one may use too, as their runs do not overlap.
  /// - Throws: ``OperatorError`` for operands that do not fit their operator, ``DeviceError`` where the device fails.
  func compile(
    _ schedule: Schedule, buffers: [BufferName: Buffer], sharingMemoryOf other: Executable?
  ) throws -> Executable
}

extension Device {
  /// Everything that `schedule` needs to run, with transient memory of its own.
  /// - Throws: as ``compile(_:buffers:sharingMemoryOf:)``.
  public func compile(_ schedule: Schedule, buffers: [BufferName: Buffer]) throws -> Executable {
    try compile(schedule, buffers: buffers, sharingMemoryOf: nil)
  }
}

/// What is known of a device before anything runs on it.
public struct DeviceInformation: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    case fallback
    case cpu
    case gpu
    case accelerator
  }

  /// As `--device` takes it: `cpu:avx512`, `opencl:0/gpu`.
  public var identifier: String
  public var name: String
  public var vendor: String
  public var driver: String
  public var kind: Kind
  /// The kernel family, `cpu` or `gpu`.
  public var family: String
  public var memoryBytes: Int
  /// Of its feature maps.
  public var precision: Precision
  package init(
    identifier: String, name: String, vendor: String, driver: String, kind: Kind, family: String,
    memoryBytes: Int, precision: Precision = .float32
  ) {
    self.identifier = identifier
    self.name = name
    self.vendor = vendor
    self.driver = driver
    self.kind = kind
    self.family = family
    self.memoryBytes = memoryBytes
    self.precision = precision
  }

  /// The channels that its kernels compute at once: widths that are a multiple of it waste nothing.
  public var channelLanes: Int { family == "cpu" ? BlockedLayout.lanes : ProductTile.standard.rows }
}

/// A runtime with the family of kernels that suits it.
final class KernelDevice: Device {
  let information: DeviceInformation
  let runtime: any Runtime
  let family: any KernelFamily

  init(information: DeviceInformation, runtime: any Runtime, family: any KernelFamily) {
    self.information = information
    self.runtime = runtime
    self.family = family
  }

  static let arenaName = "the arena of feature maps"

  var programBuilds: Int { runtime.programBuilds }

  var tuning: KernelTuning { (family as? GPUFamily).map { KernelTuning($0.choice) } ?? .none }

  func makeBuffer(count: Int, name: String) throws -> Buffer {
    try zeroed(try runtime.allocate(words: max(count, 1), name: name), count: count)
  }

  func makeInputBuffer(count: Int, name: String) throws -> Buffer {
    try zeroed(try runtime.allocateInput(words: max(count, 1), name: name), count: count)
  }

  private func zeroed(_ memory: any Memory, count: Int) throws -> Buffer {
    try memory.fill(0, atWord: 0, count: memory.words)
    return Buffer(memory: memory, count: count)
  }

  func compile(
    _ schedule: Schedule, buffers: [BufferName: Buffer], sharingMemoryOf other: Executable?
  ) throws -> Executable {
    try compile(lower(schedule), buffers: buffers, sharingMemoryOf: other)
  }

  func compile(
    _ lowered: Lowered, buffers: [BufferName: Buffer], sharingMemoryOf other: Executable?
  ) throws -> Executable {
    let (program, arena) = lowered
    let chunks = try allocate(arena.chunkWords, sharing: other?.arena ?? [])
    let placements = try place(program, in: arena, chunks: chunks, buffers: buffers)
    let prepared = try runtime.prepare(program.launches) { placements[$0.index] }
    return Executable(program: prepared, lowered: program, arena: chunks)
  }

  /// The launches of a schedule and the memory that they need, none of it taken yet.
  func lower(_ schedule: Schedule) throws -> Lowered {
    for operation in schedule.operations { try operation.validate(in: schedule) }
    return placed(try family.lower(schedule))
  }

  /// Launches and the memory that they need.
  typealias Lowered = (program: LoweredProgram, arena: ArenaLayout)

  func placed(_ program: LoweredProgram) -> Lowered {
    (program, ArenaLayout(program, alignment: 64, maximumChunkWords: runtime.maximumAllocationWords))
  }

  /// Memory for each chunk of an arena, its content undefined: that of another arena where it is large enough.
  private func allocate(_ chunkWords: [Int], sharing others: [any Memory]) throws -> [any Memory] {
    try chunkWords.enumerated().map { index, words in
      if index < others.count, others[index].words >= words { return others[index] }
      let memory = try runtime.allocate(words: words, name: Self.arenaName)
      // Some drivers allocate at the first use: let them fail here, not within a step.
      try memory.fill(0, atWord: 0, count: 1)
      return memory
    }
  }

  /// Where each slot lies: in a bound buffer, in a chunk of the arena, or in memory of its own.
  private func place(
    _ program: LoweredProgram, in arena: ArenaLayout, chunks: [any Memory], buffers: [BufferName: Buffer]
  ) throws -> [Placement] {
    try zip(program.slots, arena.locations).map { description, location in
      switch description.origin {
      case .transient: Placement(memory: chunks[location.chunk], offset: location.offset)
      case .external(let name, let offset): try place(description, in: name, at: offset, of: buffers)
      case .constant(let words): Placement(memory: try upload(words, name: description.name), offset: 0)
      }
    }
  }

  private func place(
    _ slot: LoweredProgram.SlotDescription, in name: BufferName, at offset: Int,
    of buffers: [BufferName: Buffer]
  ) throws -> Placement {
    guard let buffer = buffers[name] else { throw DeviceError.notBound(buffer: name.description) }
    guard offset >= 0, offset + slot.words <= buffer.count else {
      throw DeviceError.sizeMismatch(
        name: slot.name, expectedWords: offset + slot.words, foundWords: buffer.count)
    }
    return Placement(memory: buffer.memory, offset: offset)
  }

  private func upload(_ words: [UInt32], name: String) throws -> any Memory {
    let memory = try runtime.allocate(words: max(words.count, 1), name: name)
    try words.withUnsafeBytes { try memory.write($0, atWord: 0) }
    return memory
  }
}
