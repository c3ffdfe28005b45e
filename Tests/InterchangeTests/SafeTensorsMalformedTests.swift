import Foundation
import Interchange
import XCTest

/// What the format forbids, and what it allows at its edges.
final class SafeTensorsMalformedTests: XCTestCase {
  private func file(header: String, bufferByteCount: Int = 0) -> Data {
    file(header: Data(header.utf8), bufferByteCount: bufferByteCount)
  }

  private func file(header: Data, bufferByteCount: Int = 0) -> Data {
    length(UInt64(header.count)) + header + Data(count: bufferByteCount)
  }

  private func length(_ value: UInt64) -> Data { withUnsafeBytes(of: value.littleEndian) { Data($0) } }

  private func entry(_ name: String, _ dtype: String, _ shape: String, _ offsets: String) -> String {
    #""\#(name)":{"dtype":"\#(dtype)","shape":[\#(shape)],"data_offsets":[\#(offsets)]}"#
  }

  private func assertProblem(
    _ problem: SafeTensorsError.Problem, _ data: Data, file: StaticString = #filePath, line: UInt = #line
  ) {
    assertThrows(SafeTensorsError(problem, file: "x"), file: file, line: line) {
      _ = try SafeTensorsFile(parsing: data, source: "x")
    }
  }

  private func assertInvalidHeader(
    at offset: Int, _ header: String, file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertThrowsError(try SafeTensorsFile(parsing: self.file(header: header)), file: file, line: line) {
      guard case .invalidHeader(offset, _, _) = ($0 as? SafeTensorsError)?.problem else {
        return XCTFail("\($0)", file: file, line: line)
      }
    }
  }

  // MARK: - Length and beginning

  func testTooShortFiles() {
    for byteCount in 0..<8 {
      assertProblem(.headerTooSmall(fileByteCount: byteCount), Data(count: byteCount))
    }
    assertProblem(.invalidHeaderStart(found: nil), Data(count: 8))
    assertProblem(.invalidHeaderLength(byteCount: 60, fileByteCount: 8), length(60))
  }

  func testSparseFilesAreRefusedBeforeTheirTensorsAreRead() throws {
    let path = try makeTemporaryFolder() + "/x"
    let header = Data("{}".utf8)
    for (start, problem) in [
      (Data(), SafeTensorsError.Problem.invalidHeaderStart(found: nil)),
      (length(.max), .headerTooLarge(byteCount: .max, limit: 100_000_000)),
      (length(2) + header, .incompleteBuffer(expected: 0, found: (1 << 42) - 10)),
    ] {
      try start.write(to: URL(fileURLWithPath: path))
      XCTAssertEqual(truncate(path, 1 << 42), 0)
      assertThrows(SafeTensorsError(problem, file: path)) { _ = try SafeTensorsFile(path: path) }
    }
  }

  func testTooLongHeaders() {
    let limit = 100_000_000
    assertProblem(.headerTooLarge(byteCount: 0xff_ffff_0000_003c, limit: limit), length(0xff_ffff_0000_003c))
    assertProblem(.headerTooLarge(byteCount: .max, limit: limit), length(.max) + Data("{}".utf8))
    assertProblem(.headerTooLarge(byteCount: 100_000_001, limit: limit), length(100_000_001))
    assertProblem(.invalidHeaderLength(byteCount: 100_000_000, fileByteCount: 8), length(100_000_000))
    assertProblem(.invalidHeaderLength(byteCount: 3, fileByteCount: 10), length(3) + Data("{}".utf8))
  }

  func testHeadersThatAreNoObject() {
    assertProblem(.invalidHeaderStart(found: 0xff), file(header: Data([0xff])))
    assertProblem(.invalidHeaderStart(found: 0x20), file(header: " {}"))
    assertProblem(.invalidHeaderStart(found: 0x5b), file(header: "[]"))
    assertInvalidHeader(at: 9, "{")
    assertInvalidHeader(at: 10, "{}}")
    assertInvalidHeader(at: 10, "{}\0")
  }

