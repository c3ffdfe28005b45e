import Foundation
import Interchange
import XCTest

final class AppendFileTests: XCTestCase {
  func testAppendsAcrossReopening() throws {
    let path = try makeTemporaryFolder() + "/metrics.csv"
    try AppendFile(path).append(line: "epoch,loss")
    let file = try AppendFile(path)
    try file.append(line: "1,0.5")
    try file.sync()
    XCTAssertEqual(try WholeFile.read(path), Data("epoch,loss\n1,0.5\n".utf8))
    XCTAssertEqual(try file.byteCount, 17)
    XCTAssertEqual(try file.tornByteCount, 0)
  }

  func testEveryTornEndIsDetectedAndCutOff() throws {
    let path = try makeTemporaryFolder() + "/metrics.jsonl"
    let whole = Data("{\"a\":1}\n\n{\"é\":2}\n".utf8)
    for length in 0...whole.count {
      try AtomicFile.write(whole.prefix(length), to: path)
      let file = try AppendFile(path)
      let expected = whole.prefix(length).lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
      XCTAssertEqual(try file.tornByteCount, length - expected)
      XCTAssertEqual(try file.truncateToLastFullLine(), length - expected)
      XCTAssertEqual(try file.truncateToLastFullLine(), 0)
      try file.append(line: "next")
      XCTAssertEqual(try WholeFile.read(path), whole.prefix(expected) + Data("next\n".utf8))
    }
  }

  func testATornLineLongerThanOnePieceIsFound() throws {
    let path = try makeTemporaryFolder() + "/metrics.jsonl"
    let line = Data("first\n".utf8)
    for tornByteCount in [65_535, 65_536, 65_537, 200_000] {
      try AtomicFile.write(line + Data(repeating: 0x61, count: tornByteCount), to: path)
      XCTAssertEqual(try AppendFile(path).truncateToLastFullLine(), tornByteCount)
      XCTAssertEqual(try WholeFile.read(path), line)
    }
  }

  func testTruncatesToARecordedLength() throws {
    let path = try makeTemporaryFolder() + "/metrics.csv"
    let file = try AppendFile(path)
    try file.append(line: "1,0.5")
    let recorded = try file.byteCount
    try file.append(line: "2,0.4")
    try file.truncate(toByteCount: recorded)
    try file.append(line: "2,0.3")
    XCTAssertEqual(try WholeFile.read(path), Data("1,0.5\n2,0.3\n".utf8))
    for length in [13, -1] {
      assertThrows(
        FileError(
          path: path, operation: .truncate, code: EINVAL,
          detail: "it has 12 bytes and cannot be cut to \(length)")
      ) { try file.truncate(toByteCount: length) }
    }
  }

  func testAFullDiskIsReported() throws {
    let file = try AppendFile("/dev/full")
    assertThrows(FileError(path: "/dev/full", operation: .write, code: ENOSPC)) {
      try file.append(line: "1,0.5")
    }
  }

  func testAFailedLineLeavesNoPartOfItself() throws {
    let path = try makeTemporaryFolder() + "/metrics.csv"
    let file = try AppendFile(path)
    try file.append(line: "1,0.5")
    try withFileSizeLimit(4096) {
      assertThrows(FileError(path: path, operation: .write, code: EFBIG)) {
        try file.append(line: String(repeating: "x", count: 10_000))
      }
    }
    XCTAssertEqual(try WholeFile.read(path), Data("1,0.5\n".utf8))
  }

  func testUnusablePathsAreRefused() throws {
    let folder = try makeTemporaryFolder()
    assertThrows(FileError(path: folder, operation: .open, code: EISDIR)) { _ = try AppendFile(folder) }
    let path = folder + "/missing/metrics.csv"
    assertThrows(FileError(path: path, operation: .open, code: ENOENT)) { _ = try AppendFile(path) }
  }
}
