import Datasets
import Devices
import Foundation
import Interchange
import Networks
import Training
import XCTest

/// Training with feature maps in bfloat16.
final class PrecisionTrainingTests: TrainingTestCase {
  override func setUpWithError() throws {
    try super.setUpWithError()
    try XCTSkipUnless(InstructionSet.best.supports(.bfloat16), "this processor has no AVX512-BF16")
  }

  /// The state of a small ResNet after a few steps on the sample.
  private func state(threads: Int, poison: Bool = false) throws -> ModelState {
    try stateAfterTraining(
      on: DeviceCatalog.open(.cpu(nil), precision: .bfloat16, threads: threads).device, workers: 1, steps: 5,
      poison: poison)
  }

  func testNeitherThreadsNorScratchMemoryMatter() throws {
    let one = try state(threads: 1)
    XCTAssertTrue(one.parameters.values.allSatisfy { $0.allSatisfy(\.isFinite) })
    XCTAssertEqual(one, try state(threads: 2))
    XCTAssertEqual(one, try state(threads: 3, poison: true))
  }

  private func assignments(_ more: KeyValuePairs<String, String>) -> [ConfigurationAssignment] {
    let common: KeyValuePairs = [
      "model": "resnet20:width=0.5", "train-limit": "1280", "batch-size": "64", "epochs": "2",
      "augment": "none", "device": "cpu",
    ]
    return (Array(common) + Array(more)).map { ConfigurationAssignment($0.key, $0.value) }
  }

  func testTrainingLearnsAboutAsMuch() throws {
    let results = try [Precision.float32, .bfloat16].map { precision in
      try TrainingRun(
        folder: run(precision.rawValue), assignments: assignments(["precision": precision.rawValue])
      ).makeTrainer().train().test.top1
    }
    XCTAssertGreaterThan(results[1], 0.45, "\(results)")
    XCTAssertEqual(results[0], results[1], accuracy: 0.1)
  }

  func testCheckpointsAreInSinglePrecision() throws {
    let folder = run("a")
    _ = try TrainingRun(folder: folder, assignments: assignments(["precision": "bf16", "epochs": "1"]))
      .makeTrainer().train()
    let path = folder.checkpoint(.last)
    let file = try SafeTensorsFile(path: path)
    XCTAssertTrue(file.tensors.allSatisfy { [.f32, .i64].contains($0.dtype) })
    let weights = try file.tensor("conv1.weight").values(as: Float.self)
    XCTAssertTrue(weights.contains { Precision.bfloat16.rounded($0) != $0 }, "the master weights are rounded")

    // Either device takes it, and both agree on what it says.
    let checkpoint = try Checkpoint(path: path)
    let images = try DataSource.sample.load(split: .test).limited(to: 96)
    let evaluations = try [Precision.float32, .bfloat16].map { precision in
      try checkpoint.evaluate(
        images, on: DeviceCatalog.open(.cpu(nil), precision: precision, threads: 2).device, batchSize: 32)
    }
    XCTAssertEqual(evaluations[0].loss, evaluations[1].loss, accuracy: 0.05)
  }

  func testAResumedRunKeepsItsPrecision() throws {
    let folder = run("a")
    _ = try TrainingRun(folder: folder, assignments: assignments(["precision": "bf16", "epochs": "1"]))
      .makeTrainer().train()
    let resumed = try TrainingRun(folder: folder, resume: true)
    XCTAssertEqual(resumed.configuration.precision, .bfloat16)
    let other = [ConfigurationAssignment("precision", "fp32")]
    XCTAssertThrowsError(try TrainingRun(folder: folder, resume: true, assignments: other)) { error in
      XCTAssertEqual(
        error as? ConfigurationError,
        .changedOnResume(key: "precision", saved: "bf16", requested: "fp32"))
    }
  }
}
