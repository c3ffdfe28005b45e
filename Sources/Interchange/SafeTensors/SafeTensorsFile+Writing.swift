import Foundation

extension SafeTensorsFile {
  /// Replaces the file at `path` completely or not at all; see `AtomicFile`. Equal contents give equal bytes.
  ///
  /// - Throws: `FileError`, or `SafeTensorsError` if the names and metadata exceed the format's limit.
  public func write(to path: String) throws {
    let ordered = tensorsInFileOrder
    let header: Data
    do {
      header = try encodedHeader(of: ordered)
    } catch {
      throw SafeTensorsError(error.problem, file: path)
    }
    try AtomicFile.write(to: path) { writer in
      try writer.write(header)
      for tensor in ordered { try writer.write(tensor.bytes) }
    }
  }

  /// The bytes that `write(to:)` writes.
  ///
  /// - Throws: `SafeTensorsError` if the names and metadata exceed the format's limit.
  public func encoded() throws(SafeTensorsError) -> Data {
    let ordered = tensorsInFileOrder
    var data = try encodedHeader(of: ordered)
    for tensor in ordered { data.append(tensor.bytes) }
    return data
  }

  /// The reference writer's order: by type, those of the widest alignment first, then by name.
  private var tensorsInFileOrder: [SafeTensor] {
    let rank = Dictionary(uniqueKeysWithValues: zip(SafeTensor.DType.allCases, 0...))
    return tensors.sorted {
      guard $0.dtype == $1.dtype else { return rank[$0.dtype, default: 0] < rank[$1.dtype, default: 0] }
      return JSONText.precedes($0.name, $1.name)
    }
  }

  /// The header's length and its text, padded with spaces so that the tensors begin at a multiple of 8.
  private func encodedHeader(of ordered: [SafeTensor]) throws(SafeTensorsError) -> Data {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = JSONValue.object(metadata.mapValues { .string($0) })
      members.append("\(JSONText.quoted(SafeTensorsHeader.metadataName)):\(texts.compactText)")
    }
    var begin = 0
    for tensor in ordered {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let end = begin + tensor.bytes.count
      members.append(
        """
        \(JSONText.quoted(tensor.name)):{"dtype":"\(tensor.dtype.rawValue)","shape":[\(shape)],\
        "data_offsets":[\(begin),\(end)]}
        """)
      begin = end
    }
    var text = Data("{\(members.joined(separator: ","))}".utf8)
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
    guard text.count <= SafeTensorsHeader.maximumByteCount else {
      throw SafeTensorsError(
        .headerTooLarge(byteCount: UInt64(text.count), limit: SafeTensorsHeader.maximumByteCount))
    }
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text
  }
}
