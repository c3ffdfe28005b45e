import Foundation
import Interchange
import XCTest

/// What surrounds the pickle: damaged, truncated and strange files of both layouts.
final class PyTorchLayoutTests: XCTestCase {
  private let object = Pickle.dictionary(
    ("a", Pickle.tensor(Pickle.storage("0", 2), shape: [2], strides: [1])))
  private let bytes = floatBytes(1, -2)

  private var members: [PyTorchBuilder.Member] {
    PyTorchBuilder.members(object, storages: [("0", bytes)])
  }

  private func read(_ data: Data) throws -> [Float] {
    let tensors = try PyTorchFile(parsing: data, source: "x").tensors
    XCTAssertEqual(tensors.map(\.name), ["a"])
    return try tensors.first?.values() ?? []
  }

  private func assertProblem(
    _ data: Data, file: StaticString = #filePath, line: UInt = #line,
    _ check: (PyTorchFileError.Problem) -> Bool
  ) {
    XCTAssertThrowsError(try PyTorchFile(parsing: data, source: "x"), file: file, line: line) { error in
      guard let error = error as? PyTorchFileError, check(error.problem) else {
        return XCTFail("\(error)", file: file, line: line)
      }
    }
  }

  private func isMalformed(_ problem: PyTorchFileError.Problem) -> Bool {
    if case .malformed = problem { true } else { false }
  }

  func testFilesByHand() throws {
    XCTAssertEqual(try read(PyTorchBuilder.legacy(object, storages: [("0", 2, bytes)])), [1, -2])
    XCTAssertEqual(try read(PyTorchBuilder.archive(object, storages: [("0", bytes)])), [1, -2])
    XCTAssertEqual(
      try read(PyTorchBuilder.archive(object, storages: [("0", bytes)], byteOrder: nil)), [1, -2])
    XCTAssertEqual(try read(PyTorchBuilder.zip(members, comment: "a comment")), [1, -2])
  }

  func testOtherFiles() {
    for start in [
      Data(), Data([0x80]), Data([0x80, 2]), Data("no file".utf8), Data(count: 100), Data([0x80, 4, 0x95]),
    ] {
      assertProblem(start) { if case .notPyTorch = $0 { true } else { false } }
    }
    let text = "\(PyTorchFileError(.notPyTorch(found: "the bytes 1 2"), file: "x"))"
    XCTAssertTrue(text.contains("check that this is the right file"), text)
  }

  func testFilesThatAreNotThere() throws {
    let folder = try makeTemporaryFolder()
    for path in [folder, "\(folder)/none"] {
      XCTAssertThrowsError(try PyTorchFile(path: path)) { XCTAssertTrue($0 is FileError, "\($0)") }
    }
  }

  func testLargeFilesOfOtherKindsAreRefusedUnread() throws {
    let path = try makeTemporaryFolder() + "/x.pt"
    try Data().write(to: URL(fileURLWithPath: path))
    XCTAssertEqual(truncate(path, 1 << 42), 0)
    assertThrows(PyTorchFileError(.notPyTorch(found: "the bytes 0 0 0 0"), file: path)) {
      _ = try PyTorchFile(path: path)
    }
  }

  // MARK: - Every truncation, every changed byte

  func testEveryTruncation() throws {
    for name in ["plain.pth", "nested.th"] {
      let file = try Data(contentsOf: URL(fileURLWithPath: PyTorchFixtures.path(name)))
      for count in 0..<file.count {
        XCTAssertThrowsError(try PyTorchFile(parsing: file.prefix(count), source: name), "\(name) \(count)") {
          XCTAssertTrue($0 is PyTorchFileError, "\(name) \(count): \($0)")
        }
      }
    }
  }

  /// How reading damaged files ended: the error's type says that it is a typed one, and what is read is
  /// whole.
  private func isRefused(_ data: Data) -> Bool {
    guard let tensors = try? PyTorchFile(parsing: data, source: "x").tensors else { return true }
    for tensor in tensors { XCTAssertEqual(tensor.elementCount, tensor.shape.reduce(1, *)) }
    return false
  }

  func testEveryChangedByte() throws {
    var generator = SplitMix64(state: 1)
    for name in ["plain.pth", "nested.th"] {
      let file = try Data(contentsOf: URL(fileURLWithPath: PyTorchFixtures.path(name)))
      var refused = 0
      for index in file.indices {
        for change in [UInt8(1) << (index % 8), UInt8.random(in: 1...255, using: &generator)] {
          var bad = file
          bad[index] ^= change
          if isRefused(bad) { refused += 1 }
        }
      }
      XCTAssertGreaterThan(refused, file.count / 2, name)
    }
  }

