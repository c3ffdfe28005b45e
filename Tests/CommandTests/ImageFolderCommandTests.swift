import Foundation
import XCTest

/// Image folders on the command line.
final class ImageFolderCommandTests: CommandTestCase {
  /// Copies photographs and other images of the dataset tests, and returns how `--data` names them.
  private func makeImages(bad: String? = nil) throws -> String {
    let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("DatasetsTests/Fixtures")
    for split in ["train", "test"] {
      for (name, file) in [
        ("photo", "photo-1.jpg"), ("photo", "photo-2.jpg"), ("synthetic", "color.jpg"),
        ("synthetic", "grey.png"),
      ] {
        try write(
          [UInt8](Data(contentsOf: fixtures.appendingPathComponent(file))),
          to: "images/\(split)/\(name)/\(file)")
      }
    }
    if let bad { try write([0xFF, 0xD8, 0xFF], to: "images/\(bad)") }
    return "folder=\(path("images"))"
  }

  private func train(_ data: String, _ more: String...) throws -> Outcome {
    try start(
      [
        "train", "--out", path("out"), "--device", "cpu", "--data", data, "--model", "resnet20:width=0.1",
        "--batch-size", "2", "--epochs", "1",
      ] + more
    ).end()
  }

  private func json(_ text: String) throws -> [String: Any] {
    try XCTUnwrap(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], text)
  }

  func testTrainingAndEvaluation() throws {
    let training = try train(makeImages(), "--image-size", "20", "--normalization", "measured", "--json")
    XCTAssertEqual(training.status, 0, training.errors)
    let result = try json(training.output)
    XCTAssertNotNil(result["dataWaitFraction"] as? Double)
    let saved = String(decoding: try bytes("out/config.yaml"), as: UTF8.self)
    for line in ["image-size: 20", "augment: resized-crop-flip", "normalization: measured"] {
      XCTAssertTrue(saved.contains("\n\(line)\n"), saved)
    }
    let evaluation = try espalier("eval", path("out"), "--json", "--device", "cpu", "--batch-size", "2")
    XCTAssertEqual(evaluation.status, 0, evaluation.errors)
    XCTAssertEqual(try json(evaluation.output)["loss"] as? Double, result["loss"] as? Double)
  }

  func testBadImages() throws {
    let data = try makeImages(bad: "train/photo/broken.jpg")
    let stopped = try train(data, "--image-size", "20", "--batch-size", "5")
    XCTAssertEqual(stopped.status, 65, stopped.errors)
    XCTAssertTrue(stopped.errors.contains("images/train/photo/broken.jpg: cannot be decoded"), stopped.errors)
    try FileManager.default.removeItem(atPath: path("out"))
    let skipped = try train(data, "--image-size", "20", "--on-bad-image", "skip")
    XCTAssertEqual(skipped.status, 0, skipped.errors)
    XCTAssertTrue(skipped.errors.contains("left out 1 bad image"), skipped.errors)
  }

  /// A bad test image shows after the epoch's steps, which are saved: once it is replaced, the run ends.
  func testABadTestImageCostsNoSteps() throws {
    let data = try makeImages(bad: "test/photo/broken.jpg")
    let stopped = try train(data, "--image-size", "20")
    XCTAssertEqual(stopped.status, 65, stopped.errors)
    XCTAssertTrue(stopped.errors.contains("images/test/photo/broken.jpg"), stopped.errors)
    try FileManager.default.removeItem(atPath: path("images/test/photo/broken.jpg"))
    let resumed = try train(data, "--image-size", "20", "--resume")
    XCTAssertEqual(resumed.status, 0, resumed.errors)
    XCTAssertTrue(resumed.errors.contains("after 0 epochs and 2 steps"), resumed.errors)
  }

  /// Evaluation leaves out what the training did, and says how many.
  func testEvaluationSkipsAsTheRunDid() throws {
    let data = try makeImages(bad: "test/photo/broken.jpg")
    XCTAssertEqual(try train(data, "--image-size", "20", "--on-bad-image", "skip").status, 0)
    let evaluation = try espalier("eval", path("out"), "--json", "--device", "cpu", "--batch-size", "2")
    XCTAssertEqual(evaluation.status, 0, evaluation.errors)
    XCTAssertEqual(try json(evaluation.output)["skippedImages"] as? Int, 1)
    XCTAssertTrue(evaluation.errors.contains("left out 1 bad image"), evaluation.errors)
    XCTAssertEqual(
      try espalier("eval", path("out"), "--on-bad-image", "fail", "--device", "cpu").status, 65)
  }

  func testFoldersThatAreNone() throws {
    assertFails(try train("folder=\(path("nowhere"))"), 66, "nowhere")
    try write([1], to: "empty/a.txt")
    assertFails(try train("folder=\(path("empty"))"), 65, "train/cat/1.jpg")
    let data = try makeImages()
    assertFails(try train(data, "--image-size", "0"), 64, "--image-size")
    assertFails(try train(data, "--on-bad-image", "maybe"), 64, "fail or skip")
    try FileManager.default.removeItem(atPath: path("images/test/photo"))
    assertFails(try train(data), 65, "images/test", "no photo")
    assertFails(try train("folder="), 64, "folder=DIR")
  }

  func testInformation() throws {
    let data = try makeImages()
    let outcome = try espalier("data", "info", data, "--json", "--image-size", "16")
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let information = try json(outcome.output)
    XCTAssertEqual(information["count"] as? Int, 4)
    XCTAssertEqual((information["widths"] as? [String: Any])?["maximum"] as? Int, 533)
    let classes = try XCTUnwrap(information["classes"] as? [[String: Any]])
    XCTAssertEqual(classes.map { $0["name"] as? String }, ["photo", "synthetic"])
    XCTAssertEqual(classes.map { $0["count"] as? Int }, [2, 2])
    for key in ["measured", "published"] {
      XCTAssertEqual(((information[key] as? [String: Any])?["mean"] as? [Double])?.count, 3)
    }
    let text = try espalier("data", "info", "sample", "--split", "test").output
    for line in ["images                        1000", "Ankle boot", "published mean"] {
      XCTAssertTrue(text.contains(line), text)
    }
  }

  func testTheCheckListsBadImages() throws {
    let data = try makeImages(bad: "test/photo/broken.jpg")
    assertFails(try espalier("data", "info", data, "--split", "test"), 65, "broken.jpg")
    XCTAssertEqual(try espalier("data", "info", data).status, 0)
    let outcome = try espalier("data", "info", data, "--split", "test", "--check", "--json")
    XCTAssertEqual(outcome.status, 65)
    XCTAssertTrue(outcome.errors.contains("broken.jpg"))
    let bad = try XCTUnwrap(try json(outcome.output)["badImages"] as? [[String: Any]])
    XCTAssertEqual(bad.map { $0["file"] as? String }, [path("images/test/photo/broken.jpg")])
    assertFails(try espalier("data", "info", "floder=x"), 64, "folder")
    assertFails(try espalier("data", "info", data, "--image-size", "5000"), 64, "--image-size")
  }
}
