/// Memory on a device that outlives a run: parameters, gradients, momentum, statistics, inputs. Counted in 32-bit words.
///
/// Reading and writing wait for everything enqueued before.
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
    guard offset >= 0, offset + values.count <= count else {
      throw DeviceError.sizeMismatch(
        name: "buffer", expectedWords: count - offset, foundWords: values.count)
    }
    if values.isEmpty { return }
    try memory.write(UnsafeRawBufferPointer(values), atWord: offset)
  }

  /// The `count` words from `offset` on; by default all.
  public func read<Word: BufferWord>(
    as type: Word.Type = Float.self, at offset: Int = 0, count: Int? = nil
  ) throws -> [Word] {
    let length = count ?? self.count - offset
    guard offset >= 0, length >= 0, offset + length <= self.count else {
      throw DeviceError.sizeMismatch(
        name: "buffer", expectedWords: self.count - offset, foundWords: length)
    }
    if length == 0 { return [] }
    return try [Word](unsafeUninitializedCapacity: length) { destination, initialized in
      try memory.read(
        into: UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(destination)[..<(length * 4)]),
        atWord: offset)
      initialized = length
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
