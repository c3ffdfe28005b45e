import Foundation

/// Pickles written by hand: each function gives the operations that push one value.
enum Pickle {
  static let start: [UInt8] = [0x80, 2]
  static let stop: [UInt8] = [0x2e]

  static func text(_ text: String) -> [UInt8] {
    [0x58] + littleEndian(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  static func integer(_ value: Int) -> [UInt8] { [0x8a, 8] + littleEndian(UInt64(bitPattern: Int64(value))) }

  static let none: [UInt8] = [0x4e]
  static let yes: [UInt8] = [0x88]
  static let no: [UInt8] = [0x89]

  static func tuple(_ elements: [UInt8]...) -> [UInt8] { [0x28] + elements.flatMap { $0 } + [0x74] }

  static func sizes(_ sizes: [Int]) -> [UInt8] { [0x28] + sizes.flatMap(integer) + [0x74] }

  static func list(_ elements: [[UInt8]]) -> [UInt8] { [0x5d, 0x28] + elements.flatMap { $0 } + [0x65] }

  static func dictionary(_ entries: (String, [UInt8])...) -> [UInt8] {
    [0x7d, 0x28] + entries.flatMap { text($0.0) + $0.1 } + [0x75]
  }

  static func global(_ module: String, _ name: String) -> [UInt8] {
    [0x63] + Array("\(module)\n\(name)\n".utf8)
  }

  static func storage(_ key: String, _ count: Int, type: String = "FloatStorage") -> [UInt8] {
    tuple(text("storage"), global("torch", type), text(key), text("cpu"), integer(count)) + [0x51]
  }

  static func tensor(
    _ storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int]
  ) -> [UInt8] {
    global("torch._utils", "_rebuild_tensor")
      + tuple(storage, integer(offset), sizes(shape), sizes(strides)) + [0x52]
  }

  /// Puts the value on top of the stack into the memo.
  static func put(_ index: UInt8) -> [UInt8] { [0x71, index] }
  static func get(_ index: UInt8) -> [UInt8] { [0x68, index] }
}

/// Files written by hand around a pickle.
enum PyTorchBuilder {
  /// The older layout: `object` pushes the object; the storages have keys, numbers of elements and bytes.
  static func legacy(
    _ object: [UInt8], storages: [(key: String, count: Int, bytes: [UInt8])] = [], version: Int = 1001,
    littleEndian isLittleEndian: Bool = true
  ) -> Data {
    let magic: [UInt8] = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
    let machine = Pickle.dictionary(
      ("protocol_version", Pickle.integer(version)),
      ("little_endian", isLittleEndian ? Pickle.yes : Pickle.no))
    let pickles = [
      magic, Pickle.integer(version), machine, object, Pickle.list(storages.map { Pickle.text($0.key) }),
    ]
    let contents = storages.flatMap { littleEndian(Int64($0.count)) + $0.bytes }
    return Data(pickles.flatMap { Pickle.start + $0 + Pickle.stop } + contents)
  }

  /// A member of an archive; what is nil is as it should be.
  struct Member {
    var name: String
    var bytes: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0
    var checksum: UInt32?
    var headerOffset: UInt32?
    var byteCount: UInt32?
    /// The size that it has in the archive by the directory's account.
    var compressedByteCount: UInt32?
    /// Keep sizes and offset in an extra field of 64-bit numbers.
    var isLarge = false
  }

  /// The present layout.
  static func archive(
    _ object: [UInt8], storages: [(key: String, bytes: [UInt8])] = [], byteOrder: String? = "little"
  ) -> Data {
    zip(members(object, storages: storages, byteOrder: byteOrder))
  }

  static func members(
    _ object: [UInt8], storages: [(key: String, bytes: [UInt8])] = [], byteOrder: String? = "little"
  ) -> [Member] {
    var members = [Member(name: "a/data.pkl", bytes: Pickle.start + object + Pickle.stop)]
    if let byteOrder { members.append(Member(name: "a/byteorder", bytes: Array(byteOrder.utf8))) }
    return members + storages.map { Member(name: "a/data/\($0.key)", bytes: $0.bytes) }
  }

  /// - Parameters:
  ///   - isLarge: Whether the directory's end has the long form.
  ///   - padding: How many zeros the directory has behind its entries.
  static func zip(
    _ members: [Member], isLarge: Bool = false, comment: String = "", padding: Int = 0
  ) -> Data {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      let name = Array(member.name.utf8)
      let offset = member.headerOffset ?? UInt32(file.count)
      let checksum = littleEndian(member.checksum ?? crc32(member.bytes))
      let count = littleEndian(member.byteCount ?? UInt32(member.bytes.count))
      let common = littleEndian(member.flags) + littleEndian(member.method) + [0, 0, 0, 0] + checksum
      let all = [UInt8](repeating: 0xff, count: 4)
      let extra =
        member.isLarge
        ? littleEndian(UInt16(1)) + littleEndian(UInt16(24)) + count + [0, 0, 0, 0] + count + [0, 0, 0, 0]
          + littleEndian(UInt64(offset)) : []
      directory += littleEndian(UInt32(0x0201_4b50)) + [0, 0, 0, 0] + common
      directory +=
        member.isLarge ? all + all : (member.compressedByteCount.map(littleEndian) ?? count) + count
      directory += littleEndian(UInt16(name.count)) + littleEndian(UInt16(extra.count)) + [0, 0, 0, 0, 0, 0]
      directory += [0, 0, 0, 0] + (member.isLarge ? all : littleEndian(offset)) + name + extra
      file += littleEndian(UInt32(0x0403_4b50)) + [0, 0] + common + count + count
      file += littleEndian(UInt16(name.count)) + [3, 0] + name + [1, 2, 3] + member.bytes
    }
    let start = file.count
    directory += [UInt8](repeating: 0, count: padding)
    file += directory
    let count = UInt64(members.count)
    if isLarge {
      let end = file.count
      file +=
        littleEndian(UInt32(0x0606_4b50)) + littleEndian(UInt64(44)) + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      file += littleEndian(count) + littleEndian(count)
      file += littleEndian(UInt64(directory.count)) + littleEndian(UInt64(start))
      file += littleEndian(UInt32(0x0706_4b50)) + [0, 0, 0, 0] + littleEndian(UInt64(end)) + [1, 0, 0, 0]
    }
    file += littleEndian(UInt32(0x0605_4b50)) + [0, 0, 0, 0]
    if isLarge {
      file += [UInt8](repeating: 0xff, count: 12)
    } else {
      file += littleEndian(UInt16(count)) + littleEndian(UInt16(count))
      file += littleEndian(UInt32(directory.count)) + littleEndian(UInt32(start))
    }
    return Data(file + littleEndian(UInt16(comment.utf8.count)) + Array(comment.utf8))
  }

  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { state, byte in
      (0..<8).reduce(state ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1) * 0xedb8_8320 }
    }
  }
}

/// The bytes of `value`.
func littleEndian<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// The bytes of floats.
func floatBytes(_ values: Float...) -> [UInt8] { values.flatMap { littleEndian($0.bitPattern) } }
