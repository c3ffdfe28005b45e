import Datasets
import Foundation
import Interchange
import Networks
import Training
import XCTest

final class TrainerTests: TrainingTestCase {
  func testATrainingWritesItsFiles() throws {
    let run = run("a")
    let trainer = try makeTrainer(in: run)
    let result = try trainer.train()
    XCTAssertEqual(
      files(below: run.path),
      [
        "checkpoints", "checkpoints/last.safetensors", "config.yaml", "metrics.csv", "metrics.jsonl",
        "result.json", "tuning.json",
      ])
    XCTAssertEqual(trainer.epochs.map(\.epoch), [1, 2, 3])
    XCTAssertEqual(
      trainer.progress, TrainingProgress(epoch: 3, seed: 1, dataset: trainer.progress.dataset))
    XCTAssertEqual(result.test.sums.examples, 96)
    XCTAssertEqual(try run.savedConfiguration(), trainer.configuration)
    XCTAssertEqual(try EpochLog<EpochMetrics>(run, keepingEpochs: 9).rows, trainer.epochs)

    let object = try JSONSerialization.jsonObject(with: bytes(run.result)) as? [String: Any] ?? [:]
    XCTAssertEqual(object["top1"] as? Double, result.test.top1)
    XCTAssertEqual(object["parameters"] as? Int, try Complexity(tinyNetwork()).parameters)
    for key in ["macsFraction", "parametersFraction", "trainingCostFraction", "seed"] {
      XCTAssertEqual(object[key] as? Int, 1, key)
    }
    XCTAssertTrue((object["seconds"] as? Double ?? 0) > 0)
  }

  func testTheLastCheckpointEvaluatesAsReported() throws {
    let run = run("a")
    let data = try fewImages()
    let result = try makeTrainer(data: data, in: run).train()
    let checkpoint = try Checkpoint(path: run.checkpoint(.last))
    for batchSize in [32, 500] {
      let evaluation = try checkpoint.evaluate(data.test, on: openFallback(), batchSize: batchSize)
      XCTAssertEqual(evaluation.sums.top1, result.test.sums.top1)
      XCTAssertEqual(evaluation.loss, result.test.loss, accuracy: 1e-5)
    }
  }

  func testARunWithoutAFolderGivesTheSame() throws {
    let first = try makeTrainer()
    let second = try makeTrainer(in: run("a"))
    XCTAssertEqual(try first.train().test.sums, try second.train().test.sums)
    XCTAssertEqual(try first.checkpoint(), try second.checkpoint())
  }

  func testAResumedRunEqualsAnUninterruptedOne() throws {
    let whole = run("whole")
    _ = try makeTrainer(in: whole).train()
    // Before the first step, within the first epoch, at the end of an epoch, and in the last one.
    for steps in [0, 3, 8, 21] {
      let parts = run("parts\(steps)")
      let trainer = try makeTrainer(in: parts)
      if steps == 0 { trainer.cancellation.request() }
      trainer.observer = StoppingObserver(trainer, afterSteps: steps)
      XCTAssertThrowsError(try trainer.train()) { error in
        XCTAssertEqual(
          error as? TrainingError,
          .interrupted(epoch: steps / 8 + 1, step: steps % 8, checkpoint: parts.checkpoint(.last)))
      }
      let file = parts.checkpoint(.last)
      let resumed = try makeTrainer(start: .resume(Checkpoint(path: file), file: file), in: parts)
      _ = try resumed.train()
      XCTAssertEqual(try bytes(file), try bytes(whole.checkpoint(.last)), "after \(steps) steps")
      XCTAssertEqual(try untimedRows(parts), try untimedRows(whole), "after \(steps) steps")
    }
  }

  func testCheckpointsWithinEpochsDoNotChangeTheResult() throws {
    let plain = run("plain")
    let often = run("often")
    _ = try makeTrainer(in: plain).train()
    var configuration = shortConfiguration()
    configuration.checkpointSteps = 3
    _ = try makeTrainer(configuration, in: often).train()
    XCTAssertEqual(try bytes(often.checkpoint(.last)), try bytes(plain.checkpoint(.last)))
    XCTAssertEqual(try untimedRows(often), try untimedRows(plain))
  }

  /// A process may be killed between the last step of an epoch, which saved, and the evaluation that ends it.
  func testARunResumesAfterTheLastStepOfAnEpoch() throws {
    var configuration = shortConfiguration()
    configuration.checkpointSteps = 8
    let whole = run("whole")
    let trainer = try makeTrainer(configuration, in: whole)
    let copy = "\(folder)/copy.safetensors"
    let observer = CopyingObserver(from: whole.checkpoint(.last), to: copy, epoch: 2, step: 8)
    trainer.observer = observer
    _ = try trainer.train()
    let checkpoint = try Checkpoint(path: copy)
    XCTAssertEqual(checkpoint.progress?.step, 8)
    let resumed = run("resumed")
    _ = try makeTrainer(configuration, start: .resume(checkpoint, file: copy), in: resumed).train()
    XCTAssertEqual(try bytes(resumed.checkpoint(.last)), try bytes(whole.checkpoint(.last)))
  }

