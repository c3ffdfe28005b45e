import Datasets
import Foundation
import Training
import XCTest

/// Trainings on JPEG and PNG files.
final class ImageFolderTrainingTests: TrainingTestCase {
  private var images: String { "\(folder)/images" }

  /// Copies images of the dataset tests to two classes of two splits.
  private func makeImages() throws {
    let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("DatasetsTests/Fixtures")
    let names = [
      "photo": (1...4).map { "photo-\($0).jpg" },
      "synthetic": ["color.jpg", "grey.png", "palette.png", "large.png"],
    ]
    for split in ["train", "test"] {
      for (name, files) in names {
        let target = "\(images)/\(split)/\(name)"
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        for file in files {
          try FileManager.default.copyItem(
            atPath: fixtures.appendingPathComponent(file).path, toPath: "\(target)/\(file)")
        }
      }
    }
  }

  private func train(_ name: String, resume: Bool = false, _ more: [(String, String)] = []) throws -> Trainer
  {
    let assignments =
      [
        ("model", "resnet20:width=0.1"), ("data", "folder=\(images)"), ("image-size", "16"), ("epochs", "3"),
        ("batch-size", "4"), ("device", "cpu"), ("augment", "resized-crop-flip-jitter"),
      ] + more
    return try TrainingRun(
      folder: run(name), resume: resume, assignments: assignments.map { ConfigurationAssignment($0, $1) }
    ).makeTrainer()
  }

  func testTheResultDoesNotDependOnWorkersOrInterruptions() throws {
    try makeImages()
    let result = try train("a", [("workers", "1")]).train()
    XCTAssertTrue((0...1).contains(result.dataWaitFraction))
    _ = try train("b", [("workers", "5")]).train()
    let expected = try bytes(run("a").checkpoint(.last))
    XCTAssertEqual(try bytes(run("b").checkpoint(.last)), expected)

    let stopped = try train("c")
    stopped.observer = StoppingObserver(stopped, afterSteps: 3)
    XCTAssertThrowsError(try stopped.train())
    _ = try train("c", resume: true).train()
    XCTAssertEqual(try bytes(run("c").checkpoint(.last)), expected)
    let json = try JSONSerialization.jsonObject(with: bytes(run("c").result)) as? [String: Any]
    XCTAssertNotNil(json?["dataWaitFraction"] as? Double)
  }

  func testACheckpointEvaluatesItsFolder() throws {
    try makeImages()
    let trainer = try train("a", [("normalization", "measured"), ("epochs", "1")])
    let measured = try Normalization(measuring: trainer.data.training)
    XCTAssertEqual(trainer.data.normalization, measured)
    let result = try trainer.train()
    let checkpoint = try Checkpoint(path: run("a").checkpoint(.last))
    XCTAssertEqual(checkpoint.normalization, measured)
    XCTAssertEqual(checkpoint.classes, ["photo", "synthetic"])
    let test = try DataSource.folder(directory: images).load(
      split: .test, imageSize: checkpoint.network.input.height)
    let evaluation = try checkpoint.evaluate(test, on: openFallback(), batchSize: 4)
    XCTAssertEqual(evaluation.sums, result.test.sums)

    try FileManager.default.removeItem(atPath: "\(images)/train")
    try FileManager.default.moveItem(atPath: "\(images)/test/photo", toPath: "\(images)/test/a")
    let other = try DataSource.folder(directory: images).load(split: .test, imageSize: 16)
    XCTAssertThrowsError(try checkpoint.evaluate(other, on: openFallback(), batchSize: 4)) { error in
      guard case TrainingError.dataMismatch(_, let expected, _, let found) = error else {
        return XCTFail("\(error)")
      }
      XCTAssertEqual([expected, found], ["images of 'photo' as class 0", "images of 'a'"])
    }
  }

  func testABadImageStopsTheTraining() throws {
    try makeImages()
    let path = "\(images)/train/photo/photo-3.jpg"
    try bytes(path).prefix(5000).write(to: URL(fileURLWithPath: path))
    XCTAssertThrowsError(try train("a").train()) { error in
      XCTAssertEqual(
        error as? DatasetError, .badImage(file: path, reason: "the file ends within the image"))
    }
    var notices: [String] = []
    let assignments = [
      ("model", "resnet20:width=0.1"), ("data", "folder=\(images)"), ("image-size", "16"), ("epochs", "1"),
      ("batch-size", "4"), ("device", "cpu"), ("on-bad-image", "skip"),
    ]
    let trainer = try TrainingRun(
      folder: run("b"), assignments: assignments.map { ConfigurationAssignment($0, $1) }
    ).makeTrainer { notices.append($0) }
    XCTAssertEqual(trainer.data.training.count, 7)
    XCTAssertEqual(trainer.data.training.skippedImages.count, 1)
    XCTAssertTrue(
      notices.contains("left out 1 bad image, the first: \(path): the file ends within the image"),
      "\(notices)")
    _ = try trainer.train()
  }

  func testTheReportTellsTheShareOfWaiting() throws {
    try makeImages()
    let trainer = try train("a")
    var text = ""
    trainer.observer = ConsoleReport(columns: nil) { text += $0 }
    _ = try trainer.train()
    XCTAssertTrue(text.contains("% waiting for data"), text)
    XCTAssertTrue(trainer.epochs.allSatisfy { (0...1).contains($0.dataWaitShare) })
  }
}
