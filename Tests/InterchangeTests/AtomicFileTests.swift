import Foundation
import Interchange
import XCTest

final class AtomicFileTests: XCTestCase {
  private struct Interruption: Error, Equatable {}

  func testCreatesAndReplaces() throws {
    let folder = try makeTemporaryFolder()
    let path = folder + "/file"
    for contents in [Data("first".utf8), Data(), Data(repeating: 7, count: 3_000_000)] {
      try AtomicFile.write(contents, to: path)
      XCTAssertEqual(try WholeFile.read(path), contents)
    }
    XCTAssertEqual(try self.contents(of: folder), ["file"])
  }

  func testWritesChunksInOrder() throws {
    let path = try makeTemporaryFolder() + "/file"
    try AtomicFile.write(to: path) { writer in
      for chunk in ["one ", "", "two"] { try writer.write(Data(chunk.utf8)) }
    }
    XCTAssertEqual(try WholeFile.read(path), Data("one two".utf8))
  }

  func testBarePathMeansTheCurrentFolder() throws {
    let folder = try makeTemporaryFolder()
    let old = FileManager.default.currentDirectoryPath
    XCTAssertTrue(FileManager.default.changeCurrentDirectoryPath(folder))
    defer { XCTAssertTrue(FileManager.default.changeCurrentDirectoryPath(old)) }
    try AtomicFile.write(Data("x".utf8), to: "file")
    XCTAssertEqual(try contents(of: folder), ["file"])
  }

  func testKeepsPermissions() throws {
    let path = try makeTemporaryFolder() + "/file"
    try AtomicFile.write(Data("old".utf8), to: path)
    XCTAssertEqual(chmod(path, 0o640), 0)
    try AtomicFile.write(Data("new".utf8), to: path)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    XCTAssertEqual(attributes[.posixPermissions] as? Int, 0o640)
  }

  func testAnErrorOfTheCallerKeepsTheOldFile() throws {
    let folder = try makeTemporaryFolder()
    let path = folder + "/file"
    try AtomicFile.write(Data("old".utf8), to: path)
    assertThrows(Interruption()) {
      try AtomicFile.write(to: path) { writer in
        try writer.write(Data("new".utf8))
        throw Interruption()
      }
    }
    XCTAssertEqual(try WholeFile.read(path), Data("old".utf8))
    XCTAssertEqual(try contents(of: folder), ["file"])
  }

  func testAMissingFolderIsNamed() throws {
    let path = try makeTemporaryFolder() + "/missing/file"
    assertThrows(FileError(path: path, operation: .create, code: ENOENT)) {
      try AtomicFile.write(Data("new".utf8), to: path)
    }
    XCTAssertEqual(
      "\(FileError(path: path, operation: .create, code: ENOENT))",
      "cannot create \(path): No such file or directory (ENOENT); "
        + "create its folder first, or check the path")
  }

  func testUnusablePathsAreRefused() throws {
    let folder = try makeTemporaryFolder()
    let file = folder + "/file"
    try AtomicFile.write(Data(), to: file)
    let cases: [(path: String, code: Int32)] = [
      (folder, EISDIR), (folder + "/", EISDIR), (file + "/below", ENOTDIR), (file + "/", ENOTDIR),
      (folder + "/" + String(repeating: "x", count: 300), ENAMETOOLONG),
    ]
    for (path, code) in cases {
      assertThrows(FileError(path: path, operation: .create, code: code)) {
        try AtomicFile.write(Data("new".utf8), to: path)
      }
    }
    for path in ["", folder + "/a\0b"] {
      XCTAssertThrowsError(try AtomicFile.write(Data("new".utf8), to: path)) { XCTAssert($0 is FileError) }
    }
    XCTAssertEqual(try contents(of: folder), ["file"])
  }

  func testADeviceIsNotReplaced() throws {
    XCTAssertThrowsError(try AtomicFile.write(Data("new".utf8), to: "/dev/full")) { error in
      XCTAssertEqual((error as? FileError)?.code, ENOTSUP)
    }
    var status = stat()
    XCTAssertEqual(stat("/dev/full", &status), 0)
    XCTAssertEqual(status.st_mode & S_IFMT, S_IFCHR)
  }

  func testAFullDiskKeepsTheOldFile() throws {
    try withTinyDisk { folder in
      let path = folder + "/file"
      try AtomicFile.write(Data("old".utf8), to: path)
      let error = FileError(path: path, operation: .write, code: ENOSPC)
      assertThrows(error) { try AtomicFile.write(Data(repeating: 1, count: 100_000), to: path) }
      XCTAssertTrue("\(error)".contains("(ENOSPC); free some space"), "\(error)")
      XCTAssertEqual(try WholeFile.read(path), Data("old".utf8))
      XCTAssertEqual(try contents(of: folder), ["file"])
    }
  }

  func testAWriteThatFailsAfterAShortOneKeepsTheOldFile() throws {
    let folder = try makeTemporaryFolder()
    let path = folder + "/file"
    try AtomicFile.write(Data("old".utf8), to: path)
    try withFileSizeLimit(4096) {
      assertThrows(FileError(path: path, operation: .write, code: EFBIG)) {
        try AtomicFile.write(Data(repeating: 1, count: 10_000), to: path)
      }
    }
    XCTAssertEqual(try WholeFile.read(path), Data("old".utf8))
    XCTAssertEqual(try contents(of: folder), ["file"])
  }

  func testReadingRefusesWhatIsNoFile() throws {
    let folder = try makeTemporaryFolder()
    XCTAssertEqual(mkfifo(folder + "/pipe", 0o600), 0)
    let cases: [(path: String, operation: FileError.Operation, code: Int32)] = [
      (folder + "/missing", .open, ENOENT), (folder, .read, EISDIR), (folder + "/pipe", .read, ENOTSUP),
      ("/dev/zero", .read, ENOTSUP),
    ]
    for (path, operation, code) in cases {
      XCTAssertThrowsError(try WholeFile.read(path)) { error in
        let error = error as? FileError
        XCTAssertEqual(error?.path, path)
        XCTAssertEqual(error?.operation, operation, path)
        XCTAssertEqual(error?.code, code, path)
      }
    }
  }

  func testReadingRefusesWhatIsTooLarge() throws {
    let path = try makeTemporaryFolder() + "/file"
    try Data(count: 5).write(to: URL(fileURLWithPath: path))
    XCTAssertEqual(try WholeFile.read(path, limit: 5), Data(count: 5))
    assertThrows(
      FileError(path: path, operation: .read, code: EFBIG, detail: "expected at most 4 bytes, found 5")
    ) { _ = try WholeFile.read(path, limit: 4) }
    XCTAssertEqual(truncate(path, 1 << 42), 0)
    XCTAssertThrowsError(try WholeFile.read(path)) { XCTAssertEqual(($0 as? FileError)?.code, EFBIG) }
  }
}
