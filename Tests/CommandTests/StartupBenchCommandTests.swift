import Foundation
import XCTest

/// The time to the first step of a training.
final class StartupBenchCommandTests: CommandTestCase {
  private func bench(_ arguments: String...) throws -> Outcome {
    try FileManager.default.createDirectory(atPath: path("tmp"), withIntermediateDirectories: true)
    let common = ["bench", "startup", "--device", "cpu", "--batch-size", "16", "--data", try smallImages()]
    return try start(common + arguments, environment: ["TMPDIR": path("tmp")]).end()
  }

  func testMedianOfSeveralRuns() throws {
    let outcome = try bench("--model", "resnet20:width=0.1", "--runs", "2", "--threads", "1", "--json")
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let figures = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    XCTAssertEqual(figures?.keys.sorted(), ["medianSeconds", "runs"])
    XCTAssertEqual(figures?["runs"] as? Int, 2)
    let seconds = try XCTUnwrap(figures?["medianSeconds"] as? Double)
    XCTAssertTrue((0.001...60).contains(seconds), "\(seconds)")
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: path("tmp")), [])
  }

  func testAnErrorIsThatOfTheTraining() throws {
    assertFails(try bench("--model", "resnet21x"), 64, "unknown model 'resnet21x'")
    assertFails(try bench("--data", "mnist=\(path("nowhere"))"), 66, "nowhere")
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: path("tmp")), [])
  }

  func testCountsAreChecked() throws {
    for flag in ["--runs", "--threads", "--batch-size"] { assertFails(try bench(flag, "0"), 64, flag) }
  }
}
