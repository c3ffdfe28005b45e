import Foundation
import Interchange
import XCTest

/// Files that PyTorch wrote; `tools/goldens/pytorch_files.py` says what is in them.
final class PyTorchFileTests: XCTestCase {
  private func fixture(_ name: String) -> String { PyTorchFixtures.path(name) }

  /// -1, -0.75, -0.5, …
  private func values(_ count: Int) -> [Float] { (0..<count).map { Float($0) / 4 - 1 } }

  private func assertWeights(
    _ tensors: [SafeTensor], file: StaticString = #filePath, line: UInt = #line
  ) throws {
    let base = values(12)
    let grid = values(6)
    let floats: [(String, SafeTensor.DType, [Int], [Float])] = [
      ("float32", .f32, [2, 3], values(6)),
      ("float16", .f16, [5], values(5)),
      ("bfloat16", .bf16, [5], values(5)),
      ("scalar", .f32, [], [2.5]),
      ("empty", .f32, [0, 4], []),
      ("parameter", .f32, [3], values(3)),
      ("transposed", .f32, [3, 2], [grid[0], grid[3], grid[1], grid[4], grid[2], grid[5]]),
      (
        "permuted", .f32, [2, 2, 3],
        (0..<2).flatMap { k in (0..<2).flatMap { i in (0..<3).map { j in base[i * 6 + j * 2 + k] } } }
      ),
      ("head", .f32, [5], Array(base[..<5])),
      ("tail", .f32, [5], Array(base[7...])),
      ("thirds", .f32, [4], [base[1], base[4], base[7], base[10]]),
      ("expanded", .f32, [4, 3], Array(repeating: values(3), count: 4).flatMap { $0 }),
      ("größe", .f32, [1], values(1)),
    ]
    let byName = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    func tensor(_ name: String) throws -> SafeTensor { try XCTUnwrap(byName[name], name) }
    for (name, dtype, shape, expected) in floats {
      let tensor = try tensor(name)
      XCTAssertEqual(tensor.dtype, dtype, name, file: file, line: line)
      XCTAssertEqual(tensor.shape, shape, name, file: file, line: line)
      XCTAssertEqual(try tensor.values(), expected, name, file: file, line: line)
    }
    XCTAssertEqual(try tensor("float64").values(), [-1, -0.75, -0.5, -0.25] as [Double])
    XCTAssertEqual(try tensor("int64").values(), [-1, 0, 1 << 40] as [Int64])
    XCTAssertEqual(try tensor("int32").values(), [-1, 0, 1 << 20] as [Int32])
    XCTAssertEqual(try tensor("uint8").values(), [0, 127, 255] as [UInt8])
    XCTAssertEqual(try tensor("bool").values(), [true, false, true])
    XCTAssertEqual(
      tensors.map(\.name),
      [
        "float32", "float16", "bfloat16", "float64", "int64", "int32", "uint8", "bool", "scalar", "empty",
        "parameter", "transposed", "permuted", "head", "tail", "thirds", "expanded", "größe",
      ], file: file, line: line)
  }

  func testBothLayoutsOfATrainingCheckpoint() throws {
    for name in ["nested.pt", "nested.th"] {
      try assertWeights(PyTorchFile(path: fixture(name)).tensors)
    }
  }

  func testDictionariesWithinEachOtherAndProtocol4() throws {
    try assertWeights(PyTorchFile(path: fixture("protocol4.pt")).tensors)
  }

  func testSlicesOfDataAreRead() throws {
    for name in ["nested.pt", "nested.th"] {
      let file = try Data(contentsOf: URL(fileURLWithPath: fixture(name)))
      let slice = (Data(count: 13) + file + Data(count: 5)).dropFirst(13).dropLast(5)
      try assertWeights(PyTorchFile(parsing: slice, source: name).tensors)
    }
  }

