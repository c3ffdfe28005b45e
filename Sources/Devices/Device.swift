/// What executes schedules: memory, layouts and the choice of algorithms are its own.
public protocol Device: AnyObject {
  var information: DeviceInformation { get }

  /// How many programs were compiled since the device was opened: a plan of other widths, batch or image size adds none.
  var programBuilds: Int { get }

  /// Memory for `count` 32-bit words, zeroed.
  /// - Throws: ``DeviceError/outOfMemory(device:name:requestedBytes:availableBytes:)``.
  func makeBuffer(count: Int, name: String) throws -> Buffer

  /// Everything that `schedule` needs to run: transient memory placed, kernels compiled, arguments bound.
  /// - Parameter buffers: the memory behind the schedule's external tensors.
  /// - Throws: ``OperatorError`` for operands that do not fit their operator, ``DeviceError`` where the device fails.
  func compile(_ schedule: Schedule, buffers: [BufferName: Buffer]) throws -> Executable
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
}

/// A runtime with the family of kernels that suits it.
final class KernelDevice: Device {
  let information: DeviceInformation
  let runtime: any Runtime
  let family: any KernelFamily
  private var remainingWords: Int?

  /// - Parameter memoryLimitBytes: an upper bound on all memory taken from the device; nil for the device's own.
  init(
    information: DeviceInformation, runtime: any Runtime, family: any KernelFamily,
    memoryLimitBytes: Int? = nil
  ) {
    self.information = information
    self.runtime = runtime
    self.family = family
    self.remainingWords = memoryLimitBytes.map { $0 / 4 }
  }

  var programBuilds: Int { runtime.programBuilds }

  func makeBuffer(count: Int, name: String) throws -> Buffer {
    let memory = try allocate(words: max(count, 1), name: name)
    try memory.fill(0, atWord: 0, count: max(count, 1))
    return Buffer(memory: memory, count: count)
  }

  func compile(_ schedule: Schedule, buffers: [BufferName: Buffer]) throws -> Executable {
    for operation in schedule.operations { try operation.validate(in: schedule) }
    let program = try family.lower(schedule)
    let arena = ArenaLayout(
      program, alignment: 64, maximumChunkWords: runtime.maximumAllocationWords)
    let chunks = try arena.chunkWords.map { try allocate(words: $0, name: "the arena of feature maps") }
    for chunk in chunks { try chunk.fill(0, atWord: 0, count: chunk.words) }
    var placements: [Placement] = []
    for (description, location) in zip(program.slots, arena.locations) {
      if let (name, offset) = description.external {
        guard let buffer = buffers[name] else { throw DeviceError.notBound(buffer: name.description) }
        guard offset >= 0, offset + description.words <= buffer.count else {
          throw DeviceError.sizeMismatch(
            name: description.name, expectedWords: offset + description.words, foundWords: buffer.count)
        }
        placements.append(Placement(memory: buffer.memory, offset: offset))
      } else {
        placements.append(Placement(memory: chunks[location.chunk], offset: location.offset))
      }
    }
    let prepared = try runtime.prepare(program.launches) { placements[$0.index] }
    return Executable(program: prepared, launches: program.launches, arena: chunks)
  }

  private func allocate(words: Int, name: String) throws -> any Memory {
    if let remaining = remainingWords, words > remaining {
      throw DeviceError.outOfMemory(
        device: information.name, name: name, requestedBytes: words * 4, availableBytes: remaining * 4)
    }
    let memory = try runtime.allocate(words: words, name: name)
    remainingWords = remainingWords.map { $0 - words }
    return memory
  }
}
