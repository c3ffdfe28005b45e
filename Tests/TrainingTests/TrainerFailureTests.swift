import Datasets
import Devices
import Foundation
import Interchange
import Networks
import Training
import XCTest

/// What can go wrong in a training, and what is left then.
final class TrainerFailureTests: TrainingTestCase {
  func testDivergenceStopsAndKeepsTheLastGoodCheckpoint() throws {
    let run = run("a")
    var configuration = shortConfiguration()
    configuration.epochs = 1
    _ = try makeTrainer(configuration, in: run).train()
    let file = run.checkpoint(.last)
    let good = try bytes(file)

    configuration.epochs = 2
    configuration.learningRate = 1e38
    let resumed = try makeTrainer(configuration, start: .resume(Checkpoint(path: file), file: file), in: run)
    XCTAssertThrowsError(try resumed.train()) { error in
      guard case TrainingError.diverged(_, epoch: 2, _, let rate, lastCheckpoint: file) = error else {
        return XCTFail("\(error)")
      }
      XCTAssertGreaterThan(rate, 1e30)
      XCTAssertTrue("\(error)".contains("--lr-warmup-epochs"), "\(error)")
    }
    XCTAssertEqual(try bytes(file), good)
  }

  func testAnEpochThatCannotBeSavedIsNotComplete() throws {
    let run = run("a")
    try FileManager.default.createDirectory(
      atPath: run.checkpoint(.last), withIntermediateDirectories: true)
    let trainer = try makeTrainer(in: run)
    XCTAssertThrowsError(try trainer.train()) { error in
      XCTAssertEqual((error as? FileError)?.code, EISDIR, "\(error)")
    }
    XCTAssertEqual(trainer.progress.epoch, 0, "what is found on saving is of this epoch")
    XCTAssertEqual(trainer.progress.step, 8)
  }

  func testAWarmUpLongerThanTheTrainingIsRefused() throws {
    var configuration = shortConfiguration()
    configuration.warmupEpochs = 1e30
    XCTAssertThrowsError(try makeTrainer(configuration)) { error in
      guard case ConfigurationError.conflict = error else { return XCTFail("\(error)") }
    }
  }

  func testCheckpointsWithinAnEpochAreFinite() throws {
    let run = run("a")
    var configuration = shortConfiguration()
    configuration.learningRate = 1e38
    configuration.checkpointSteps = 1
    XCTAssertThrowsError(try makeTrainer(configuration, in: run).train())
    for tensor in try Checkpoint(path: run.checkpoint(.last)).state.parameters.values {
      XCTAssertTrue(tensor.allSatisfy(\.isFinite))
    }
  }

  func testDataMustFitTheNetwork() throws {
    let device = try openFallback()
    XCTAssertThrowsError(
      try Trainer(
        network: tinyNetwork(classes: 7), data: fewImages(), configuration: shortConfiguration(),
        device: device)
    ) { error in
      XCTAssertEqual(
        error as? TrainingError,
        .dataMismatch(
          network: "tiny", expected: "images of 1x28x28 and 7 classes", data: "sample",
          found: "images of 1x28x28 and 10 classes"))
    }
  }

  func testABatchLargerThanTheDataIsRefused() throws {
    var configuration = shortConfiguration()
    configuration.batchSize = 257
    XCTAssertThrowsError(try makeTrainer(configuration)) { error in
      guard case DatasetError.invalidRequest = error else { return XCTFail("\(error)") }
    }
  }

  func testTooLittleDeviceMemoryIsNamed() throws {
    let device = try openFallback(memoryLimitBytes: 10_000)
    XCTAssertThrowsError(
      try Trainer(
        network: tinyNetwork(), data: fewImages(), configuration: shortConfiguration(), device: device)
    ) { error in
      guard case DeviceError.batchTooLarge = error else { return XCTFail("\(error)") }
    }
  }

  func testOnlyTheSameTrainingResumes() throws {
    let run = run("a")
    _ = try makeTrainer(in: run).train()
    let file = run.checkpoint(.last)
    let checkpoint = try Checkpoint(path: file)
    var configuration = shortConfiguration()
    configuration.seed = 2
    XCTAssertThrowsError(try makeTrainer(configuration, start: .resume(checkpoint, file: file))) { error in
      guard case .otherTraining = (error as? CheckpointError)?.problem else { return XCTFail("\(error)") }
    }
    var weights = checkpoint
    weights.progress = nil
    XCTAssertThrowsError(try makeTrainer(start: .resume(weights, file: file))) { error in
      XCTAssertEqual(error as? CheckpointError, CheckpointError(.notResumable, file: file))
    }
    let device = try openFallback()
    XCTAssertThrowsError(
      try Trainer(
        network: tinyNetwork(channels: 8), data: fewImages(), configuration: shortConfiguration(),
        device: device,
        start: .resume(checkpoint, file: file))
    ) { error in
      guard case .otherArchitecture = (error as? CheckpointError)?.problem else { return XCTFail("\(error)") }
    }
  }

  func testAFullDiskLeavesNoPartialFile() throws {
    #if os(Linux)
      let disk = "\(folder)/disk"
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      guard mount("tmpfs", disk, "tmpfs", 0, "size=32k") == 0 else {
        throw XCTSkip("mounting a tiny disk needs root: \(String(cString: strerror(errno)))")
      }
      defer { umount2(disk, Int32(MNT_DETACH)) }
      let trainer = try Trainer(
        network: tinyNetwork(channels: 400), data: fewImages(), configuration: shortConfiguration(),
        device: openFallback(), folder: RunFolder("\(disk)/a"))
      XCTAssertThrowsError(try trainer.train()) { error in
        XCTAssertEqual((error as? FileError)?.code, ENOSPC, "\(error)")
      }
      XCTAssertEqual(
        files(below: disk),
        ["a", "a/checkpoints", "a/config.yaml", "a/metrics.csv", "a/metrics.jsonl", "a/tuning.json"])
    #else
      throw XCTSkip("mounting a tiny disk is written for Linux only")
    #endif
  }

  func testAFileInTheWayIsNamed() throws {
    let path = "\(folder)/file"
    try Data().write(to: URL(fileURLWithPath: path))
    XCTAssertThrowsError(try makeTrainer(in: RunFolder("\(path)/a")).train()) { error in
      XCTAssertEqual((error as? FileError)?.code, ENOTDIR, "\(error)")
    }
  }
}
