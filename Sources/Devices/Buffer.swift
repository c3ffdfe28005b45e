/// Memory on a device that outlives a run: parameters, gradients, momentum, statistics, inputs. Counted in 32-bit words.
///
/// Reading waits for everything enqueued before, and so does writing, except to input buffers.
public final class Buffer {
  let memory: any Memory
  public let count: Int

  init(memory: any Memory, count: Int) {
    self.memory = memory
    self.count = count
  }

  /// Copies `values` to the words from `offset` on.
  /// - Throws: ``DeviceError/sizeMismatch(name:expectedWords:foundWords:)`` where they do not fit.
  public func write<Word: BufferWord>(_ values: [Word], at offset: Int = 0) throws {
    try values.withUnsafeBufferPointer { try write($0, at: offset) }
  }

  public func write<Word: BufferWord>(_ values: UnsafeBufferPointer<Word>, at offset: Int = 0) throws {
    try check(offset: offset, length: values.count)
    if values.isEmpty { return }
    try memory.write(UnsafeRawBufferPointer(values), atWord: offset)
  }

  /// The `count` words from `offset` on; by default all.
  public func read<Word: BufferWord>(
    as type: Word.Type = Float.self, at offset: Int = 0, count: Int? = nil
  ) throws -> [Word] {
    let length = count ?? self.count - offset
    try check(offset: offset, length: length)
    return try [Word](unsafeUninitializedCapacity: length) { destination, initialized in
      try read(into: UnsafeMutableBufferPointer(rebasing: destination[..<length]), at: offset)
      initialized = length
    }
  }

  /// Copies the words from `offset` on until `destination` is full.
  public func read<Word: BufferWord>(
    into destination: UnsafeMutableBufferPointer<Word>, at offset: Int = 0
  ) throws {
    try check(offset: offset, length: destination.count)
    if destination.isEmpty { return }
    try memory.read(into: UnsafeMutableRawBufferPointer(destination), atWord: offset)
  }

  private func check(offset: Int, length: Int) throws {
    guard offset >= 0, length >= 0, offset + length <= count else {
      throw DeviceError.sizeMismatch(
        name: "buffer", expectedWords: count - offset, foundWords: length)
    }
  }

  /// Sets every word to the bits of `value`.
  public func fill(_ value: Float = 0) throws {
    try memory.fill(value.bitPattern, atWord: 0, count: count)
  }
}

/// A 32-bit value that a ``Buffer`` holds.
public protocol BufferWord: BitwiseCopyable {}
extension Float: BufferWord {}
extension Int32: BufferWord {}
extension UInt32: BufferWord {}
