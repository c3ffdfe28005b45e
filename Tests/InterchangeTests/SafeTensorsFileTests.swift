import Foundation
import Interchange
import XCTest

final class SafeTensorsFileTests: XCTestCase {
  /// The exact bytes of this file: a = I64 [1, 2], b = F32 [0, 1, 2], c = U8 7, metadata format=pt.
  private static let golden = """
    c8000000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c2261223a7b226474797065\
    223a22493634222c227368617065223a5b325d2c22646174615f6f666673657473223a5b302c31365d7d2c2262223a7b226474\
    797065223a22463332222c227368617065223a5b335d2c22646174615f6f666673657473223a5b31362c32385d7d2c2263223a\
    7b226474797065223a225538222c227368617065223a5b5d2c22646174615f6f666673657473223a5b32382c32395d7d7d2020\
    2020202001000000000000000200000000000000000000000000803f0000004007
    """

  private func goldenBytes() throws -> Data {
    let digits = Array(Self.golden)
    return Data(
      try stride(from: 0, to: digits.count, by: 2).map { index in
        try XCTUnwrap(UInt8(String(digits[index...index + 1]), radix: 16))
      })
  }

  private func goldenFile() throws -> SafeTensorsFile {
    try SafeTensorsFile(
      tensors: [
        SafeTensor(name: "c", shape: [], values: [7] as [UInt8]),
        SafeTensor(name: "b", shape: [3], values: [0, 1, 2] as [Float]),
        SafeTensor(name: "a", shape: [2], values: [1, 2] as [Int64]),
      ], metadata: ["format": "pt"])
  }

  func testWritesTheGoldenFile() throws {
    let golden = try goldenBytes()
    XCTAssertEqual(golden.count, 237)
    XCTAssertEqual(try goldenFile().encoded(), golden)
    let path = try makeTemporaryFolder() + "/model.safetensors"
    try goldenFile().write(to: path)
    XCTAssertEqual(try WholeFile.read(path), golden)
  }

  func testReadsTheGoldenFile() throws {
    let file = try SafeTensorsFile(parsing: goldenBytes())
    XCTAssertEqual(file.tensors.map(\.name), ["a", "b", "c"])
    XCTAssertEqual(file.metadata, ["format": "pt"])
    XCTAssertEqual(try file.values("a"), [1, 2] as [Int64])
    XCTAssertEqual(try file.values("b"), [0, 1, 2] as [Float])
    XCTAssertEqual(try file.values("c"), [7] as [UInt8])
    XCTAssertEqual(file["c"]?.shape, [])
    XCTAssertNil(file["d"])
  }

  func testWritesTypesInTheFormatsOrderAndThenNames() throws {
    let shuffled = SafeTensor.DType.allCases.reversed().flatMap { dtype in
      ["2", "10", "é", "B", "a"].map { (dtype, "\($0)-\(dtype.rawValue)") }
    }
    let file = try SafeTensorsFile(
      tensors: shuffled.map { dtype, name in
        try SafeTensor(name: name, dtype: dtype, shape: [1], bytes: Data(count: dtype.byteCount))
      })
    let read = try SafeTensorsFile(parsing: file.encoded())
    let types = ["I64", "F64", "F32", "I32", "BF16", "F16", "U8", "BOOL"]
    XCTAssertEqual(
      read.tensors.map(\.name), types.flatMap { type in ["10", "2", "B", "a", "é"].map { "\($0)-\(type)" } })
  }

  func testReadsHalfPrecisionExactly() throws {
    let f16: [UInt16] = [0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x8000]
    let bf16: [UInt16] = [0x3f80, 0xc000, 0x0001, 0x7f7f, 0xff80, 0x8000]
    let file = try SafeTensorsFile(
      tensors: [
        SafeTensor(name: "f16", dtype: .f16, shape: [6], bytes: f16.withUnsafeBytes { Data($0) }),
        SafeTensor(name: "bf16", dtype: .bf16, shape: [6], bytes: bf16.withUnsafeBytes { Data($0) }),
      ])
    XCTAssertEqual(
      try file.values("f16", as: Float.self).map(\.bitPattern),
      [1, -2, 0x1p-24, 65504, .infinity, -0.0].map { ($0 as Float).bitPattern })
    XCTAssertEqual(
      try file.values("bf16", as: Float.self).map(\.bitPattern),
      [0x3f80_0000, 0xc000_0000, 0x0001_0000, 0x7f7f_0000, 0xff80_0000, 0x8000_0000])
  }

