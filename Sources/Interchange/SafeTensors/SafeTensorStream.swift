import Foundation

/// Writes a safetensors file of one tensor whose values come piece by piece: a tensor that is too large for memory.
public enum SafeTensorStream {
  /// Replaces the file at `path` completely or not at all, with the values that `body` hands over.
  ///
  /// - Parameters:
  ///   - name: Of the tensor.
  ///   - shape: Of the tensor, whose elements are F32.
  /// - Throws: `FileError`; `SafeTensorsError` where the values are not as many as the shape says; what `body` throws. The old
  ///   file is then untouched.
  public static func write(
    to path: String, name: String, shape: [Int], _ body: ((ArraySlice<Float>) throws -> Void) throws -> Void
  ) throws {
    guard let expected = SafeTensor.byteCount(dtype: .f32, shape: shape) else {
      throw SafeTensorsError(.sizeOverflow(tensor: name), file: path)
    }
    try AtomicFile.write(to: path) { writer in
      try writer.write(header(name: name, shape: shape, byteCount: expected))
      var found = 0
      try body { values in
        found += values.count * MemoryLayout<Float>.size
        try writer.write(values.withUnsafeBytes { Data($0) })
      }
      guard found == expected else {
        throw SafeTensorsError(
          .wrongByteCount(tensor: name, dtype: .f32, shape: shape, expected: expected, found: found),
          file: path)
      }
    }
  }

  private static func header(name: String, shape: [Int], byteCount: Int) -> Data {
    let sizes = shape.map(String.init).joined(separator: ",")
    var text = Data(
      "{\(JSONText.quoted(name)):{\"dtype\":\"F32\",\"shape\":[\(sizes)],\"data_offsets\":[0,\(byteCount)]}}"
        .utf8)
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text
  }
}
