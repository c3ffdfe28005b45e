import Foundation
import XCTest

/// The program runs settings and seeds of itself.
final class SweepCommandTests: CommandTestCase {
  /// Writes a sweep of short trainings of a narrow network and returns the command's arguments.
  private func sweep(
    _ settings: String, epochs: Int = 1, seeds: String = "[1, 2]", _ more: String...
  ) throws -> [String] {
    let text = """
      command: train
      common: {model: "resnet20:width=0.2", data: "\(try smallImages())", batch-size: 32, epochs: \(epochs), device: cpu}
      seeds: \(seeds)
      settings: \(settings)
      """
    try write(Array(text.utf8), to: "sweep.yaml")
    return ["sweep", "--config", path("sweep.yaml"), "--out", path("out")] + more
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try bytes(name), as: UTF8.self)
  }

  private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  func testASweepOfTrainings() throws {
    let arguments = try sweep(
      "{slow: {lr: 0.01}, nesterov: {nesterov: true}}", "--jobs", "2", "--json")
    let outcome = try start(arguments).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    XCTAssertTrue(
      outcome.errors.contains("4 runs, 0 finished before; 4 to do, 2 at a time"), outcome.errors)
    XCTAssertTrue(outcome.errors.contains("finished 4/4: "), outcome.errors)
    XCTAssertEqual(try text("out/sweep.json"), outcome.output)
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let settings = try XCTUnwrap(object?["settings"] as? [[String: Any]])
    XCTAssertEqual(settings.map { $0["name"] as? String }, ["slow", "nesterov"])
    XCTAssertEqual(settings.map { $0["n"] as? Int }, [2, 2])
    let results = try [1, 2].map { seed in
      let result = try JSONSerialization.jsonObject(
        with: bytes("out/runs/slow/seed-\(seed)/result.json"))
      return try XCTUnwrap((result as? [String: Any])?["loss"] as? Double)
    }
    let figures = try XCTUnwrap(settings[0]["figures"] as? [String: [String: Any]])
    XCTAssertEqual(
      try XCTUnwrap(figures["loss"]?["mean"] as? Double), (results[0] + results[1]) / 2,
      accuracy: 1e-12)
    XCTAssertTrue(try text("out/runs/nesterov/seed-2/config.yaml").contains("nesterov: true\n"))
    XCTAssertTrue(try text("out/runs/nesterov/seed-2/config.yaml").contains("seed: 2\n"))
    XCTAssertTrue(try text("out/runs/slow/seed-1.log").contains("epoch 1: training loss"))

    let logs = try ["slow", "nesterov"].map { try text("out/runs/\($0)/seed-1.log") }
    let again = try start(arguments.dropLast(3)).end()
    XCTAssertEqual(again.status, 0, again.errors)
    XCTAssertEqual(again.output, try text("out/summary.md"))
    XCTAssertTrue(again.output.contains("| slow | 2 | "), again.output)
    XCTAssertEqual(try ["slow", "nesterov"].map { try text("out/runs/\($0)/seed-1.log") }, logs)
  }

  func testAFailedRunIsListedAndTheOthersGoOn() throws {
    let outcome = try start(sweep("{bad: {lr: fast}, good: {}}", seeds: "[7]")).end()
    XCTAssertEqual(outcome.status, 64, outcome.errors)
    XCTAssertTrue(outcome.output.contains("| good | 1 | "), outcome.output)
    XCTAssertTrue(
      outcome.errors.contains(
        "failed: bad seed 7: status 64: --lr: expected a number above 0, found 'fast'"),
      outcome.errors)
    XCTAssertTrue(try text("out/sweep.csv").contains("\nbad,7,,,,,,,,,64,\"--lr: "))
    // Runs that fail for different reasons have no status in common.
    let other = try start(
      sweep("{bad: {lr: fast}, lost: {data: mnist=nowhere}, good: {}}", seeds: "[7]")
    ).end()
    XCTAssertEqual(other.status, 70, other.errors)
    XCTAssertTrue(other.errors.contains("lost seed 7: status 66: "), other.errors)
  }

  func testAnInterruptedSweepSavesAndGoesOn() throws {
    for signal in [SIGINT, SIGTERM] {
      let folder = "signal\(signal)"
      let arguments =
        try sweep("{a: {checkpoint-steps: 1}}", epochs: 20).dropLast() + [path(folder)]
      let program = try start(Array(arguments))
      program.wait { exists("\(folder)/runs/a/seed-1/checkpoints/last.safetensors") }
      kill(program.process.processIdentifier, signal)
      let outcome = try program.end()
      XCTAssertEqual(outcome.status, 130, outcome.errors)
      XCTAssertEqual(outcome.output, "")
      XCTAssertTrue(
        outcome.errors.hasSuffix("2 runs left; the same command goes on\n"), outcome.errors)
      XCTAssertTrue(try text("\(folder)/runs/a/seed-1.log").contains("everything is saved"))
      XCTAssertFalse(exists("\(folder)/runs/a/seed-1/result.json"))

      let resumed = try start(Array(arguments)).end()
      XCTAssertEqual(resumed.status, 0, resumed.errors)
      XCTAssertTrue(try text("\(folder)/runs/a/seed-1.log").contains("resuming"))
      XCTAssertTrue(resumed.output.contains("| a | 2 | "), resumed.output)
    }
  }

  func testTheRunsOfAKilledSweepKeepItsFolder() throws {
    let arguments = try sweep("{a: {checkpoint-steps: 1}}", epochs: 100_000, seeds: "[1]")
    let program = try start(arguments)
    program.wait { exists("out/runs/a/seed-1/checkpoints/last.safetensors") }
    let sweeper = program.process.processIdentifier
    let run = try XCTUnwrap(child(of: sweeper))
    defer { kill(run, SIGKILL) }
    // The program's own `end` would wait for the run too.
    kill(sweeper, SIGKILL)
    var end = siginfo_t()
    XCTAssertEqual(waitid(P_PID, id_t(sweeper), &end, WEXITED | WNOWAIT), 0)
    let refused = try start(arguments).end()
    XCTAssertEqual(refused.status, 73, refused.errors)
    XCTAssertTrue(
      refused.errors.contains("another sweep, or a run that outlived one"), refused.errors)
    kill(run, SIGINT)
    XCTAssertEqual(try program.end().status, SIGKILL)
    for _ in 0..<1000 where kill(run, 0) == 0 && !isZombie(run) { usleep(10_000) }
    let next = try start(arguments)
    next.wait { (try? text("out/runs/a/seed-1.log").contains("resuming")) == true }
    kill(next.process.processIdentifier, SIGINT)
    XCTAssertEqual(try next.end().status, 130)
  }

  func testWrongFilesAndFlags() throws {
    let arguments = try sweep("{a: {}}")
    XCTAssertEqual(try start(arguments).end().status, 0)
    let changed = try start(sweep("{a: {lr: 0.3}}")).end()
    XCTAssertEqual(changed.status, 64, changed.errors)
    XCTAssertTrue(changed.errors.contains("'lr' was not given, is '0.3'"), changed.errors)
    try FileManager.default.removeItem(atPath: path("out"))

    assertFails(try start(sweep("{a/b: {}}")).end(), 65, "sweep.yaml:4:", "'a/b'")
    assertFails(
      try start(sweep("{a: {seed: 3}}")).end(), 65, "seed: expected a flag that runs can share")
    assertFails(try start(sweep("{a: {}}", "--jobs", "0")).end(), 64, "--jobs", "1…1024")
    assertFails(try start(sweep("{a: {}}", "--threads", "0")).end(), 64, "--threads")
    assertFails(
      try espalier("sweep", "--config", path("none.yaml"), "--out", path("out")), 66, "none.yaml")
    assertFails(try espalier("sweep", "--config", path("sweep.yaml")), 64, "--out")
    let other = try start(sweep("{a: {}}").dropLast() + [path("images")]).end()
    assertFails(other, 73, path("images"), "other files")
  }

  /// The process that `parent` has started.
  private func child(of parent: pid_t) -> pid_t? {
    let list = try? String(
      contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
    return list?.split(separator: " ").first.flatMap { pid_t($0) }
  }

  /// Whether a process has ended and only waits for somebody to ask how.
  private func isZombie(_ process: pid_t) -> Bool {
    let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return status?.contains(") Z ") == true
  }
}
