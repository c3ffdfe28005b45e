import Datasets
import Foundation
import XCTest

/// A test with a directory of its own for files, and a look at real data where there is some.
class DatasetTestCase: XCTestCase {
  private(set) var directory = ""

  override func setUpWithError() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("datasets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    directory = url.path
    addTeardownBlock { try FileManager.default.removeItem(at: url) }
  }

  /// Writes a file below the test's directory and returns its path.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let url = URL(fileURLWithPath: directory).appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// A folder of real data sets: `ESPALIER_TEST_DATA`, or else `../shared/data` beside the package. Skips the test
  /// where the folder has no file `file`.
  func realData(_ file: String) throws -> String {
    let package = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let data =
      ProcessInfo.processInfo.environment["ESPALIER_TEST_DATA"]
      ?? package.deletingLastPathComponent().appendingPathComponent("shared/data").path
    guard FileManager.default.fileExists(atPath: "\(data)/\(file)") else {
      throw XCTSkip("no \(file) in \(data); set ESPALIER_TEST_DATA to a folder that has it")
    }
    return data
  }

  func assertThrows<Value>(
    _ expected: DatasetError, file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Value
  ) {
    XCTAssertThrowsError(try body(), file: file, line: line) { error in
      XCTAssertEqual(error as? DatasetError, expected, file: file, line: line)
    }
  }
}

/// A file in the IDX format.
func idx(_ dimensions: [UInt32], _ elements: [UInt8]) -> [UInt8] {
  [0, 0, 8, UInt8(dimensions.count)] + dimensions.flatMap(bigEndian) + elements
}

/// A gzip file whose content is stored as it is, in blocks of up to 65,535 bytes.
func gzip(_ content: [UInt8]) -> [UInt8] {
  [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + storedBlocks(content) + bigEndian(crc32(content[...]).byteSwapped)
    + bigEndian(UInt32(content.count).byteSwapped)
}

/// A deflate stream that compresses nothing.
func storedBlocks(_ content: [UInt8]) -> [UInt8] {
  var blocks: [UInt8] = []
  var start = 0
  repeat {
    let end = min(start + 65_535, content.count)
    let size = UInt16(end - start)
    blocks.append(end == content.count ? 1 : 0)
    blocks += bigEndian(UInt32(size.byteSwapped) << 16 | UInt32((~size).byteSwapped))
    blocks += content[start..<end]
    start = end
  } while start < content.count
  return blocks
}

/// The checksum of gzip and PNG.
func crc32(_ content: ArraySlice<UInt8>) -> UInt32 {
  ~content.reduce(UInt32.max) { state, byte in
    (0..<8).reduce(state ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1) * 0xEDB8_8320 }
  }
}

func bigEndian(_ value: UInt32) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
}
