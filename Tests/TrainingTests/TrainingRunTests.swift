import Datasets
import Foundation
import Training
import XCTest

/// Runs as the command line starts and resumes them.
final class TrainingRunTests: TrainingTestCase {
  private let small: [ConfigurationAssignment] = [
    ConfigurationAssignment("model", "resnet20:width=0.1"), ConfigurationAssignment("train-limit", "64"),
    ConfigurationAssignment("batch-size", "32"), ConfigurationAssignment("epochs", "1"),
    ConfigurationAssignment("device", "cpu"),
  ]

  func testMakingARunWritesNothing() throws {
    let run = try TrainingRun(folder: run("a"), assignments: small)
    _ = try run.makeTrainer()
    XCTAssertEqual(files(below: folder), [])
  }

  func testAFolderInUseIsRefused() throws {
    try FileManager.default.createDirectory(atPath: run("a").path, withIntermediateDirectories: true)
    XCTAssertNoThrow(try TrainingRun(folder: run("a"), assignments: small), "an empty folder will do")
    try Data().write(to: URL(fileURLWithPath: run("a").configuration))
    XCTAssertThrowsError(try TrainingRun(folder: run("a"), assignments: small)) { error in
      XCTAssertEqual(error as? TrainingError, .folderNotEmpty(self.run("a").path))
    }
  }

  func testResumingNothingStartsFreshAndSaysSo() throws {
    let run = try TrainingRun(folder: run("a"), resume: true, assignments: small)
    XCTAssertEqual(run.notice, "no checkpoint in \(self.run("a").path): starting from the beginning")
  }

  func testAResumedRunKeepsItsConfigurationAndMayGoFurther() throws {
    let folder = run("a")
    _ = try TrainingRun(folder: folder, assignments: small).makeTrainer().train()
    let more = [ConfigurationAssignment("epochs", "2"), ConfigurationAssignment("threads", "1")]
    let run = try TrainingRun(folder: folder, resume: true, assignments: more)
    XCTAssertEqual(run.configuration.model, "resnet20:width=0.1")
    XCTAssertEqual(run.configuration.epochs, 2)
    XCTAssertEqual(run.notice, "resuming \(folder.path) after 1 epochs and 0 steps")
    XCTAssertEqual(try run.makeTrainer().train().epochs, 2)

    let other = [ConfigurationAssignment("lr", "0.5")]
    XCTAssertThrowsError(try TrainingRun(folder: folder, resume: true, assignments: other)) { error in
      XCTAssertEqual(
        error as? ConfigurationError, .changedOnResume(key: "lr", saved: "0.1", requested: "0.5"))
    }
  }

  func testALostConfigurationIsNotReplaced() throws {
    let folder = run("a")
    _ = try TrainingRun(folder: folder, assignments: small).makeTrainer().train()
    let lost = ConfigurationError.lostConfiguration(
      file: folder.configuration, checkpoint: folder.checkpoint(.last))
    func assertRefused() {
      XCTAssertThrowsError(try TrainingRun(folder: folder, resume: true, assignments: small)) { error in
        XCTAssertEqual(error as? ConfigurationError, lost)
      }
    }
    try Data().write(to: URL(fileURLWithPath: folder.configuration))
    assertRefused()
    try FileManager.default.removeItem(atPath: folder.configuration)
    assertRefused()
  }

  func testACheckpointGivesTheArchitecture() throws {
    _ = try TrainingRun(folder: run("a"), assignments: small).makeTrainer().train()
    let file = run("a").checkpoint(.last)
    let from = [ConfigurationAssignment("model", file), ConfigurationAssignment("init", file)]
    let trainer = try TrainingRun(folder: run("b"), assignments: small + from).makeTrainer()
    let checkpoint = try Checkpoint(path: file)
    XCTAssertEqual(trainer.network, checkpoint.network)
    XCTAssertEqual(try trainer.checkpoint().state.parameters, checkpoint.state.parameters)
  }
}
