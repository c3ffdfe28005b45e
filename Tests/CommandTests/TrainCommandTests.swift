import Foundation
import XCTest

/// The program trains, stops, resumes and evaluates.
final class TrainCommandTests: CommandTestCase {
  /// Arguments of a short training of a narrow network in the folder `name`.
  private func short(_ name: String, _ more: String...) throws -> [String] {
    [
      "train", "--out", path(name), "--device", "cpu", "--data", try smallImages(), "--batch-size", "32",
      "--model", "resnet20:width=0.2", "--epochs", "2",
    ] + more
  }

  private func json(_ text: String) throws -> [String: Any] {
    try XCTUnwrap(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], text)
  }

  private func checkpoint(_ name: String) throws -> Data {
    try bytes("\(name)/checkpoints/last.safetensors")
  }

  func testTrainingAndEvaluationAgree() throws {
    let training = try start(short("a", "--json")).end()
    XCTAssertEqual(training.status, 0, training.errors)
    let result = try json(training.output)
    XCTAssertEqual(Data(training.output.utf8), try bytes("a/result.json"))
    XCTAssertEqual(result["seed"] as? Int, 1)
    let seconds = try XCTUnwrap(result["secondsToFirstStep"] as? Double)
    XCTAssertTrue((0.001...60).contains(seconds), "\(seconds)")

    let evaluation = try espalier("eval", path("a"), "--json", "--device", "cpu", "--batch-size", "32")
    XCTAssertEqual(evaluation.status, 0, evaluation.errors)
    let measured = try json(evaluation.output)
    XCTAssertEqual(measured.keys.sorted(), ["imagesPerSecond", "loss", "skippedImages", "top1", "top5"])
    for key in ["top1", "top5", "loss"] {
      XCTAssertEqual(measured[key] as? Double, result[key] as? Double, key)
    }
  }

  func testFlagsWinOverTheFile() throws {
    try write(Array("epochs: 1\nlr: 0.02\nseed: 9\n".utf8), to: "a.yaml")
    let training = try start(short("a", "--config", path("a.yaml"), "--seed", "18446744073709551615")).end()
    XCTAssertEqual(training.status, 0, training.errors)
    let saved = String(decoding: try bytes("a/config.yaml"), as: UTF8.self)
    for line in ["epochs: 2", "lr: 0.02", "seed: 18446744073709551615"] {
      XCTAssertTrue(saved.contains("\n\(line)\n"), saved)
    }
    let result = try json(String(decoding: try bytes("a/result.json"), as: UTF8.self))
    XCTAssertEqual(result["seed"] as? String, "18446744073709551615")
  }

  func testAdamsSettingsAreSaved() throws {
    let flags = ["--optimizer", "adamw", "--beta2", "0.99", "--initialization", "glorot-uniform"]
    let training = try start(short("a") + flags).end()
    XCTAssertEqual(training.status, 0, training.errors)
    let saved = String(decoding: try bytes("a/config.yaml"), as: UTF8.self)
    for line in ["optimizer: adamw", "lr: 0.001", "beta2: 0.99", "initialization: glorot-uniform"] {
      XCTAssertTrue(saved.contains("\n\(line)\n"), saved)
    }
    let resumed = try espalier("train", "--out", path("a"), "--resume", "--epochs", "3")
    XCTAssertEqual(resumed.status, 0, resumed.errors)
    let other = try espalier("train", "--out", path("a"), "--resume", "--optimizer", "adam")
    XCTAssertNotEqual(other.status, 0)
    XCTAssertTrue(other.errors.contains("cannot change 'optimizer' from adamw to adam"), other.errors)
  }

  func testAKilledRunResumesToTheSameBytes() throws {
    XCTAssertEqual(try start(short("whole")).end().status, 0)
    let program = try start(short("killed", "--checkpoint-steps", "1", "--epochs", "40"))
    let file = path("killed/checkpoints/last.safetensors")
    program.wait { FileManager.default.fileExists(atPath: file) }
    kill(program.process.processIdentifier, SIGKILL)
    XCTAssertNotEqual(try program.end().status, 0)
    let resumed = try espalier("train", "--out", path("killed"), "--resume", "--threads", "1")
    XCTAssertEqual(resumed.status, 0, resumed.errors)
    XCTAssertTrue(resumed.errors.contains("resuming"), resumed.errors)
    XCTAssertEqual(try start(short("long", "--epochs", "40")).end().status, 0)
    XCTAssertEqual(try checkpoint("killed"), try checkpoint("long"))
    XCTAssertNotEqual(try checkpoint("whole"), try checkpoint("long"))
  }

  func testAnInterruptedRunSavesAndSaysHowToResume() throws {
    for signal in [SIGINT, SIGTERM] {
      let name = "run\(signal)"
      let program = try start(short(name, "--epochs", "1000", "--checkpoint-steps", "1"))
      program.wait { FileManager.default.fileExists(atPath: path("\(name)/checkpoints/last.safetensors")) }
      kill(program.process.processIdentifier, signal)
      let outcome = try program.end()
      XCTAssertEqual(outcome.status, 130, outcome.errors)
      XCTAssertEqual(outcome.output, "")
      XCTAssertTrue(
        outcome.errors.hasSuffix("  espalier train --out \(path(name)) --resume\n"), outcome.errors)
    }
  }

  func testResumingWithOtherSettingsIsRefused() throws {
    XCTAssertEqual(try start(short("a")).end().status, 0)
    let before = try checkpoint("a")
    assertFails(
      try espalier("train", "--out", path("a"), "--resume", "--lr", "0.3"), 64, "'lr'", "0.1", "0.3")
    XCTAssertEqual(try checkpoint("a"), before)
  }

  func testResumingNothingStartsFreshAndSaysSo() throws {
    let outcome = try start(short("a", "--resume", "--epochs", "1")).end()
    XCTAssertEqual(outcome.status, 0)
    XCTAssertTrue(outcome.errors.contains("starting from the beginning"), outcome.errors)
  }

  func testARunWithoutItsConfigurationIsNotResumed() throws {
    XCTAssertEqual(try start(short("a")).end().status, 0)
    try FileManager.default.removeItem(atPath: path("a/config.yaml"))
    let before = try checkpoint("a")
    assertFails(try start(short("a", "--resume", "--lr", "0.3")).end(), 65, "config.yaml", "--init")
    XCTAssertEqual(try checkpoint("a"), before)
  }

  func testTrainingOutlivesWhoeverReadsItsProgress() throws {
    #if os(Linux)
      let full = try XCTUnwrap(FileHandle(forWritingAtPath: "/dev/full"))
      XCTAssertEqual(try start(short("full"), errors: full).end().status, 0)
    #endif
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    XCTAssertEqual(try start(short("closed"), errors: pipe.fileHandleForWriting).end().status, 0)
    let outcome = try start(short("mute"), output: pipe.fileHandleForWriting).end()
    assertFails(outcome, 73, "standard output", "EPIPE")
    XCTAssertTrue(FileManager.default.fileExists(atPath: path("mute/result.json")))
  }

  func testDivergenceKeepsTheLastGoodCheckpoint() throws {
    XCTAssertEqual(try start(short("a", "--schedule", "constant", "--lr", "0.01")).end().status, 0)
    let before = try checkpoint("a")
    let config = String(decoding: try bytes("a/config.yaml"), as: UTF8.self)
    try write(Array(config.replacingOccurrences(of: "lr: 0.01", with: "lr: 1e30").utf8), to: "a/config.yaml")
    let outcome = try espalier("train", "--out", path("a"), "--resume", "--epochs", "4")
    assertFails(outcome, 65, "diverged", "epoch 3", "1e+30", "smaller --lr", "last good checkpoint")
    XCTAssertEqual(try checkpoint("a"), before)
  }

  func testForeignAndDamagedCheckpoints() throws {
    XCTAssertEqual(try start(short("a")).end().status, 0)
    let name = "a/checkpoints/last.safetensors"
    let other = try start(short("out", "--model", "resnet20:width=0.3", "--init", path(name))).end()
    assertFails(other, 65, "expected a checkpoint of resnet20:width=0.3", "node 'conv1'")
    let wrongImages = try start(short("out", "--data", "sample", "--model", path(name))).end()
    assertFails(wrongImages, 65, "1x8x8", "1x28x28")

    let good = Array(try bytes(name))
    try write(Array(good.dropLast(100)), to: name)
    assertFails(try espalier("eval", path("a")), 65, "incomplete")
    assertFails(try espalier("train", "--out", path("a"), "--resume"), 65, "incomplete")
    var bad = good
    bad[good.count / 2] ^= 4
    try write(bad, to: name)
    assertFails(try espalier("eval", path("a")), 65, "corrupted")
    assertFails(try espalier("train", "--out", path("a"), "--resume"), 65, "corrupted")
  }

  func testEveryKeyOfTheConfigurationIsAFlag() throws {
    let help = try espalier("train", "--help").output
    XCTAssertEqual(try start(short("a", "--epochs", "1")).end().status, 0)
    let saved = String(decoding: try bytes("a/config.yaml"), as: UTF8.self)
    let keys = saved.split(separator: "\n").dropFirst().compactMap { $0.split(separator: ":").first }
    XCTAssertGreaterThan(keys.count, 15)
    for key in keys {
      XCTAssertTrue(help.contains("--\(key) ") || help.contains("--\(key)/--no-\(key)"), "\(key)")
    }
  }

  func testACompleteRunResumesToItsResult() throws {
    XCTAssertEqual(try start(short("a")).end().status, 0)
    let before = try checkpoint("a")
    let outcome = try espalier("train", "--out", path("a"), "--resume", "--json")
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    XCTAssertEqual(try json(outcome.output)["epochs"] as? Int, 2)
    XCTAssertEqual(try checkpoint("a"), before)
  }

  func testModelsAreListed() throws {
    let outcome = try espalier("models", "--json")
    let models = try XCTUnwrap(try json(outcome.output)["models"] as? [[String: Any]])
    XCTAssertEqual(models.first?["name"] as? String, "resnet20")
    XCTAssertEqual(models.first?["parameters"] as? Int, 269_722)
    XCTAssertEqual(models.first?["macs"] as? Int, 40_551_040)
    XCTAssertEqual(try espalier("--version").output, "0.1.0\n")
  }
}
