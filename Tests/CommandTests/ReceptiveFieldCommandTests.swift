import Foundation
import XCTest

final class ReceptiveFieldCommandTests: CommandTestCase {
  private func analysis(_ arguments: String...) throws -> [String: Any] {
    let outcome = try start(["receptive-field"] + arguments + ["--json"]).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try XCTUnwrap(object as? [String: Any])
  }

  func testJSON() throws {
    let result = try analysis("vgg16", "--input-size", "32")
    XCTAssertEqual(result["border"] as? String, "features.24")
    XCTAssertEqual(result["borderIndex"] as? Int, 8)
    XCTAssertEqual(result["borderRule"] as? String, "sequential")
    XCTAssertEqual(result["minimumInput"] as? Int, 165)
    XCTAssertEqual(result["maximumInput"] as? Int, 212)
    let layers = try XCTUnwrap(result["layers"] as? [[String: Any]])
    XCTAssertEqual(layers[0]["name"] as? String, "features.0")
    XCTAssertEqual(layers[0]["rMin"] as? Int, 3)
    XCTAssertEqual(layers[0]["rMax"] as? Int, 3)
    XCTAssertEqual(layers[0]["jump"] as? Int, 1)
    XCTAssertEqual(layers[0]["verdict"] as? String, "productive")
    XCTAssertTrue(layers.last?["rMax"] is NSNull)
    XCTAssertEqual(layers.filter { $0["verdict"] as? String == "unproductive" }.count, 7)
    let cover = try XCTUnwrap(layers[0]["coverMinimum"] as? Double)
    XCTAssertEqual(cover, 2 / 32.0)
  }

  func testRulesAndRanges() throws {
    XCTAssertEqual(
      try analysis("resnet18", "--rule", "residual-blocks")["border"] as? String, "layer3.1.conv1")
    XCTAssertEqual(try analysis("vgg16", "--rule", "field")["borderIndex"] as? Int, 7)
    XCTAssertEqual(try analysis("vgg16", "--range", "toolbox-lower-bound")["minimumInput"] as? Int, 196)
    XCTAssertEqual((try analysis("vgg16", "--strict")["unproductive"] as? [String])?.count, 6)
    XCTAssertTrue(try analysis("resnet20")["border"] is NSNull)
    let paths = try XCTUnwrap(analysis("resnet20", "--explain", "layer1.0.add")["paths"] as? [String: Any])
    XCTAssertEqual(paths["shortest"] as? [String], ["input", "conv1", "bn1", "relu", "layer1.0.add"])
    let sizes = try XCTUnwrap(analysis("resnet18", "--input-size", "16,32x48")["sizes"] as? [[String: Any]])
    XCTAssertEqual(sizes.map { $0["input"] as? String }, ["3x16x16", "3x32x48"])
  }

  func testText() throws {
    let text = try espalier("receptive-field", "resnet18").output
    for part in ["layer4.1.conv2", "139", "435", "unproductive", "rule residual", "2, 2, 1, 0"] {
      XCTAssertTrue(text.contains(part), part)
    }
    // What the method cannot see is said.
    XCTAssertTrue(
      try espalier("receptive-field", "resnet56").output.contains("does not mean that all of it helps"))
  }

  func testARedesignTrains() throws {
    let file = path("cut.safetensors")
    let redesign = try analysis(
      "vgg16:width=0.05", "--input-size", "32", "--apply", "cut", "--output", file, "--channels", "1")
    let figures = try XCTUnwrap(redesign["redesign"] as? [String: Any])
    XCTAssertEqual((figures["after"] as? [String: Any])?["rMax"] as? Int, 60)
    let trained = try start([
      "train", "--model", file, "--data", "sample", "--image-size", "32", "--train-limit", "256", "--epochs",
      "1",
      "--device", "cpu", "--augment", "none", "--out", path("run"), "--json",
    ]).end()
    XCTAssertEqual(trained.status, 0, trained.errors)

    // A file at another size than its own.
    let larger = try espalier("receptive-field", file, "--input-size", "224", "--json")
    XCTAssertTrue(larger.output.contains("\"unproductive\": []"), larger.output)

    // What is left of a trained network keeps its weights.
    let again = try start([
      "receptive-field", path("run/checkpoints/last.safetensors"), "--apply", "performance", "--output",
      path("large.safetensors"),
    ]).end()
    XCTAssertEqual(again.status, 0, again.errors)
    XCTAssertTrue(again.errors.contains("0 tensors changed their shape"), again.errors)
  }

  func testPicturesAndRows() throws {
    let outcome = try espalier(
      "receptive-field", "resnet20", "--svg", path("fields.svg"), "--csv", path("fields.csv"))
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    XCTAssertTrue(try String(contentsOfFile: path("fields.svg"), encoding: .utf8).hasPrefix("<svg"))
    let rows = try String(contentsOfFile: path("fields.csv"), encoding: .utf8).split(separator: "\n")
    XCTAssertTrue(rows[1].hasPrefix("conv1,convolution 3x3,16x32x32,3,3,1,"), "\(rows[1])")
  }

  func testBadInput() throws {
    assertFails(
      try espalier("receptive-field", "resnet18", "--input-size", "big"), 64, "--input-size", "'big'")
    assertFails(try espalier("receptive-field", "resnet18", "--output", path("a")), 64, "--apply")
    assertFails(
      try espalier("receptive-field", "resnet18", "--rule", "field", "--apply", "cut"), 64, "--rule")
    assertFails(try espalier("receptive-field", "resnet18", "--explain", "layer9"), 64, "no node 'layer9'")
    assertFails(try espalier("receptive-field", "resnet18", "--apply", "smaller"), 64, "--apply")
    assertFails(
      try espalier("receptive-field", "resnet18", "--input-size", "16", "--apply", "cut"), 64, "performance")
    assertFails(try espalier("receptive-field", "vgg16", "--input-size", "8"), 65, "features.33")
    assertFails(try espalier("receptive-field", path("none.safetensors")), 66, "none.safetensors")
  }
}