  func testAStateDictionaryOfAModule() throws {
    let tensors = try PyTorchFile(path: fixture("plain.pth")).tensors
    XCTAssertEqual(
      tensors.map(\.name),
      ["0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"])
    XCTAssertEqual(tensors.map(\.shape), [[3, 2, 1, 1], [3], [3], [3], [3], []])
    XCTAssertEqual(try tensors[0].values(), values(6))
    XCTAssertEqual(try tensors[5].values(), [0] as [Int64])
  }

  func testTensorsCanBeWrittenAsSafeTensors() throws {
    let tensors = try PyTorchFile(path: fixture("nested.pt")).tensors
    let file = try SafeTensorsFile(parsing: SafeTensorsFile(tensors: tensors).encoded())
    try assertWeights(tensors.map { try file.tensor($0.name) })
  }

  func testTypesWithoutACounterpartAreNamed() throws {
    assertThrows(
      PyTorchFileError(
        .unsupportedType(tensor: "short", type: "torch.ShortStorage"), file: fixture("int16.pt"))
    ) { _ = try PyTorchFile(path: self.fixture("int16.pt")) }
  }

  func testFilesAreRecognized() throws {
    for name in ["nested.pt", "nested.th", "protocol4.pt", "plain.pth"] {
      XCTAssertTrue(try PyTorchFile.recognizes(path: fixture(name)), name)
    }
    let folder = try makeTemporaryFolder()
    let others: [Data] = [
      Data(), Data([0x80, 2]), Data("a longer text than that".utf8),
      try SafeTensorsFile(tensors: []).encoded(),
    ]
    for (index, other) in others.enumerated() {
      try other.write(to: URL(fileURLWithPath: "\(folder)/\(index)"))
      XCTAssertFalse(try PyTorchFile.recognizes(path: "\(folder)/\(index)"), "\(index)")
    }
    XCTAssertThrowsError(try PyTorchFile.recognizes(path: "\(folder)/none")) { error in
      XCTAssertEqual((error as? FileError)?.code, ENOENT)
    }
  }

  /// The published ResNet-20 for CIFAR-10, in the layout before PyTorch 1.6.
  func testAPublishedFile() throws {
    let tensors = try PyTorchFile(path: try PyTorchFixtures.publishedResNet20()).tensors
    var expected: [String: [Int]] = ["conv1.weight": [16, 3, 3, 3]]
    func addBatchNorm(_ name: String, _ channels: Int) {
      for part in ["weight", "bias", "running_mean", "running_var"] {
        expected["\(name).\(part)"] = [channels]
      }
    }
    addBatchNorm("bn1", 16)
    var inputs = 16
    for (stage, channels) in [16, 32, 64].enumerated() {
      for block in 0..<3 {
        let name = "layer\(stage + 1).\(block)"
        expected["\(name).conv1.weight"] = [channels, inputs, 3, 3]
        expected["\(name).conv2.weight"] = [channels, channels, 3, 3]
        addBatchNorm("\(name).bn1", channels)
        addBatchNorm("\(name).bn2", channels)
        inputs = channels
      }
    }
    expected["linear.weight"] = [10, 64]
    expected["linear.bias"] = [10]
    XCTAssertEqual(tensors.count, 97)
    XCTAssertEqual(Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape) }), expected)
    XCTAssertTrue(tensors.allSatisfy { $0.dtype == .f32 })
    let parameters = tensors.filter { !$0.name.contains("running") }.reduce(0) { $0 + $1.elementCount }
    XCTAssertEqual(parameters, 269_722)
  }
}

enum PyTorchFixtures {
  /// A file beside these tests.
  static func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")
      .path
  }

  /// The real file in `ESPALIER_TEST_DATA`, or else in `../shared/data` beside the package; skips the test
  /// without it.
  static func publishedResNet20() throws -> String {
    let package = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let data =
      ProcessInfo.processInfo.environment["ESPALIER_TEST_DATA"]
      ?? package.deletingLastPathComponent().appendingPathComponent("shared/data").path
    let path = "\(data)/resnet-cifar-weights/resnet20-12fca82f.th"
    guard FileManager.default.fileExists(atPath: path) else {
      throw XCTSkip("no \(path); set ESPALIER_TEST_DATA to a folder that has it")
    }
    return path
  }
}
