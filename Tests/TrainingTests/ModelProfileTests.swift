import Devices
import Foundation
import Interchange
import Training
import XCTest

final class ModelProfileTests: TrainingTestCase {
  private func profile(_ pass: ModelProfile.Pass, steps: Int = 3) throws -> ModelProfile {
    try ModelProfile(of: pass, network: tinyNetwork(), device: openFallback(), batchSize: 4, steps: steps)
  }

  private func events(_ profile: ModelProfile) throws -> [[String: Any]] {
    let path = "\(folder)/trace.json"
    try profile.writeTrace(to: path)
    let object = try JSONSerialization.jsonObject(with: bytes(path)) as? [String: Any]
    return try XCTUnwrap(object?["traceEvents"] as? [[String: Any]])
  }

  func testTablesCoverEveryLaunch() throws {
    for pass in ModelProfile.Pass.allCases {
      let profile = try profile(pass)
      XCTAssertGreaterThan(profile.seconds, 0)
      XCTAssertEqual(profile.kernels.reduce(0) { $0 + $1.count }, profile.launches.count)
      XCTAssertEqual(profile.kernels.reduce(0) { $0 + $1.seconds }, profile.seconds, accuracy: 1e-9)
      XCTAssertEqual(profile.nodes.reduce(0) { $0 + $1.seconds }, profile.seconds, accuracy: 1e-9)
      XCTAssertEqual(profile.kernels.map(\.seconds), profile.kernels.map(\.seconds).sorted(by: >))
      XCTAssertEqual(Set(profile.kernels.map(\.kernel)).count, profile.kernels.count)
    }
  }

  func testNodesAreThoseOfTheNetwork() throws {
    let training = try profile(.training)
    let operations = training.nodes.filter { $0.node == "conv" }.map(\.operation)
    // Nobody asks for the gradient of the images.
    XCTAssertTrue(operations.contains("convolutionForward"), "\(operations)")
    XCTAssertTrue(operations.contains("convolutionBackwardWeights"), "\(operations)")
    XCTAssertFalse(operations.contains("convolutionBackwardData"), "\(operations)")
    for node in training.nodes where node.operation.hasPrefix("convolution") {
      XCTAssertEqual(node.convolution, try ConvolutionProblem(parsing: "mb4ic1ih28oc4kh3sh2ph1"))
      XCTAssertEqual(try XCTUnwrap(node.gflops) * node.seconds * 1e9, 2 * 4 * 4 * 196 * 9, accuracy: 1e-3)
    }
    for node in training.nodes where node.convolution == nil { XCTAssertNil(node.gflops) }
    XCTAssertFalse(try profile(.inference).nodes.contains { $0.operation.contains("ackward") })
  }

  func testTheTraceIsTheTable() throws {
    for pass in ModelProfile.Pass.allCases {
      let profile = try profile(pass)
      let events = try events(profile)
      XCTAssertEqual(events.map { $0["name"] as? String }, profile.launches.map(\.kernel))
      var end = 0.0
      var total = 0.0
      for event in events {
        XCTAssertEqual(event["ph"] as? String, "X")
        let begin = try XCTUnwrap(event["ts"] as? Double)
        let duration = try XCTUnwrap(event["dur"] as? Double)
        // As exactly as numbers are read back.
        XCTAssertGreaterThanOrEqual(begin, end - 1e-6)
        XCTAssertGreaterThanOrEqual(duration, 0)
        end = begin + duration
        total += duration
      }
      XCTAssertEqual(total, profile.seconds * 1e6, accuracy: 1e-3)
      XCTAssertEqual(end, total, accuracy: 1e-3)
      let arguments = events.compactMap { $0["args"] as? [String: Any] }
      XCTAssertTrue(
        arguments.contains {
          $0["node"] as? String == "conv" && $0["problem"] as? String == "mb4ic1ih28oc4kh3sh2ph1"
            && $0["operation"] as? String == "convolutionForward"
        })
    }
  }

  func testATraceThatCannotBeWritten() throws {
    XCTAssertThrowsError(try profile(.inference, steps: 1).writeTrace(to: "\(folder)/none/trace.json")) {
      XCTAssertTrue($0 is FileError)
    }
  }
}
