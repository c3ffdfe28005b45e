import Foundation
import XCTest

final class ProfileCommandTests: CommandTestCase {
  private let model = [
    "profile", "--model", "resnet20:blocks=1.1.1", "--batch-size", "2", "--input", "3x8x8", "--steps", "2",
    "--device", "cpu", "--threads", "2",
  ]

  private func object(_ bytes: Data) throws -> [String: Any] {
    try XCTUnwrap(JSONSerialization.jsonObject(with: bytes) as? [String: Any])
  }

  func testJSONAndTrace() throws {
    let outcome = try start(model + ["--json", "--trace", path("trace.json")]).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let result = try object(Data(outcome.output.utf8))
    XCTAssertEqual(result["pass"] as? String, "training")
    let kernels = try XCTUnwrap(result["kernels"] as? [[String: Any]])
    XCTAssertEqual(Set(kernels[0].keys), ["kernel", "count", "milliseconds", "share"])
    let shares = try kernels.map { try XCTUnwrap($0["share"] as? Double) }
    XCTAssertEqual(shares.reduce(0, +), 1, accuracy: 1e-9)
    let nodes = try XCTUnwrap(result["nodes"] as? [[String: Any]])
    let first = try XCTUnwrap(nodes.first { $0["operation"] as? String == "convolutionForward" })
    XCTAssertEqual(first["node"] as? String, "conv1")
    XCTAssertEqual(first["problem"] as? String, "mb2ic3ih8oc16kh3ph1")
    XCTAssertEqual(
      result["launches"] as? Int, try kernels.reduce(0) { $0 + (try XCTUnwrap($1["count"] as? Int)) })
    let events = try XCTUnwrap(object(bytes("trace.json"))["traceEvents"] as? [[String: Any]])
    XCTAssertEqual(
      events.count, try kernels.reduce(0) { $0 + (try XCTUnwrap($1["count"] as? Int)) })
    let microseconds = try events.reduce(0) { $0 + (try XCTUnwrap($1["dur"] as? Double)) }
    XCTAssertEqual(
      microseconds, 1000 * (try XCTUnwrap(result["milliseconds"] as? Double)), accuracy: 1e-3)
  }

  func testTables() throws {
    let kernels = try start(model).end()
    XCTAssertEqual(kernels.status, 0, kernels.errors)
    XCTAssertTrue(kernels.output.hasPrefix("kernel"), kernels.output)
    XCTAssertTrue(kernels.output.contains("stochastic_gradient_descent"))
    let nodes = try start(model + ["--by", "node", "--inference"]).end()
    XCTAssertEqual(nodes.status, 0, nodes.errors)
    XCTAssertTrue(nodes.output.contains("mb2ic3ih8oc16kh3ph1"), nodes.output)
    XCTAssertFalse(nodes.output.contains("ackward"))
  }

  func testBadInput() throws {
    assertFails(try start(model + ["--trace", path("none/trace.json")]).end(), 73, "trace.json")
    assertFails(try start(model + ["--by", "layer"]).end(), 64, "kernel")
    assertFails(try espalier("profile", "--steps", "0"), 64, "--steps")
    assertFails(try espalier("profile", "--model", "resnet21"), 64, "resnet20")
  }
}
