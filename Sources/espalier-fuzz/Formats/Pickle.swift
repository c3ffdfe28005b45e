/// Pickles of protocol 2: each function gives the operations that push a value.
enum Pickle {
  static func whole(_ object: [UInt8]) -> [UInt8] { [0x80, 2] + object + [0x2E] }

  static func text(_ text: String) -> [UInt8] {
    [0x58] + StoredZip.littleEndian(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  static func integer(_ value: Int) -> [UInt8] {
    [0x8A, 8] + StoredZip.littleEndian(Int64(value))
  }

  static func tuple(_ elements: [[UInt8]]) -> [UInt8] { [0x28] + elements.joined() + [0x74] }

  static func list(_ elements: [[UInt8]]) -> [UInt8] { [0x5D, 0x28] + elements.joined() + [0x65] }

  static func dictionary(_ entries: [(key: String, value: [UInt8])]) -> [UInt8] {
    [0x7D, 0x28] + entries.flatMap { text($0.key) + $0.value } + [0x75]
  }

  static func global(_ module: String, _ name: String) -> [UInt8] {
    [0x63] + Array("\(module)\n\(name)\n".utf8)
  }

  static func call(_ function: [UInt8], _ arguments: [[UInt8]]) -> [UInt8] {
    function + tuple(arguments) + [0x52]
  }

  /// A tensor of the first elements of a storage of floats.
  static func tensor(storage key: String, shape: [Int]) -> [UInt8] {
    let count = shape.reduce(1, *)
    let strides = shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
    let storage =
      tuple([text("storage"), global("torch", "FloatStorage"), text(key), text("cpu"), integer(count)]) + [
        0x51
      ]
    return call(
      global("torch._utils", "_rebuild_tensor_v2"),
      [
        storage, integer(0), tuple(shape.map(integer)), tuple(strides.map(integer)), [0x89],
        call(global("collections", "OrderedDict"), []),
      ])
  }
}
