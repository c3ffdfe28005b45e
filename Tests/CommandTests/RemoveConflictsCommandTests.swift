import Foundation
import XCTest

/// The program trains, removes conflicting blocks, stops and resumes.
final class RemoveConflictsCommandTests: CommandTestCase {
  private func short(_ name: String, _ more: String...) throws -> [String] {
    [
      "remove-conflicts", "--out", path(name), "--device", "cpu", "--data", try smallImages(), "--batch-size",
      "32", "--model", "mlp:width=8,depth=30", "--epochs", "3", "--lr", "0.01", "--augment", "none",
    ] + more
  }

  private func json(_ text: String) throws -> [String: Any] {
    try XCTUnwrap(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], text)
  }

  func testConflictingBlocksGo() throws {
    let outcome = try start(short("a", "--json")).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let result = try json(outcome.output)
    XCTAssertGreaterThan(try XCTUnwrap(result["restarts"] as? Int), 0)
    XCTAssertLessThan(try XCTUnwrap(result["macsFraction"] as? Double), 1)
    let layers = try XCTUnwrap(result["layers"] as? [[String: Any]])
    for key in ["name", "entropy", "bundles", "accuracyCeiling", "status"] {
      XCTAssertNotNil(layers.first?[key], key)
    }
    XCTAssertNotNil(result["samples"] as? Int)
    for name in [
      "config.yaml", "metrics.csv", "bundles.csv", "conflicts.csv", "conflicts.json", "conflicts.svg",
      "model.safetensors",
    ] {
      XCTAssertTrue(FileManager.default.fileExists(atPath: path("a/\(name)")), name)
    }
    XCTAssertTrue(outcome.errors.contains("conflicts: training 2 begins, without hidden."), outcome.errors)
    let evaluation = try espalier("eval", path("a"), "--json")
    XCTAssertEqual(try json(evaluation.output)["top1"] as? Double, result["top1"] as? Double)
    // The run's configuration goes on as what it is, and as nothing else.
    let again = try espalier("remove-conflicts", "--out", path("a"), "--resume", "--threads", "1")
    XCTAssertEqual(again.status, 0, again.errors)
    assertFails(
      try espalier("remove-conflicts", "--out", path("a"), "--resume", "--epochs", "20"), 64, "epochs",
      "check-epochs")
    assertFails(try espalier("train", "--out", path("a"), "--resume"), 64, "espalier remove-conflicts")
    assertFails(
      try espalier("remove-conflicts", "--out", path("a"), "--resume", "--rule", "bisect"), 64, "'rule'")
    assertFails(try espalier("train", "--out", path("b"), "--config", path("a/config.yaml")), 64, "rule")
  }
}
