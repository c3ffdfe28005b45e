import Foundation

/// The contents of a safetensors file: tensors by name and a few texts about them.
///
/// Everything about a file is checked before its first tensor can be seen, as strictly as the format demands: no
/// gaps, overlaps or trailing bytes, no name twice, sizes that add up. The header must begin with `{`; white space
/// may follow it. Whatever the bytes, reading ends in a file or a typed error and takes memory in proportion to
/// their number. Of a file on a disk, the tensors are read only when its header and length agree.
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
    let file = try FileDescriptor.reading(path)
    let fileByteCount = try file.byteCount
    do {
      let prefix = SafeTensorsHeader.lengthByteCount
      let start = try file.read(min(prefix, fileByteCount), at: 0)
      let headerByteCount = try SafeTensorsHeader.byteCount(start, fileByteCount: fileByteCount)
      let bufferByteCount = fileByteCount - prefix - headerByteCount
      let header = try SafeTensorsHeader(
        parsing: Array(file.read(headerByteCount, at: prefix)), bufferByteCount: bufferByteCount)
      try self.init(header, buffer: file.read(bufferByteCount, at: prefix + headerByteCount), source: path)
    } catch let error as SafeTensorsError {
      throw SafeTensorsError(error.problem, file: path)
    }
  }

  /// Reads a file from memory.
  ///
  /// - Parameter source: what messages call the file.
  /// - Throws: `SafeTensorsError`.
  public init(parsing data: Data, source: String? = nil) throws(SafeTensorsError) {
    do {
      let rest = data.dropFirst(SafeTensorsHeader.lengthByteCount)
      let headerByteCount = try SafeTensorsHeader.byteCount(data, fileByteCount: data.count)
      let buffer = rest.dropFirst(headerByteCount)
      let header = try SafeTensorsHeader(
        parsing: Array(rest.prefix(headerByteCount)), bufferByteCount: buffer.count)
      try self.init(header, buffer: buffer, source: source)
    } catch {
      throw SafeTensorsError(error.problem, file: source)
    }
  }

  /// The tensors that `header` finds in `buffer`.
  private init(_ header: SafeTensorsHeader, buffer: Data, source: String?) throws(SafeTensorsError) {
    var tensors: [SafeTensor] = []
    tensors.reserveCapacity(header.entries.count)
    for entry in header.entries {
      let bytes = buffer.dropFirst(entry.begin).prefix(entry.end - entry.begin)
      tensors.append(
        try SafeTensor(name: entry.name, dtype: entry.dtype, shape: entry.shape, bytes: bytes))
    }
    try self.init(tensors: tensors, metadata: header.metadata, source: source)
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
