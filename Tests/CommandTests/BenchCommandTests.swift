import Foundation
import XCTest

final class BenchCommandTests: CommandTestCase {
  private func json(_ arguments: String...) throws -> [String: Any] {
    let outcome = try start(arguments + ["--json"]).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try XCTUnwrap(object as? [String: Any])
  }

  func testOperators() throws {
    let result = try json(
      "bench", "ops", "mb1ic3ih9oc5kh3", "mb1ic3ih9oc5kh3", "--models", "resnet20:width=0.1,blocks=1.1.1",
      "--input", "3x8x8", "--batch-size", "2", "--device", "cpu", "--threads", "1")
    let peak = try XCTUnwrap(result["peak"] as? [String: Double])
    XCTAssertEqual(Set(peak.keys), ["gflops", "gigabytesPerSecond"])
    let rows = try XCTUnwrap(result["operations"] as? [[String: Any]])
    // The problem named twice counts once.
    XCTAssertEqual(rows.count % 3, 0)
    XCTAssertEqual(rows.count { $0["problem"] as? String == "mb1ic3ih9oc5kh3" }, 3)
    XCTAssertTrue(rows.contains { ($0["problem"] as? String)?.hasPrefix("mb2ic3ih8oc2kh3") == true })
    XCTAssertEqual(
      Set(rows.compactMap { $0["direction"] as? String }), ["forward", "backward-data", "backward-weights"])
    for row in rows {
      XCTAssertEqual(
        Set(row.keys),
        [
          "problem", "direction", "precision", "milliseconds", "gflops", "gigabytesPerSecond", "bound",
          "share",
        ])
      for key in ["milliseconds", "gflops", "gigabytesPerSecond", "share"] {
        XCTAssertGreaterThan(try XCTUnwrap(row[key] as? Double), 0, key)
      }
      XCTAssertTrue(["compute", "memory"].contains(row["bound"] as? String))
    }
  }

  func testOneDirectionAsText() throws {
    let outcome = try espalier(
      "bench", "ops", "mb1ic3ih9oc5kh3", "--direction", "backward-weights", "--device", "cpu")
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    XCTAssertTrue(outcome.output.hasPrefix("problem"), outcome.output)
    XCTAssertEqual(outcome.output.components(separatedBy: "mb1ic3ih9oc5kh3").count, 2)
    XCTAssertTrue(outcome.output.contains("backward-weights"))
    XCTAssertTrue(outcome.output.contains("GB/s of memory"))
  }

  func testHelpNamesTheZoosList() throws {
    let help = try espalier("bench", "ops", "--help").output
    for part in ["resnet18:stem=cifar", "3x224x224, batch 4", "Winograd", "random"] {
      XCTAssertTrue(help.contains(part), part)
    }
  }

  func testBadOperators() throws {
    assertFails(try espalier("bench", "ops"), 64, "--models", "--zoo")
    assertFails(try espalier("bench", "ops", "mb1ic3ih9oc5kh"), 64, "mb1ic3ih9oc5kh", "at character 15")
    assertFails(try espalier("bench", "ops", "mb1ic3ih2oc5kh3"), 64, "larger than the padded input")
    assertFails(try espalier("bench", "ops", "--models", "resnet21"), 64, "resnet20")
    assertFails(try espalier("bench", "ops", "--models", ""), 64, "expected")
    assertFails(try espalier("bench", "ops", "--zoo", "--batch-size", "0"), 64, "--batch-size")
    assertFails(try espalier("bench", "ops", "--zoo", "--input", "3x8"), 64, "--input")
    assertFails(try espalier("bench", "ops", "--zoo", "--direction", "up"), 64, "backward-data")
    assertFails(try espalier("bench", "ops", "--zoo", "--device", "opencl:99"), 69, "opencl")
    assertFails(
      try espalier("bench", "ops", "mb2147483647ic1024ih1oc1024kh1", "--device", "cpu"), 69, "memory")
  }

  func testSizesThatNoPlanTakes() throws {
    for command in [["bench", "train-step"], ["bench", "inference"], ["profile"]] {
      assertFails(
        try start(command + ["--batch-size", "2000000", "--device", "cpu"]).end(),
        64, "batch")
    }
    assertFails(try espalier("bench", "inference", "--model", "./x.safetensors", "--classes", "3"), 64, "own")
  }