  /// Several bytes changed at once, and pieces of the file moved about.
  func testRandomDamage() throws {
    var generator = SplitMix64(state: 2)
    for name in ["nested.pt", "nested.th"] {
      let file = try Data(contentsOf: URL(fileURLWithPath: PyTorchFixtures.path(name)))
      var refused = 0
      for _ in 0..<2000 {
        var bad = file
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
          bad[Int.random(in: 0..<bad.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        }
        let from = Int.random(in: 0..<bad.count - 64, using: &generator)
        let to = Int.random(in: 0..<bad.count - 64, using: &generator)
        bad.replaceSubrange(to..<to + 8, with: Data(bad[from..<from + 8]))
        if isRefused(bad) { refused += 1 }
      }
      XCTAssertGreaterThan(refused, 1000, name)
    }
  }

  // MARK: - The older layout

  func testTheHeaderOfTheOlderLayout() throws {
    let good = PyTorchBuilder.legacy(object, storages: [("0", 2, bytes)])
    var otherMagic = good
    otherMagic[4] ^= 1
    assertProblem(otherMagic, isMalformed)
    assertProblem(PyTorchBuilder.legacy(object, storages: [("0", 2, bytes)], version: 1002), isMalformed)
    assertProblem(PyTorchBuilder.legacy(object, storages: [("0", 2, bytes)], littleEndian: false)) {
      if case .wrongByteOrder = $0 { true } else { false }
    }
  }

  func testTheStoragesOfTheOlderLayout() {
    let wrong: [[(key: String, count: Int, bytes: [UInt8])]] = [
      [("0", 1, floatBytes(1))], [("0", 3, floatBytes(1, 2, 3))], [("0", -1, bytes)],
      [("0", 2, floatBytes(1))],
      [("0", 2, bytes + [0])], [("0", 2, bytes), ("1", 2, bytes)],
    ]
    for storages in wrong {
      assertProblem(
        PyTorchBuilder.legacy(object, storages: storages.map { ($0.key, $0.count, $0.bytes) }), isMalformed)
    }
    assertProblem(PyTorchBuilder.legacy(object, storages: [("0", 2, bytes), ("0", 2, bytes)])) {
      $0 == .contradictoryStorage(key: "0")
    }
  }

  // MARK: - Archives

  func testByteOrder() {
    for order in ["big", "", "Little", "little\n"] {
      assertProblem(PyTorchBuilder.archive(object, storages: [("0", bytes)], byteOrder: order)) {
        if case .wrongByteOrder = $0 { true } else { false }
      }
    }
  }

  func testChecksums() {
    for index in members.indices {
      var members = members
      let right = PyTorchBuilder.crc32(members[index].bytes)
      members[index].checksum = right ^ 1
      let name = members[index].name
      assertProblem(PyTorchBuilder.zip(members)) {
        $0 == .wrongChecksum(member: name, expected: right ^ 1, found: right)
      }
    }
  }

  func testStoragesOfOtherThingsAreNotRead() throws {
    var members = members
    members.append(PyTorchBuilder.Member(name: "a/data/1", bytes: [1], method: 8, checksum: 0))
    XCTAssertEqual(try read(PyTorchBuilder.zip(members)), [1, -2])
  }

  func testCompressedAndEncryptedMembers() {
    for index in members.indices {
      var compressed = members
      compressed[index].method = 8
      let name = members[index].name
      assertProblem(PyTorchBuilder.zip(compressed)) { $0 == .compressedMember(name, method: 8) }
      var encrypted = members
      encrypted[index].flags = 1
      assertProblem(PyTorchBuilder.zip(encrypted), isMalformed)
    }
  }

  func testSizesAndOffsetsOutsideTheArchive() {
    for index in members.indices {
      for value in [UInt32(1) << 20, .max - 1, .max] {
        var members = members
        members[index].byteCount = value
        assertProblem(PyTorchBuilder.zip(members), isMalformed)
        members = self.members
        members[index].headerOffset = value
        assertProblem(PyTorchBuilder.zip(members), isMalformed)
      }
      var members = members
      members[index].headerOffset = 1
      assertProblem(PyTorchBuilder.zip(members), isMalformed)
    }
  }

  func testSizesThatContradictEachOther() {
    assertProblem(PyTorchBuilder.zip(members, padding: 1), isMalformed)
    for index in members.indices {
      for difference in [-1, 1] {
        var members = members
        members[index].compressedByteCount = UInt32(members[index].bytes.count + difference)
        assertProblem(PyTorchBuilder.zip(members), isMalformed)
      }
    }
  }

  func testSizesOf64Bits() throws {
    var large = members
    for index in large.indices { large[index].isLarge = true }
    XCTAssertEqual(try read(PyTorchBuilder.zip(large)), [1, -2])
    XCTAssertEqual(try read(PyTorchBuilder.zip(large, isLarge: true, comment: "a")), [1, -2])
    XCTAssertEqual(try read(PyTorchBuilder.zip(members, isLarge: true)), [1, -2])
    let good = PyTorchBuilder.zip(large, isLarge: true)
    for index in good.indices.suffix(22 + 20 + 56) {
      var bad = good
      bad[index] ^= 0xff
      if let tensors = try? PyTorchFile(parsing: bad, source: "x").tensors {
        XCTAssertEqual(try tensors.first?.values(), [1, -2] as [Float], "byte \(index)")
      }
    }
  }

  func testFoldersOfArchives() {
    func renamed(_ name: String) -> Data {
      var members = members
      members[0].name = name
      return PyTorchBuilder.zip(members)
    }
    for name in ["data.pkl", "a/b/data.pkl", "a/data.pk", "adata.pkl"] {
      assertProblem(renamed(name)) { $0 == .missingMember("archive/data.pkl") }
    }
    assertProblem(PyTorchBuilder.zip(members + [.init(name: "b/data.pkl", bytes: [])])) {
      $0 == .missingMember("archive/data.pkl")
    }
    assertProblem(PyTorchBuilder.zip(members + [members[2]]), isMalformed)
    assertProblem(PyTorchBuilder.zip([]), { if case .notPyTorch = $0 { true } else { false } })
  }
}
