import Foundation
import Interchange

extension FuzzReader {
  /// Tensors may take 4 times their file and 1 MiB, which is for expanded ones; beside that, an operation of one
  /// byte leaves a value or an empty collection.
  static func pytorch() throws -> FuzzReader {
    let archive = StoredZip.archive(archiveFiles(stateDictionary))
    let legacy = legacyFile(stateDictionary)
    return FuzzReader(
      name: .pytorch, bound: AllocationBound(base: (1 << 20) + (128 << 10), perByte: 256),
      seeds: try [archive, legacy]
        + Fixtures.files("InterchangeTests", "pt", "pth", "th", except: ["int16.pt"]),
      hostile: hostilePickles.map { StoredZip.archive(archiveFiles($0)) } + hostilePickles.map(legacyFile),
      tokens: pickleTokens,
      inside: [Inside(seeds: [stateDictionary, nested]) { StoredZip.archive(archiveFiles($0)) }],
      documents: { $0 is PyTorchFileError },
      read: { _ = try PyTorchFile(parsing: Data($0), source: "input") })
  }

  private static let stateDictionary = Pickle.call(
    Pickle.global("collections", "OrderedDict"),
    [
      Pickle.list([
        Pickle.tuple([Pickle.text("conv.weight"), Pickle.tensor(storage: "0", shape: [2, 3, 2])]),
        Pickle.tuple([Pickle.text("conv.bias"), Pickle.tensor(storage: "1", shape: [5])]),
      ])
    ])

  private static let nested = Pickle.dictionary([
    ("epoch", Pickle.integer(3)),
    ("state_dict", Pickle.dictionary([("module.w", Pickle.tensor(storage: "1", shape: [5]))])),
  ])

  private static func archiveFiles(_ object: [UInt8]) -> [(name: String, content: [UInt8])] {
    [
      ("a/data.pkl", Pickle.whole(object)), ("a/byteorder", Array("little".utf8)),
      ("a/data/0", [UInt8](repeating: 1, count: 48)), ("a/data/1", [UInt8](repeating: 2, count: 20)),
      ("a/version", Array("3\n".utf8)),
    ]
  }

  private static func legacyFile(_ object: [UInt8]) -> [UInt8] {
    let magic: [UInt8] = [0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    let machine = Pickle.dictionary([("protocol_version", Pickle.integer(1001)), ("little_endian", [0x88])])
    let keys = Pickle.list([Pickle.text("0"), Pickle.text("1")])
    let storages = [(12, 48), (5, 20)].flatMap { count, byteCount in
      StoredZip.littleEndian(Int64(count)) + [UInt8](repeating: 1, count: byteCount)
    }
    return [magic, Pickle.integer(1001), machine, object, keys].flatMap(Pickle.whole) + storages
  }

  private static let pickleTokens: [[UInt8]] =
    [
      [0x28], [0x29], [0x2E], [0x30], [0x4E], [0x51], [0x52], [0x5D], [0x61], [0x62], [0x65], [0x71, 0],
      [0x68, 0],
      [0x72, 0xFF, 0xFF, 0xFF, 0x7F], [0x73], [0x75], [0x7D], [0x85], [0x86], [0x87], [0x8A, 8], [0x8D],
      [0x93], [0x94],
      [0x95], Pickle.global("collections", "OrderedDict"),
      Pickle.global("torch._utils", "_rebuild_tensor_v2"),
      Pickle.global("torch", "LongStorage"), Pickle.global("os", "system"), Pickle.integer(-1),
      Pickle.integer(.max),
      [0x50, 0x4B, 1, 2], [0x50, 0x4B, 3, 4], [0x50, 0x4B, 5, 6], [0x50, 0x4B, 6, 6], [0x50, 0x4B, 6, 7],
    ]

  /// Nesting without end, collections that contain themselves, one list copied again and again, and a tensor whose
  /// elements repeat one.
  private static let hostilePickles: [[UInt8]] = {
    let pairs = Pickle.list((0..<1400).map { _ in [0x4E, 0x4E, 0x86] }) + [0x71, 0]
    let copy = Pickle.global("collections", "OrderedDict") + [0x71, 1]
    let storage = Pickle.tuple([
      Pickle.text("storage"), Pickle.global("torch", "FloatStorage"), Pickle.text("1"), Pickle.text("cpu"),
      Pickle.integer(5),
    ])
    let expanded = Pickle.call(
      Pickle.global("torch._utils", "_rebuild_tensor"),
      [
        storage + [0x51], Pickle.integer(0),
        Pickle.tuple([Pickle.integer(1 << 20), Pickle.integer(1 << 20)]),
        Pickle.tuple([Pickle.integer(0), Pickle.integer(0)]),
      ])
    return [
      [UInt8](repeating: 0x28, count: 60_000) + [0x4E],
      [0x4E] + [UInt8](repeating: 0x85, count: 60_000),
      [UInt8](repeating: 0x5D, count: 30_000) + [UInt8](repeating: 0x61, count: 29_999),
      [UInt8](repeating: 0x7D, count: 60_000),
      [0x5D, 0x71, 0, 0x68, 0, 0x61],
      pairs + copy + (0..<1400).flatMap { _ in [0x68, 1, 0x68, 0, 0x85, 0x52] as [UInt8] },
      Pickle.dictionary([("w", expanded)]),
      Pickle.text("memo") + (0..<10_000).flatMap { [0x72] + StoredZip.littleEndian(UInt32($0 * 400_000)) },
    ]
  }()
}
