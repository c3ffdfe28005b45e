import Foundation

/// The layout before PyTorch 1.6: pickles of a magic number, a version, some facts about the machine, the
/// object, and the keys of its storages; then for each key the number of elements as Int64, and the elements.
struct LegacyLayout {
  private let bytes: FileBytes
  /// What has not been read yet.
  private var offset = 0

  /// 0x1950a86a20f9469cfc6c, little endian.
  private static let magic = Data([0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19])
  private static let version = 1001

  /// Whether the first operations, of any protocol, push an integer as long as the magic number.
  static func begins(_ bytes: FileBytes) -> Bool {
    guard bytes[0] == PickleOpcode.protocol.rawValue, let version = bytes[1] else { return false }
    let isFramed = version >= 4
    if isFramed, bytes[2] != PickleOpcode.frame.rawValue { return false }
    let start = isFramed ? 11 : 2
    return bytes[start] == PickleOpcode.long1.rawValue && bytes[start + 1] == UInt8(magic.count)
  }

  static func parse(_ bytes: FileBytes) throws(PyTorchFileError) -> PyTorchContents {
    var layout = LegacyLayout(bytes)
    try layout.checkHeader()
    let object = try layout.nextPickle()
    let storages = try layout.storages(of: object.graph, keys: try layout.storageKeys())
    return PyTorchContents(object) { key throws(PyTorchFileError) in
      guard let storage = storages[key] else { throw PyTorchFileError(.missingStorage(key: key)) }
      return storage
    }
  }

  private init(_ bytes: FileBytes) { self.bytes = bytes }

  private mutating func nextPickle() throws(PyTorchFileError) -> PickleMachine.Outcome {
    let outcome = try PickleMachine.run(bytes, offset..<bytes.count)
    offset = outcome.end
    return outcome
  }

  private mutating func checkHeader() throws(PyTorchFileError) {
    guard case .largeInteger(Self.magic) = try nextPickle().root else {
      throw malformed(at: 0, "PyTorch's magic number", "another")
    }
    let versionOffset = offset
    guard case .integer(Self.version) = try nextPickle().root else {
      throw malformed(at: versionOffset, "version \(Self.version) of the layout", "another")
    }
    let machine = try nextPickle()
    guard case .dictionary(let facts) = machine.root,
      case .boolean(true) = machine.graph.value(of: "little_endian", in: facts)
    else { throw PyTorchFileError(.wrongByteOrder(found: "a file that does not say so")) }
  }

  /// The keys in the order in which the storages follow.
  private mutating func storageKeys() throws(PyTorchFileError) -> [String] {
    let start = offset
    let pickle = try nextPickle()
    guard case .list(let list) = pickle.root else {
      throw malformed(at: start, "a list of storage keys", pickle.root.kind)
    }
    var keys: [String] = []
    for element in pickle.graph.elements(ofList: list) {
      guard case .text(let key) = element else { throw malformed(at: start, "a storage key", element.kind) }
      keys.append(key)
    }
    return keys
  }

  /// The storages up to the end of the file.
  private mutating func storages(
    of graph: PickleGraph, keys: [String]
  ) throws(PyTorchFileError) -> [String: Data] {
    let references = try Self.references(of: graph)
    var storages: [String: Data] = [:]
    for key in keys {
      guard let reference = references[key] else {
        throw malformed(at: offset, "a storage of the tensors", "storage \(JSONText.excerpt(key))")
      }
      guard storages.updateValue(try storage(reference), forKey: key) == nil else {
        throw PyTorchFileError(.contradictoryStorage(key: key))
      }
    }
    guard offset == bytes.count else {
      throw malformed(at: offset, "the end of the file", "\(bytes.count - offset) more bytes")
    }
    return storages
  }

  private mutating func storage(_ reference: StorageReference) throws(PyTorchFileError) -> Data {
    guard let count = bytes.number(at: offset, as: Int64.self) else {
      throw malformed(at: offset, "the number of elements of a storage", "the end of the file")
    }
    guard count == reference.count, let byteCount = reference.byteCount else {
      throw malformed(at: offset, "a storage of \(reference.count) elements", "one of \(count)")
    }
    guard let storage = bytes.slice(at: offset + 8, count: byteCount) else {
      throw malformed(at: offset + 8, "\(byteCount) bytes of a storage", "\(bytes.count - offset - 8)")
    }
    offset += 8 + byteCount
    return storage
  }

  private static func references(
    of graph: PickleGraph
  ) throws(PyTorchFileError) -> [String: StorageReference] {
    var references: [String: StorageReference] = [:]
    for storage in graph.storages {
      if let other = references.updateValue(storage, forKey: storage.key), other != storage {
        throw PyTorchFileError(.contradictoryStorage(key: storage.key))
      }
    }
    return references
  }

  private func malformed(at offset: Int, _ expected: String, _ found: String) -> PyTorchFileError {
    PyTorchFileError(.malformed(offset: offset, expected: expected, found: found))
  }
}
