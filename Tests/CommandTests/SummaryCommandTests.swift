import Foundation
import XCTest

final class SummaryCommandTests: CommandTestCase {
  private func summary(_ arguments: String...) throws -> [String: Any] {
    let outcome = try start(["summary"] + arguments + ["--json"]).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try XCTUnwrap(object as? [String: Any])
  }

  func testJSON() throws {
    let result = try summary("resnet56")
    XCTAssertEqual(result["parameters"] as? Int, 853_018)
    XCTAssertEqual(result["macs"] as? Int, 125_485_696)
    XCTAssertEqual(result["batchNormState"] as? Int, 4_064)
    XCTAssertEqual(result["convention"] as? String, "macs")
    XCTAssertEqual(result["input"] as? String, "3x32x32")
    XCTAssertEqual(result["classes"] as? Int, 10)
    let definition = try XCTUnwrap(result["definition"] as? String)
    XCTAssertTrue(definition.contains("multiply-accumulates"), definition)
    let layers = try XCTUnwrap(result["layers"] as? [[String: Any]])
    XCTAssertEqual(
      Set(layers[0].keys),
      ["name", "operator", "outputShape", "parameters", "macs", "operations", "receptiveField"])
    XCTAssertEqual(layers[0]["name"] as? String, "conv1")
    XCTAssertEqual(layers[0]["operator"] as? String, "convolution")
    XCTAssertEqual(layers[0]["outputShape"] as? [Int], [16, 32, 32])
    XCTAssertEqual(layers[0]["receptiveField"] as? Int, 3)
    XCTAssertTrue(layers.last?["receptiveField"] is NSNull)
    XCTAssertEqual(layers.last?["outputShape"] as? [Int], [10])
    for (key, total) in [("parameters", 853_018), ("macs", 125_485_696)] {
      XCTAssertEqual(layers.reduce(0) { $0 + ($1[key] as? Int ?? 0) }, total)
    }
  }

  func testConventionsImagesAndBatches() throws {
    XCTAssertEqual(try summary("resnet56", "--convention", "fvcore")["operations"] as? Int, 126_554_752)
    XCTAssertEqual(try summary("resnet56", "--convention", "fvcore")["macs"] as? Int, 125_485_696)
    XCTAssertEqual(try summary("resnet56", "--convention", "torchvision")["operations"] as? Int, 125_485_696)
    let large = try summary("resnet50", "--input", "3x224x224", "--classes", "1000")
    XCTAssertEqual(large["macs"] as? Int, 4_089_184_256)
    func bytes(_ batchSize: Int) throws -> [String: Int] {
      let result = try summary("resnet20", "--batch-size", "\(batchSize)")
      let memory = try XCTUnwrap(result["activationBytes"] as? [String: Any])
      return memory.compactMapValues { $0 as? Int }
    }
    let (one, eight) = (try bytes(1), try bytes(8))
    XCTAssertEqual(one["inference"], 4 * 3 * 16 * 32 * 32)
    XCTAssertEqual(eight["inference"], one["inference"].map { 8 * $0 })
    XCTAssertEqual(eight["training"], one["training"].map { 8 * $0 })
    XCTAssertEqual(eight["batchSize"], 8)
  }

  func testText() throws {
    let brief = try espalier("summary", "resnet20")
    XCTAssertEqual(brief.status, 0, brief.errors)
    for part in ["layer3.2.conv2", "40551040", "269722", "1376", "Inference:"] {
      XCTAssertTrue(brief.output.contains(part), part)
    }
    XCTAssertFalse(brief.output.contains("layer3.2.relu2"))
    XCTAssertTrue(try espalier("summary", "resnet20", "--all").output.contains("layer3.2.relu2"))
  }

  func testBadInput() throws {
    assertFails(try espalier("summary", "resnet21"), 64, "resnet21", "resnet20")
    assertFails(try espalier("summary", "resnet20", "--input", "3x32"), 64, "--input", "3x32x32")
    assertFails(try espalier("summary", "resnet20", "--classes", "0"), 64, "--classes")
    assertFails(try espalier("summary", "resnet20", "--batch-size", "0"), 64, "--batch-size")
    assertFails(try espalier("summary", "a.safetensors", "--classes", "3"), 64, "a.safetensors")
    assertFails(try espalier("summary", path("none.safetensors")), 66, "none.safetensors")
    assertFails(try espalier("summary", "vgg16", "--input", "3x8x8"), 65, "larger images")
    let unknown = try espalier("summary", "resnet20", "--convention", "flops")
    XCTAssertEqual(unknown.status, 64)
    XCTAssertTrue(unknown.errors.contains("torch-pruning"), unknown.errors)
  }

  func testModelsListsFamiliesWithTheirOptions() throws {
    let text = try espalier("models")
    XCTAssertEqual(text.status, 0, text.errors)
    for part in ["resnet1202", "2829238912", "bundle-vgg120", "shortcut=a|b", "mlp"] {
      XCTAssertTrue(text.output.contains(part), part)
    }
    let json = try espalier("models", "--json")
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    let models = try XCTUnwrap(object?["models"] as? [[String: Any]])
    let vgg = try XCTUnwrap(models.first { $0["name"] as? String == "vgg16" })
    XCTAssertEqual(vgg["parameters"] as? Int, 14_728_266)
    XCTAssertEqual(
      (vgg["options"] as? [[String: Any]])?.compactMap { $0["name"] as? String },
      ["head", "bias", "skips", "width"])
  }
}
