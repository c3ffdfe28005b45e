import Foundation
import XCTest

/// The program writes ONNX files.
final class ExportCommandTests: CommandTestCase {
  /// Trains a narrow network for a step or two in the folder `run`.
  private func train() throws {
    let outcome = try espalier(
      "train", "--out", path("run"), "--device", "cpu", "--data", smallImages(), "--batch-size", "64",
      "--model", "resnet20:width=0.2", "--epochs", "1")
    XCTAssertEqual(outcome.status, 0, outcome.errors)
  }

  private func export(_ arguments: String...) throws -> [String: Any] {
    let outcome = try start(["export", "--json"] + arguments).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    return try XCTUnwrap(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  func testPlainAndFolded() throws {
    try train()
    let plain = try export(path("run"), "--onnx", path("plain.onnx"))
    XCTAssertEqual(plain.keys.sorted(), ["bytes", "foldedBatchNorms", "maximumLogitDifference", "nodes"])
    XCTAssertEqual(plain["bytes"] as? Int, try bytes("plain.onnx").count)
    XCTAssertEqual(plain["foldedBatchNorms"] as? Int, 0)
    XCTAssertTrue(plain["maximumLogitDifference"] is NSNull)

    let file = path("run/checkpoints/last.safetensors")
    let folded = try export(file, "--onnx", path("folded.onnx"), "--fold-bn")
    XCTAssertEqual(folded["bytes"] as? Int, try bytes("folded.onnx").count)
    XCTAssertEqual(folded["foldedBatchNorms"] as? Int, 19)
    XCTAssertEqual(folded["nodes"] as? Int, (plain["nodes"] as? Int).map { $0 - 19 })
    let difference = try XCTUnwrap(folded["maximumLogitDifference"] as? Double)
    XCTAssertLessThan(difference, 1e-4)

    for text in ["linear.weight", "normalization", "classes"] {
      XCTAssertNotNil(try bytes("folded.onnx").range(of: Data(text.utf8)), text)
    }
    _ = try export(path("run"), "--onnx", path("again.onnx"))
    XCTAssertEqual(try bytes("again.onnx"), try bytes("plain.onnx"))
  }

  func testBadInput() throws {
    assertFails(try espalier("export", path("none")), 64, "--onnx")
    assertFails(try espalier("export", path("none"), "--onnx", path("out")), 66, "none")
    try write([], to: "empty.safetensors")
    assertFails(
      try espalier("export", path("empty.safetensors"), "--onnx", path("out")), 65, "empty.safetensors")
    try train()
    assertFails(
      try espalier("export", path("run"), "--checkpoint", "best", "--onnx", path("out")), 66, "best")
    assertFails(try espalier("export", path("run"), "--onnx", path("none/a.onnx")), 73, "none/a.onnx")
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("none")))
  }
}
