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
    XCTAssertEqual(table[0], "epoch,layer,entropy,bundles,accuracyCeiling,status,entropyAboveInput")
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
    for key in ["entropy", "bundles", "accuracyCeiling", "status", "permutation", "batchEntropy"] {
      XCTAssertTrue(layers.allSatisfy { $0[key] != nil }, key)
    }
    for layer in layers {
      let interval = try XCTUnwrap(layer["confidence"] as? [String: Double])
      XCTAssertEqual(Set(interval.keys), ["level", "lower", "upper"])
      XCTAssertTrue(["conflicting", "not-conflicting"].contains(layer["verdict"] as? String))
    }
    XCTAssertEqual(try XCTUnwrap(report["smallestEntropy"] as? Double), 2 * log(2) / 64, accuracy: 1e-9)
    // The run's own training images, learning rate and batch size: what training measured last.
    let last = table.suffix(3).map { $0.split(separator: ",")[2] }
    XCTAssertEqual(layers.compactMap { $0["entropy"] as? Double }, last.compactMap { Double($0) })
    XCTAssertTrue(String(decoding: try bytes("h.svg"), as: UTF8.self).hasPrefix("<svg"))

    let text = try espalier("bundles", path("a"), "--resolution", "exact", "--device", "cpu")
    XCTAssertTrue(text.output.contains("hidden.2.relu"), text.output)
    XCTAssertTrue(text.output.contains("96 of 96"), "no more than the run learnt from: \(text.output)")
  }

  func testDrawsAndBatchEntropy() throws {
    try train("a", "mlp:width=4,depth=3")
    let outcome = try espalier(
      "bundles", path("a"), "--samples", "40", "--draws", "3", "--batch-entropy", "--resolution",
      "relative-tolerance:0.5", "--device", "cpu", "--json")
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let report = try json(outcome.output)
    XCTAssertEqual(report["draws"] as? Int, 3)
    XCTAssertEqual(report["required"] as? Int, 2)
    for layer in try XCTUnwrap(report["layers"] as? [[String: Any]]) {
      XCTAssertGreaterThan(try XCTUnwrap(layer["batchEntropy"] as? Double), 0)
      let draws = try XCTUnwrap(layer["entropyAboveInputByDraw"] as? [Double])
      XCTAssertEqual(draws.count, 3)
      XCTAssertEqual(draws[0], layer["entropyAboveInput"] as? Double)
      // Above one mixed pair, in two draws or more.
      let conflicts = draws.count { $0 > 2 * log(2) / 40 + 1e-9 }
      XCTAssertEqual(layer["verdict"] as? String, conflicts >= 2 ? "conflicting" : "not-conflicting")
    }
    let text = try espalier(
      "bundles", path("a"), "--samples", "40", "--draws", "2", "--required", "1", "--batch-entropy",
      "--device", "cpu")
    for part in ["95 % interval", "conflict", "batch entropy", "in 1 of 2 draws", "0.03466"] {
      XCTAssertTrue(text.output.contains(part), "\(part) in \(text.output)")
    }
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
    assertFails(try espalier("bundles", path("a"), "--draws", "0"), 64, "--draws")
    assertFails(try espalier("bundles", path("a"), "--draws", "2", "--required", "3"), 64, "--required")
    assertFails(
      try espalier("bundles", path("a"), "--draws", "2", "--samples", "96", "--device", "cpu"), 64,
      "draws of fewer images")
    assertFails(
      try espalier("bundles", path("a"), "--resolution", "relative-tolerance:0"), 64, "resolution")
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