  func testWhiteSpaceMayFollowTheHeader() throws {
    for header in ["{}", "{}      ", "{} \n\r\t", "{ \n}"] {
      XCTAssertEqual(try SafeTensorsFile(parsing: file(header: header)).tensors, [])
    }
  }

  func testTextsThatAreNotUTF8() {
    for bytes in [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80]] {
      let header = Data(#"{"__metadata__":{"a":""#.utf8) + Data(bytes.map(UInt8.init)) + Data("\"}}".utf8)
      assertProblem(.invalidHeaderText(offset: 30), file(header: header))
    }
  }

  // MARK: - JSON

  func testInvalidJSON() {
    assertInvalidHeader(at: 9, "{,}")
    assertInvalidHeader(at: 9, "{a:1}")
    assertInvalidHeader(at: 12, #"{"a"}"#)
    assertInvalidHeader(at: 13, #"{"a":1}"#)
    assertInvalidHeader(at: 13, #"{"a":[]}"#)
    assertInvalidHeader(at: 11, #"{"a"#)
    assertInvalidHeader(at: 11, "{\"a\n\":1}")
    assertInvalidHeader(at: 11, #"{"\x":1}"#)
    assertInvalidHeader(at: 14, #"{"\u00g0":1}"#)
    assertInvalidHeader(at: 16, #"{"\ud800":1}"#)
    assertInvalidHeader(at: 22, #"{"\ud800\ud800":1}"#)
    assertInvalidHeader(at: 16, #"{"\udc00":1}"#)
    assertInvalidHeader(at: 29, #"{"__metadata__":{"a":1}}"#)
    assertInvalidHeader(at: 32, #"{"__metadata__":{"a":"",}}"#)
    assertInvalidHeader(at: 24, #"{"__metadata__":null}"#)
  }

  func testDeepNestingIsHarmless() {
    assertInvalidHeader(at: 13, #"{"a":"# + String(repeating: "[", count: 1_000_000))
    assertInvalidHeader(at: 14, #"{"a":"# + String(repeating: "{", count: 1_000_000))
  }

  func testInvalidFields() {
    assertInvalidHeader(at: 14, #"{"a":{"strides":[]}}"#)
    assertInvalidHeader(at: 15, #"{"a":{}}"#)
    assertInvalidHeader(at: 28, #"{"a":{"dtype":"F32"}}"#)
    assertInvalidHeader(at: 28, #"{"a":{"dtype":"F32","dtype":"F32"}}"#)
    assertInvalidHeader(at: 58, "{\(entry("a", "U8", "0", "0"))}")
    for number in ["-1", "1.0", "1e0", "01", "00", "+1", "x", "\"1\"", "null", "[]"] {
      XCTAssertThrowsError(
        try SafeTensorsFile(parsing: file(header: "{\(entry("a", "U8", number, "0,1"))}", bufferByteCount: 1))
      ) { error in
        guard case .invalidHeader = (error as? SafeTensorsError)?.problem else {
          return XCTFail("\(number): \(error)")
        }
      }
    }
  }

  func testDuplicateNames() {
    let twice = entry("a", "U8", "0", "0,0") + "," + entry(#"\u0061"#, "U8", "0", "0,0")
    assertProblem(.duplicateName("a", offset: 61), file(header: "{\(twice)}"))
    assertProblem(
      .duplicateName("__metadata__", offset: 27), file(header: #"{"__metadata__":{},"__metadata__":{}}"#))
    assertProblem(
      .duplicateName("a", offset: 32), file(header: #"{"__metadata__":{"a":"","a":""}}"#))
  }

  func testUnknownTypesNameTheTensor() {
    for dtype in ["F8_E4M3", "I16", "C64", "F4", "f32", ""] {
      assertProblem(
        .unsupportedDType(tensor: "w", dtype: dtype), file(header: "{\(entry("w", dtype, "0", "0,0"))}"))
    }
  }

  // MARK: - Offsets and sizes

  func testTrailingAndMissingBytes() {
    let header = "{\(entry("a", "I32", "2", "0,8"))}"
    assertProblem(.incompleteBuffer(expected: 8, found: 9), file(header: header, bufferByteCount: 9))
    assertProblem(.incompleteBuffer(expected: 8, found: 6), file(header: header, bufferByteCount: 6))
    assertProblem(.incompleteBuffer(expected: 0, found: 1), file(header: "{}", bufferByteCount: 1))
  }

  func testTenTensorsOnTheSameBytes() {
    let entries = (0..<10).map { entry("tensor-\($0)", "F32", "2,2", "0,16") }
    assertProblem(
      .invalidOffsets(tensor: "tensor-1", expectedBegin: 16, begin: 0, end: 16),
      file(header: "{\(entries.joined(separator: ","))}", bufferByteCount: 16))
  }

  func testGapsOverlapsAndReversedOffsets() {
    let first = entry("a", "U8", "2", "0,2") + ","
    assertProblem(
      .invalidOffsets(tensor: "b", expectedBegin: 2, begin: 3, end: 4),
      file(header: "{\(first)\(entry("b", "U8", "1", "3,4"))}", bufferByteCount: 4))
    assertProblem(
      .invalidOffsets(tensor: "b", expectedBegin: 2, begin: 1, end: 3),
      file(header: "{\(first)\(entry("b", "U8", "2", "1,3"))}", bufferByteCount: 3))
    assertProblem(
      .invalidOffsets(tensor: "b", expectedBegin: 2, begin: 2, end: 1),
      file(header: "{\(first)\(entry("b", "U8", "1", "2,1"))}", bufferByteCount: 2))
    assertProblem(
      .invalidOffsets(tensor: "a", expectedBegin: 0, begin: 1, end: 2),
      file(header: "{\(entry("a", "U8", "1", "1,2"))}", bufferByteCount: 2))
  }

  func testSizesThatDisagreeWithTheOffsets() {
    assertProblem(
      .wrongByteCount(tensor: "a", dtype: .f32, shape: [2, 3], expected: 24, found: 20),
      file(header: "{\(entry("a", "F32", "2,3", "0,20"))}", bufferByteCount: 20))
    assertProblem(
      .wrongByteCount(tensor: "a", dtype: .i64, shape: [], expected: 8, found: 0),
      file(header: "{\(entry("a", "I64", "", "0,0"))}"))
  }

  func testSizesThatOverflow() {
    for shape in [
      "2,18446744073709551614", "2,9223372036854775807", "4611686018427387904", "99999999999999999999999",
      "4294967296,4294967296,4294967296",
    ] {
      assertProblem(
        .sizeOverflow(tensor: "a"),
        file(header: "{\(entry("a", "I32", shape, "0,16"))}", bufferByteCount: 16))
    }
    assertProblem(
      .sizeOverflow(tensor: "a"), file(header: "{\(entry("a", "U8", "1", "0,9223372036854775808"))}"))
  }

  func testZeroSizedTensorsMayLieBetweenOthers() throws {
    let header =
      "{"
      + [
        entry("c", "U8", "", "2,3"), entry("z", "F64", "3,0", "2,2"), entry("a", "U8", "2", "0,2"),
        entry("y", "I32", "0", "2,2"),
      ].joined(separator: ",") + "}"
    let read = try SafeTensorsFile(parsing: file(header: header, bufferByteCount: 3))
    XCTAssertEqual(read.tensors.map(\.name), ["a", "z", "y", "c"])
    XCTAssertEqual(try read.values("z"), [] as [Double])
    XCTAssertEqual(read["z"]?.shape, [3, 0])
  }

  // MARK: - Size

  func testAHeaderOfNearlyTheLimitIsRead() throws {
    let text = String(decoding: Data(repeating: 0x78, count: 99_999_900), as: UTF8.self)
    let file = try SafeTensorsFile(tensors: [], metadata: ["text": text])
    XCTAssertEqual(try SafeTensorsFile(parsing: file.encoded()).metadata, ["text": text])
  }

  func testMessagesStayShort() {
    let name = String(repeating: "n", count: 1_000_000)
    XCTAssertThrowsError(
      try SafeTensorsFile(parsing: file(header: "{\(entry(name, "U8", "1", "0,0"))}"))
    ) { XCTAssertLessThan("\($0)".utf8.count, 1000) }
  }
}