  func testRowsAfterTheCheckpointAreDropped() throws {
    let run = run("a")
    let trainer = try makeTrainer(in: run)
    trainer.observer = StoppingObserver(trainer, afterSteps: 12)
    XCTAssertThrowsError(try trainer.train())
    // As a process leaves it that was killed between the metrics of epoch 2 and its checkpoint.
    var log = try EpochLog<EpochMetrics>(run, keepingEpochs: 1)
    var row = log.rows[0]
    row.epoch = 2
    row.loss = 77
    try log.append(row)
    let file = run.checkpoint(.last)
    let resumed = try makeTrainer(start: .resume(Checkpoint(path: file), file: file), in: run)
    _ = try resumed.train()
    let rows = try EpochLog<EpochMetrics>(run, keepingEpochs: 9).rows
    XCTAssertEqual(rows.map(\.epoch), [1, 2, 3])
    XCTAssertNotEqual(rows[1].loss, 77)
  }

  func testTheBestEpochIsKeptOnlyWithValidation() throws {
    let run = run("a")
    let trainer = try makeTrainer(data: fewImages(validationFraction: 0.25), in: run)
    let result = try trainer.train()
    let best = try Checkpoint(path: run.checkpoint(.best))
    let highest = trainer.epochs.map(\.top1).max()
    XCTAssertEqual(best.progress?.bestTop1, highest)
    XCTAssertEqual(best.progress?.epoch, trainer.epochs.first { $0.top1 == highest }?.epoch)
    XCTAssertEqual(result.test.sums.examples, 96, "the result is about the test images")
  }

  func testTrainingLearns() throws {
    var configuration = shortConfiguration()
    configuration.epochs = 6
    configuration.augmentation = .none
    let trainer = try makeTrainer(configuration)
    _ = try trainer.train()
    XCTAssertLessThan(trainer.epochs[5].trainLoss, trainer.epochs[0].trainLoss - 0.05)
  }

  func testATrainingDoesNotGoOnWithOtherImages() throws {
    let run = run("a")
    _ = try makeTrainer(in: run).train()
    let checkpoint = try Checkpoint(path: run.checkpoint(.last))
    let data = try fewImages()
    let fewer = try TrainingData(
      training: data.training.subset(Array(1..<256) + [0]), test: data.test, normalization: data.normalization
    )
    XCTAssertThrowsError(try makeTrainer(data: fewer, start: .resume(checkpoint, file: "f"))) {
      XCTAssertTrue("\($0)".contains("no longer those"), "\($0)")
    }
    XCTAssertNoThrow(try makeTrainer(data: data, start: .resume(checkpoint, file: "f")))
  }

  func testWeightsOfAnotherRunAreABeginning() throws {
    let run = run("a")
    _ = try makeTrainer(in: run).train()
    let checkpoint = try Checkpoint(path: run.checkpoint(.last))
    let trainer = try makeTrainer(start: .weights(checkpoint, file: "f"))
    let state = try trainer.checkpoint().state
    XCTAssertEqual(state.parameters, checkpoint.state.parameters)
    XCTAssertEqual(state.statistics, checkpoint.state.statistics)
    XCTAssertTrue(state.momentum.values.allSatisfy { $0.allSatisfy { $0 == 0 } })
    XCTAssertEqual(trainer.progress, TrainingProgress(seed: 1, dataset: trainer.progress.dataset))
    XCTAssertNotNil(trainer.progress.dataset)
  }

  func testTheReportTellsEveryEpoch() throws {
    let trainer = try makeTrainer()
    var text = ""
    trainer.observer = ConsoleReport(columns: nil) { text += $0 }
    _ = try trainer.train()
    let lines = text.split(separator: "\n")
    XCTAssertEqual(lines.count, 3, text)
    XCTAssertTrue(lines[0].hasPrefix("epoch 1: training loss "), text)
  }

  /// The rows of a run's metrics without wall-clock times.
  private func untimedRows(_ run: RunFolder) throws -> [EpochMetrics] {
    try EpochLog<EpochMetrics>(run, keepingEpochs: 99).rows.map { row in
      var row = row
      row.seconds = 0
      row.imagesPerSecond = 0
      row.dataWaitShare = 0
      return row
    }
  }
}
