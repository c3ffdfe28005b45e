import Foundation

/// The contents of a safetensors file: tensors by name and a few texts about them.
///
/// Everything about a file is checked before its first tensor can be seen, as strictly as the format demands: no
/// gaps, overlaps or trailing bytes, no name twice, sizes that add up. The header must begin with `{`; white space
/// may follow it. Whatever the bytes, reading ends in a file or a typed error and takes memory in proportion to
/// their number.
public struct SafeTensorsFile: Sendable {
  /// The tensors: of a file that was read, in the order of their bytes.
  public let tensors: [SafeTensor]
  /// Texts by key, such as `format` and `arch`.
  public let metadata: [String: String]
  /// The file that was read, for messages; nil for one made here.
  public let source: String?

  private let indices: [String: Int]

  /// A file made of `tensors`.
  ///
  /// - Throws: `SafeTensorsError` if two tensors have one name, or one is named `__metadata__`.
  public init(tensors: [SafeTensor], metadata: [String: String] = [:]) throws(SafeTensorsError) {
    try self.init(tensors: tensors, metadata: metadata, source: nil)
  }

  /// Reads the file at `path`.
  ///
  /// - Throws: `FileError` if it cannot be read, `SafeTensorsError` if it breaks the format.
  public init(path: String) throws {
    try self.init(parsing: WholeFile.read(path), source: path)
  }

  /// Reads a file from memory.
  ///
  /// - Parameter source: what messages call the file.
  /// - Throws: `SafeTensorsError`.
  public init(parsing data: Data, source: String? = nil) throws(SafeTensorsError) {
    do {
      let (header, buffer) = try Self.split(data)
      let parsed = try SafeTensorsHeader(parsing: header)
      let tensors = try Self.tensors(of: parsed, in: buffer)
      try self.init(tensors: tensors, metadata: parsed.metadata, source: source)
    } catch {
      throw SafeTensorsError(error.problem, file: source)
    }
  }

  private init(
    tensors: [SafeTensor], metadata: [String: String], source: String?
  ) throws(SafeTensorsError) {
    var indices: [String: Int] = [:]
    for (index, tensor) in tensors.enumerated() {
      if tensor.name == SafeTensorsHeader.metadataName { throw SafeTensorsError(.reservedName(tensor.name)) }
      guard indices.updateValue(index, forKey: tensor.name) == nil else {
        throw SafeTensorsError(.duplicateName(tensor.name, offset: nil))
      }
    }
    self.tensors = tensors
    self.metadata = metadata
    self.source = source
    self.indices = indices
  }

  /// The tensor called `name`, nil if there is none.
  public subscript(name: String) -> SafeTensor? { indices[name].map { tensors[$0] } }

  /// The tensor called `name`.
  ///
  /// - Throws: `SafeTensorsError` if there is none.
  public func tensor(_ name: String) throws(SafeTensorsError) -> SafeTensor {
    guard let tensor = self[name] else { throw SafeTensorsError(.missingTensor(name), file: source) }
    return tensor
  }

  /// The values of the tensor called `name`: see `SafeTensor.values(as:)`.
  ///
  /// - Throws: `SafeTensorsError` if there is none, or it holds another type.
  public func values<Scalar: SafeTensorScalar>(
    _ name: String, as scalar: Scalar.Type = Scalar.self
  ) throws(SafeTensorsError) -> [Scalar] {
    do {
      return try tensor(name).values(as: scalar)
    } catch {
      throw SafeTensorsError(error.problem, file: source)
    }
  }
}

extension SafeTensorsFile {
  /// The header's text and the bytes behind it.
  private static func split(_ data: Data) throws(SafeTensorsError) -> (header: [UInt8], buffer: Data) {
    let prefix = SafeTensorsHeader.lengthByteCount
    guard data.count >= prefix else { throw SafeTensorsError(.headerTooSmall(fileByteCount: data.count)) }
    let byteCount = data.prefix(prefix).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard byteCount <= SafeTensorsHeader.maximumByteCount else {
      throw SafeTensorsError(.headerTooLarge(byteCount: byteCount, limit: SafeTensorsHeader.maximumByteCount))
    }
    guard byteCount <= data.count - prefix else {
      throw SafeTensorsError(.invalidHeaderLength(byteCount: byteCount, fileByteCount: data.count))
    }
    let rest = data.dropFirst(prefix)
    return (Array(rest.prefix(Int(byteCount))), rest.dropFirst(Int(byteCount)))
  }

  /// The tensors in the order of their bytes, which must fill `buffer` without gap or overlap.
  private static func tensors(
    of header: SafeTensorsHeader, in buffer: Data
  ) throws(SafeTensorsError) -> [SafeTensor] {
    let ordered = header.entries.enumerated().sorted {
      ($0.element.begin, $0.element.end, $0.offset) < ($1.element.begin, $1.element.end, $1.offset)
    }
    var expectedBegin = 0
    for (_, entry) in ordered {
      guard entry.begin == expectedBegin, entry.end >= entry.begin else {
        throw SafeTensorsError(
          .invalidOffsets(
            tensor: entry.name, expectedBegin: expectedBegin, begin: entry.begin, end: entry.end))
      }
      let found = entry.end - entry.begin
      guard let expected = SafeTensor.byteCount(dtype: entry.dtype, shape: entry.shape) else {
        throw SafeTensorsError(.sizeOverflow(tensor: entry.name))
      }
      guard expected == found else {
        throw SafeTensorsError(
          .wrongByteCount(
            tensor: entry.name, dtype: entry.dtype, shape: entry.shape, expected: expected, found: found))
      }
      expectedBegin = entry.end
    }
    guard expectedBegin == buffer.count else {
      throw SafeTensorsError(.incompleteBuffer(expected: expectedBegin, found: buffer.count))
    }
    var tensors: [SafeTensor] = []
    tensors.reserveCapacity(ordered.count)
    for (_, entry) in ordered {
      let bytes = buffer.dropFirst(entry.begin).prefix(entry.end - entry.begin)
      tensors.append(
        try SafeTensor(name: entry.name, dtype: entry.dtype, shape: entry.shape, bytes: bytes))
    }
    return tensors
  }
}
