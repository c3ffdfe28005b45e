import Foundation
import XCTest

/// The program looks for bundles, in training and after it, and leaves blocks out.
final class BundlesCommandTests: CommandTestCase {
  private func train(_ name: String, _ model: String, _ more: String...) throws {
    let outcome = try start(
      [
        "train", "--out", path(name), "--device", "cpu", "--data", smallImages(), "--batch-size", "32",
        "--epochs",
        "2", "--model", model, "--train-limit", "96",
      ] + more
    ).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
  }

  private func json(_ text: String) throws -> [String: Any] {
    try XCTUnwrap(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], text)
  }

  func testBundlesOfARun() throws {
    try train("a", "mlp:width=4,depth=3", "--bundles", "every=1,samples=64")
    let table = String(decoding: try bytes("a/bundles.csv"), as: UTF8.self).split(separator: "\n")
    XCTAssertEqual(table[0], "epoch,layer,entropy,bundles,accuracyCeiling,status")
    XCTAssertEqual(table.count, 1 + 3 * 4)
    let result = try json(String(decoding: bytes("a/result.json"), as: UTF8.self))
    XCTAssertEqual((result["bundleEntropies"] as? [[String: Any]])?.count, 3)

    let outcome = try espalier(
      "bundles", path("a"), "--samples", "64", "--device", "cpu", "--svg", path("h.svg"), "--json")
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let report = try json(outcome.output)
    XCTAssertEqual(report["samples"] as? Int, 64)
    let layers = try XCTUnwrap(report["layers"] as? [[String: Any]])
    XCTAssertEqual(layers.map { $0["name"] as? String }, ["hidden.0.relu", "hidden.1.relu", "hidden.2.relu"])
    for key in ["entropy", "bundles", "accuracyCeiling", "status"] {
      XCTAssertTrue(layers.allSatisfy { $0[key] != nil }, key)
    }
    // The run's own training images, learning rate and batch size: what training measured last.
    let last = table.suffix(3).map { $0.split(separator: ",")[2] }
    XCTAssertEqual(layers.compactMap { $0["entropy"] as? Double }, last.compactMap { Double($0) })
    XCTAssertTrue(String(decoding: try bytes("h.svg"), as: UTF8.self).hasPrefix("<svg"))

    let text = try espalier("bundles", path("a"), "--resolution", "exact", "--device", "cpu")
    XCTAssertTrue(text.output.contains("hidden.2.relu"), text.output)
    XCTAssertTrue(text.output.contains("96 of 96"), "no more than the run learnt from: \(text.output)")
  }

  func testLesionsOfARun() throws {
    try train("a", "resnet20:width=0.25,blocks=1.2.1")
    let outcome = try espalier(
      "lesion", path("a"), "--draws", "2", "--samples", "32", "--recalibrate", "32", "--batch-size", "16",
      "--device", "cpu", "--csv", path("l.csv"), "--svg", path("l.svg"), "--json")
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let report = try json(outcome.output)
    XCTAssertEqual((report["blocks"] as? [String])?.count, 4)
    XCTAssertEqual((report["verdicts"] as? [String])?.count, 4)
    let lesions = try XCTUnwrap(report["lesions"] as? [[String: Any]])
    XCTAssertTrue(lesions.contains { ($0["removed"] as? [String])?.count == 4 }, "all at once")
    let table = String(decoding: try bytes("l.csv"), as: UTF8.self).split(separator: "\n")
    XCTAssertEqual(table.count, 1 + lesions.count)
    XCTAssertTrue(String(decoding: try bytes("l.svg"), as: UTF8.self).hasPrefix("<svg"))
    let text = try espalier(
      "lesion", path("a"), "--draws", "1", "--sizes", "2", "--samples", "32", "--device", "cpu")
    XCTAssertTrue(text.output.contains("of 4 blocks at once cost at most 0.5 points"), text.output)
  }

  func testBadRequests() throws {
    try train("a", "mlp:width=4,depth=2")
    let file = path("a/checkpoints/last.safetensors")
    assertFails(try espalier("bundles", file), 64, "--data is needed")
    assertFails(try espalier("bundles", path("a"), "--resolution", "roughly"), 64, "resolution")
    assertFails(try espalier("bundles", path("a"), "--samples", "0"), 64, "--samples")
    assertFails(try espalier("bundles", path("a"), "--lr", "0"), 64, "--lr")
    assertFails(try espalier("bundles", path("a"), "--svg", path("none/h.svg")), 64, "there is no folder")
    assertFails(try espalier("bundles", path("a"), "--values", "blocks", "--device", "cpu"), 64, "values")
    assertFails(try espalier("lesion", path("a"), "--device", "cpu"), 64, "no residual blocks")
    assertFails(try espalier("lesion", path("a"), "--sizes", "2,x"), 64, "--sizes")
    assertFails(try espalier("bundles", path("nothing"), "--data", "sample"), 66, "nothing")
    assertFails(
      try espalier("train", "--out", path("out"), "--data", "sample", "--bundles", "sometimes"), 64,
      "every=EPOCHS")
  }
}
