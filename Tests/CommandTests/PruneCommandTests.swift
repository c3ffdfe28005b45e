import Foundation
import XCTest

/// The program prunes, stops, resumes and writes what is left.
final class PruneCommandTests: CommandTestCase {
  /// Arguments of a short pruning of a narrow network in the folder `name`.
  private func short(_ name: String, _ more: String...) throws -> [String] {
    [
      "prune", "--out", path(name), "--device", "cpu", "--data", try smallImages(), "--batch-size", "32",
      "--model", "resnet20:width=0.5,blocks=1.1.1", "--epochs", "4", "--freeze-at", "3", "--theta-epochs",
      "0.3",
      "--target-macs", "0.5",
    ] + more
  }

  private func json(_ text: String) throws -> [String: Any] {
    try XCTUnwrap(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], text)
  }

  func testAPruningLeavesASmallModel() throws {
    let outcome = try start(short("a", "--json", "--onnx", path("small.onnx"))).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let result = try json(outcome.output)
    XCTAssertEqual(Data(outcome.output.utf8), try bytes("a/result.json"))
    XCTAssertEqual(try XCTUnwrap(result["macsFraction"] as? Double), 0.5, accuracy: 0.02)
    XCTAssertLessThan(try XCTUnwrap(result["trainingCostFraction"] as? Double), 1)
    for name in [
      "config.yaml", "metrics.csv", "metrics.jsonl", "pruning.csv", "pruning.jsonl", "structure.json",
      "theta.svg",
      "widths.svg", "accuracy-macs.svg", "model.safetensors", "checkpoints/last.safetensors",
    ] {
      XCTAssertTrue(FileManager.default.fileExists(atPath: path("a/\(name)")), name)
    }
    XCTAssertGreaterThan(try bytes("small.onnx").count, 1000)
    let summary = try espalier("summary", path("a/model.safetensors"), "--json")
    XCTAssertEqual(try json(summary.output)["macs"] as? Int, result["macs"] as? Int)
    let evaluation = try espalier("eval", path("a/model.safetensors"), "--data", smallImages(), "--json")
    XCTAssertEqual(try json(evaluation.output)["top1"] as? Double, result["top1"] as? Double)
  }

  func testProgressTellsWhatIsLeft() throws {
    let outcome = try start(short("a")).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    XCTAssertTrue(outcome.errors.contains("pruning resnet20:width=0.5,blocks=1.1.1"), outcome.errors)
    XCTAssertTrue(outcome.errors.contains("\n  left: MACs "), outcome.errors)
    for part in ["of the multiply-accumulates", "of the parameters", " units, ", " of 3 blocks"] {
      XCTAssertTrue(outcome.output.contains(part), outcome.output)
    }
  }

  func testAKilledPruningResumesToTheSameBytes() throws {
    XCTAssertEqual(try start(short("whole", "--epochs", "60")).end().status, 0)
    let program = try start(short("killed", "--epochs", "60", "--checkpoint-steps", "1"))
    // In the second half of the phase in which gates learn, or behind it.
    program.wait {
      (try? String(contentsOfFile: path("killed/metrics.csv"), encoding: .utf8))?.contains("\n3,") ?? false
    }
    kill(program.process.processIdentifier, SIGKILL)
    XCTAssertNotEqual(try program.end().status, 0)
    let resumed = try espalier("prune", "--out", path("killed"), "--resume", "--threads", "1")
    XCTAssertEqual(resumed.status, 0, resumed.errors)
    for name in [
      "checkpoints/last.safetensors", "model.safetensors", "pruning.csv", "structure.json", "theta.svg",
    ] {
      XCTAssertEqual(try bytes("killed/\(name)"), try bytes("whole/\(name)"), name)
    }
  }

  func testAnInterruptedPruningSaysHowToResume() throws {
    let program = try start(short("a", "--epochs", "1000", "--freeze-at", "900", "--checkpoint-steps", "1"))
    program.wait { FileManager.default.fileExists(atPath: path("a/checkpoints/last.safetensors")) }
    kill(program.process.processIdentifier, SIGINT)
    let outcome = try program.end()
    XCTAssertEqual(outcome.status, 130, outcome.errors)
    XCTAssertTrue(outcome.errors.hasSuffix("  espalier prune --out \(path("a")) --resume\n"), outcome.errors)
    assertFails(
      try espalier("prune", "--out", path("a"), "--resume", "--nu", "0.9"), 64, "'nu'", "0.15", "0.9")
    assertFails(try espalier("train", "--out", path("a"), "--resume"), 64, "espalier prune")
  }

  func testBadValues() throws {
    assertFails(try start(short("a", "--gates", "some")).end(), 64, "--gates", "units or layers")
    assertFails(try start(short("a", "--masks", "5")).end(), 64, "divide a batch of 32")
    assertFails(try start(short("a", "--alpha", "2")).end(), 64, "--alpha", "0 to 1")
    assertFails(try espalier("train", "--out", path("a"), "--nu", "1"), 64, "--nu")
    assertFails(
      try espalier("prune", "--out", path("a"), "--model", "mlp:depth=0", "--device", "cpu"), 64,
      "nothing to prune", "mlp:depth=0")
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("a/result.json")))
  }

  func testANetworkThatDiesIsAnError() throws {
    let outcome = try start([
      "prune", "--out", path("a"), "--device", "cpu", "--data", smallImages(), "--batch-size", "32",
      "--model",
      "resnet20:width=0.25,blocks=1.1.1", "--epochs", "4", "--freeze-at", "3", "--theta-epochs", "0.1",
      "--nu", "90",
    ]).end()
    assertFails(outcome, 64, "with nu 90 the network dies", "--nu 30", "--target-macs")
  }
}