  func testReadsEveryOtherType() throws {
    let file = try SafeTensorsFile(
      tensors: [
        SafeTensor(name: "f64", shape: [2], values: [.pi, -.infinity] as [Double]),
        SafeTensor(name: "i32", shape: [2], values: [.min, .max] as [Int32]),
        SafeTensor(name: "bool", shape: [2], values: [true, false]),
      ])
    let read = try SafeTensorsFile(parsing: file.encoded())
    XCTAssertEqual(try read.values("f64"), [.pi, -.infinity] as [Double])
    XCTAssertEqual(try read.values("i32"), [.min, .max] as [Int32])
    XCTAssertEqual(try read.values("bool"), [true, false])
  }

  func testMessagesNameFileTensorAndTypes() throws {
    let path = try makeTemporaryFolder() + "/model.safetensors"
    try goldenFile().write(to: path)
    let file = try SafeTensorsFile(path: path)
    assertThrows(SafeTensorsError(.wrongDType(tensor: "a", expected: .f32, found: .i64), file: path)) {
      _ = try file.values("a", as: Float.self)
    }
    XCTAssertThrowsError(try file.tensor("fc.weight")) { error in
      XCTAssertEqual(
        "\(error)", "\(path): there is no tensor \"fc.weight\"; check that the file belongs to this model")
    }
  }

  func testUnwritableTensorsAreRefused() throws {
    assertThrows(
      SafeTensorsError(.wrongByteCount(tensor: "w", dtype: .f32, shape: [2, 2], expected: 16, found: 12))
    ) { _ = try SafeTensor(name: "w", shape: [2, 2], values: [1, 2, 3] as [Float]) }
    for shape in [[-1], [-1, -1], [.max, 2], [.max / 4 + 1]] {
      assertThrows(SafeTensorsError(.sizeOverflow(tensor: "w"))) {
        _ = try SafeTensor(name: "w", shape: shape, values: [] as [Float])
      }
    }
    let scalar = try SafeTensor(name: "w", shape: [], values: [1] as [Float])
    assertThrows(SafeTensorsError(.duplicateName("w", offset: nil))) {
      _ = try SafeTensorsFile(tensors: [scalar, scalar])
    }
    let reserved = try SafeTensor(name: "__metadata__", shape: [], values: [1] as [Float])
    assertThrows(SafeTensorsError(.reservedName("__metadata__"))) {
      _ = try SafeTensorsFile(tensors: [reserved])
    }
  }

  func testAHeaderBeyondTheLimitIsNotWritten() throws {
    let path = try makeTemporaryFolder() + "/model.safetensors"
    let text = String(decoding: Data(repeating: 0x78, count: 100_000_000), as: UTF8.self)
    let file = try SafeTensorsFile(tensors: [], metadata: ["text": text])
    assertThrows(
      SafeTensorsError(.headerTooLarge(byteCount: 100_000_032, limit: 100_000_000), file: path)
    ) { try file.write(to: path) }
    XCTAssertFalse(FileManager.default.fileExists(atPath: path))
  }

  func testAFileMayBeRewrittenWhileItsOldTensorsAreInUse() throws {
    let path = try makeTemporaryFolder() + "/model.safetensors"
    try goldenFile().write(to: path)
    let old = try SafeTensorsFile(path: path)
    XCTAssertEqual(truncate(path, 0), 0)
    try SafeTensorsFile(tensors: [old.tensor("b")]).write(to: path)
    XCTAssertEqual(try old.values("a"), [1, 2] as [Int64])
    XCTAssertEqual(try SafeTensorsFile(path: path).tensors, [try old.tensor("b")])
  }
}