  func testSteps() throws {
    let model = ["--model", "resnet20:blocks=1.1.1", "--batch-size", "2", "--input", "3x8x8", "--steps", "2"]
    for command in ["train-step", "inference"] {
      let outcome = try start(["bench", command] + model + ["--device", "cpu:baseline", "--json"]).end()
      XCTAssertEqual(outcome.status, 0, outcome.errors)
      let result = try XCTUnwrap(
        JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
      XCTAssertEqual(
        Set(result.keys),
        [
          "model", "batchSize", "device", "precision", "medianMilliseconds", "imagesPerSecond", "gflops",
          "steps", "launches", "peakMemoryBytes",
        ])
      XCTAssertEqual(result["model"] as? String, "resnet20:blocks=1.1.1")
      XCTAssertEqual(result["batchSize"] as? Int, 2)
      XCTAssertEqual(result["device"] as? String, "cpu:baseline")
      XCTAssertEqual(result["steps"] as? Int, 2)
      XCTAssertGreaterThan(try XCTUnwrap(result["launches"] as? Int), 7)
      let text = try start(["bench", command] + model + ["--device", "cpu"]).end()
      XCTAssertTrue(text.output.contains("images per second"), text.errors)
      for (flag, value) in [("--steps", "0"), ("--batch-size", "-1"), ("--input", "3"), ("--model", "x")] {
        assertFails(try espalier("bench", command, flag, value), 64, flag == "--model" ? "'x'" : flag)
      }
    }
  }

  func testData() throws {
    let images = try smallImages()
    let result = try json(
      "bench", "data", "--data", images, "--augment", "none", "--batch-size", "50", "--batches", "5",
      "--workers", "2")
    XCTAssertEqual(
      Set(result.keys), ["batchSize", "batches", "seconds", "batchesPerSecond", "imagesPerSecond"])
    XCTAssertEqual(result["batches"] as? Int, 5)
    XCTAssertEqual(
      try XCTUnwrap(result["imagesPerSecond"] as? Double),
      50 * (try XCTUnwrap(result["batchesPerSecond"] as? Double)), accuracy: 1e-3)
    XCTAssertTrue(try espalier("bench", "data", "--batches", "1").output.contains("images per second"))
    assertFails(try espalier("bench", "data", "--data", images, "--batch-size", "129"), 64, "129")
    assertFails(try espalier("bench", "data", "--augment", "flip"), 64, "crop-flip")
    assertFails(try espalier("bench", "data", "--workers", "0"), 64, "--workers")
    assertFails(try espalier("bench", "data", "--data", "mnist=\(path("none"))"), 66, "none")
  }

  func testBundles() throws {
    let model = ["--model", "resnet20:width=0.5,blocks=1.1.1", "--batch-size", "4", "--input", "3x8x8"]
    let command = ["bench", "bundles", "--samples", "10", "--leader-samples", "6", "--rounds", "1"]
    let outcome = try start(command + model + ["--device", "cpu", "--threads", "1", "--json"]).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let result = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    for key in [
      "inferenceMilliseconds", "hashingMilliseconds", "ratio", "preparationMilliseconds",
      "leaderMilliseconds",
      "hashingMillisecondsAtLeaderSamples", "leaderRatio",
    ] { XCTAssertGreaterThan(try XCTUnwrap(result[key] as? Double, key), 0, key) }
    XCTAssertEqual(result["layers"] as? Int, 7)
    XCTAssertEqual(result["keyBytes"] as? Int, 16 * 10 * 8)
    XCTAssertEqual(result["leaderSamples"] as? Int, 6)
    XCTAssertEqual(result["sameBundles"] as? Bool, true)
    XCTAssertEqual(result["hashesOnDevice"] as? Bool, true)
    // Channels 8, 16 and 32 at 8, 4 and 2 rows: three layers in the first group, two in each of the others.
    let elements = 3 * 8 * 64 + 2 * 16 * 16 + 2 * 32 * 4
    XCTAssertEqual(result["leaderBytes"] as? Int, 4 * 6 * (192 + elements))
    let layer = try XCTUnwrap(result["oneLayer"] as? [String: Any])
    XCTAssertEqual(layer["name"] as? String, "layer3.0.relu2")
    XCTAssertEqual(layer["leaderBytes"] as? Int, 4 * 10 * 128)
    let text = try start(
      command + model + ["--device", "cpu", "--threads", "1", "--leader-layer", "layer1.0.relu1"]
    ).end()
    XCTAssertTrue(text.output.contains("× inference, 1280 bytes of keys"), text.output)
    XCTAssertTrue(text.output.contains("10 images, layer1.0.relu1"), text.output)
    assertFails(
      try start(command + model + ["--device", "cpu", "--leader-layer", "x"]).end(), 64, "layer1.0.relu1")
    assertFails(try espalier("bench", "bundles", "--rounds", "0"), 64, "--rounds")
    assertFails(try espalier("bench", "bundles", "--leader-samples", "0"), 64, "--leader-samples")
  }
}
