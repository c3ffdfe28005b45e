import Foundation
import XCTest

/// The program probes the layers of a run.
final class ProbeCommandTests: CommandTestCase {
  private func train(_ name: String, _ model: String) throws {
    let outcome = try start([
      "train", "--out", path(name), "--device", "cpu", "--data", smallImages(), "--batch-size", "32",
      "--epochs",
      "2", "--model", model, "--train-limit", "96",
    ]).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
  }

  private func json(_ text: String) throws -> [String: Any] {
    try XCTUnwrap(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], text)
  }

  func testProbesOfARun() throws {
    try train("a", "resnet20:width=0.25,blocks=1.1.1")
    let outcome = try espalier(
      "probe", path("a"), "--device", "cpu", "--train-images", "64", "--probe-epochs", "2", "--csv",
      path("p.csv"), "--svg", path("p.svg"), "--dump-activations", path("dump/here"), "--json")
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let report = try json(outcome.output)
    XCTAssertEqual(report["samples"] as? Int, 32)
    XCTAssertEqual(report["trainingSamples"] as? Int, 64)
    XCTAssertEqual(report["delta"] as? Double, 0.99)
    let layers = try XCTUnwrap(report["layers"] as? [[String: Any]])
    // So small images are seen whole early.
    let border = try XCTUnwrap(report["border"] as? String)
    XCTAssertTrue(layers.contains { $0["name"] as? String == border }, border)
    XCTAssertEqual(layers.count, 7 + 3 + 1)
    for key in [
      "name", "kind", "saturation", "dimension", "channels", "trainAccuracy", "testAccuracy",
      "ridgeTrainAccuracy", "ridgeTestAccuracy", "productive",
    ] {
      XCTAssertTrue(layers.allSatisfy { $0[key] != nil && !($0[key] is NSNull) }, key)
    }
    let table = String(decoding: try bytes("p.csv"), as: UTF8.self).split(separator: "\n")
    XCTAssertEqual(table.count, 1 + layers.count)
    XCTAssertTrue(String(decoding: try bytes("p.svg"), as: UTF8.self).hasPrefix("<svg"))
    let index = try json(String(decoding: bytes("dump/here/index.json"), as: UTF8.self))
    XCTAssertEqual((index["layers"] as? [[String: Any]])?.count, layers.count)

    let file = path("a/checkpoints/last.safetensors")
    let text = try espalier(
      "probe", file, "--data", smallImages(), "--device", "cpu", "--test-images", "16", "--delve", "--rows",
      "mean", "--pool", "1", "--probe-epochs", "1")
    XCTAssertEqual(text.status, 0, text.errors)
    for part in ["layer1.0.add", "saturation", "productive", "of 16 test images", "learnt from 128"] {
      XCTAssertTrue(text.output.contains(part), "\(part) in \(text.output)")
    }
  }

  func testBadRequests() throws {
    try train("a", "mlp:width=4,depth=1")
    assertFails(try espalier("probe", path("a/checkpoints/last.safetensors")), 64, "--data is needed")
    for (flag, value, text) in [
      ("--delta", "1.5", "delta"), ("--delta", "0", "delta"), ("--delta", "nan", "delta"),
      ("--pool", "0", "--pool"), ("--pool", "65", "--pool"), ("--train-images", "0", "--train-images"),
      ("--test-images", "0", "--test-images"), ("--probe-epochs", "0", "probe epochs"),
      ("--probe-lr", "0", "learning rate"), ("--ridge", "0", "ridge"), ("--tolerance", "inf", "--tolerance"),
      ("--rows", "columns", "rows"), ("--svg", path("none/p.svg"), "there is no folder"),
    ] {
      assertFails(try espalier("probe", path("a"), flag, value), 64, text)
    }
    assertFails(try espalier("probe", path("nothing"), "--data", "sample"), 66, "nothing")
    try write([1], to: "file")
    assertFails(
      try espalier("probe", path("a"), "--device", "cpu", "--dump-activations", path("file")), 73, "file")
  }
}
