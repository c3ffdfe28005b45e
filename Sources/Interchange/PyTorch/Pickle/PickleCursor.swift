import Foundation

/// Reads a pickle front to back.
struct PickleCursor {
  private let bytes: FileBytes
  /// The next byte, counted from the beginning of the file.
  private(set) var offset: Int
  /// The end of what may be read.
  let end: Int

  init(_ bytes: FileBytes, _ range: Range<Int>) {
    self.bytes = bytes
    offset = range.lowerBound
    end = range.upperBound
  }

  mutating func byte() throws(PyTorchFileError) -> UInt8 { try number() }

  mutating func number<Number: FixedWidthInteger>(
    as type: Number.Type = Number.self
  ) throws(PyTorchFileError) -> Number {
    guard MemoryLayout<Number>.size <= end - offset, let number = bytes.number(at: offset, as: type) else {
      throw truncated(MemoryLayout<Number>.size)
    }
    offset += MemoryLayout<Number>.size
    return number
  }

  mutating func bigEndianDouble() throws(PyTorchFileError) -> Double {
    Double(bitPattern: try number(as: UInt64.self).byteSwapped)
  }

  /// A length of `Number`'s width.
  mutating func length<Number: FixedWidthInteger>(
    _ type: Number.Type
  ) throws(PyTorchFileError) -> Int {
    let start = offset
    let number = try number(as: type)
    guard let length = Int(exactly: number), length >= 0, length <= end - offset else {
      throw PyTorchFileError(
        .malformed(offset: start, expected: "a length of at most \(end - offset) bytes", found: "\(number)"))
    }
    return length
  }

  mutating func take(_ count: Int) throws(PyTorchFileError) -> Data {
    guard count <= end - offset, let data = bytes.slice(at: offset, count: count) else {
      throw truncated(count)
    }
    offset += count
    return data
  }

  mutating func text(_ byteCount: Int) throws(PyTorchFileError) -> String {
    let start = offset
    guard let text = String(validating: try take(byteCount), as: UTF8.self) else {
      throw PyTorchFileError(.malformed(offset: start, expected: "a text in UTF-8", found: "other bytes"))
    }
    return text
  }

  /// The text up to the next line feed, which is taken too.
  mutating func line() throws(PyTorchFileError) -> String {
    var length = 0
    while offset + length < end, bytes[offset + length] != UInt8(ascii: "\n") { length += 1 }
    let line = try text(length)
    _ = try byte()
    return line
  }

  private func truncated(_ count: Int) -> PyTorchFileError {
    PyTorchFileError(
      .malformed(
        offset: offset, expected: "\(count) more bytes of the pickle", found: "its end after \(end - offset)")
    )
  }
}
