import Foundation
import XCTest

final class AdviseCommandTests: CommandTestCase {
  private func arguments(_ out: String, _ more: String...) throws -> [String] {
    [
      "advise", "resnet20:width=0.1,blocks=2.1.1", "--data", try smallImages(), "--device", "cpu",
      "--threads", "1",
      "--batch-size", "32", "--epochs", "3", "--augment", "none", "--lesion-images", "64", "--bundle-samples",
      "64",
      "--out", path(out),
    ] + more
  }

  private func json(_ text: String) throws -> [String: Any] {
    try XCTUnwrap(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], text)
  }

  func testAResidualNetwork() throws {
    let outcome = try start(arguments("a", "--json")).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let report = try json(outcome.output)
    let blocks = try XCTUnwrap(report["blocks"] as? [[String: Any]])
    XCTAssertEqual(blocks.map { $0["name"] as? String }, ["layer1.0", "layer1.1", "layer2.0", "layer3.0"])
    for block in blocks {
      let removed = try XCTUnwrap(block["removed"] as? [String: Double])
      XCTAssertEqual(Set(removed.keys), ["receptiveFields", "bundles", "gates", "lesions"])
      XCTAssertTrue(removed.values.allSatisfy { (0...1).contains($0) })
      XCTAssertNotNil(block["lesion"] as? Double)
      let fields = try XCTUnwrap(block["receptiveFields"] as? [String: Any])
      XCTAssertEqual(fields["convolutions"] as? Int, 2)
    }
    let proposals = try XCTUnwrap(report["proposals"] as? [[String: Any]])
    XCTAssertEqual(
      proposals.map { $0["method"] as? String },
      ["dense", "receptiveFields", "bundles", "gates", "lesions", "agreement"])
    let dense = try XCTUnwrap(proposals[0]["macs"] as? Int)
    for proposal in proposals {
      guard let training = proposal["training"] as? [String: Any] else {
        XCTAssertTrue((proposal["summary"] as? String)?.hasPrefix("nothing: ") == true)
        continue
      }
      // As many epochs as come nearest to the same cost.
      let share = Double(try XCTUnwrap(proposal["macs"] as? Int)) / Double(dense)
      let epochs = try XCTUnwrap(training["epochs"] as? Int)
      XCTAssertEqual(epochs, min(15, Int((3 / share).rounded())))
      XCTAssertEqual(
        try XCTUnwrap(training["costFraction"] as? Double), share * Double(epochs) / 3, accuracy: 1e-9)
    }
    // Gates keep to what they were asked for.
    XCTAssertLessThan(try XCTUnwrap(proposals[3]["macs"] as? Int), dense * 6 / 10)
    for name in [
      "advice.json", "advice.csv", "advice.svg", "accuracy.svg", "lesions.json", "dense/result.json",
    ] {
      XCTAssertTrue(FileManager.default.fileExists(atPath: path("a/\(name)")), name)
    }
    XCTAssertEqual(
      try json(String(decoding: bytes("a/advice.json"), as: UTF8.self)) as NSDictionary,
      report as NSDictionary)

    // What is finished is not done again.
    let before = try modified("a/dense/result.json")
    let again = try start(arguments("a", "--resume")).end()
    XCTAssertEqual(again.status, 0, again.errors)
    XCTAssertEqual(try modified("a/dense/result.json"), before)
    for part in ["layer3.0", "what goes", "as it is", "The pruning itself ended"] {
      XCTAssertTrue(again.output.contains(part), "\(part) in \(again.output)")
    }
    assertFails(try start(arguments("a")).end(), 73, "a")
    assertFails(try start(arguments("a", "--resume", "--epochs", "4")).end(), 64, "epochs")
    assertFails(try start(arguments("a", "--resume", "--target-macs", "0.7")).end(), 64, "target-macs")
    assertFails(try start(arguments("a", "--resume", "--lr", "0.5")).end(), 64, "lr")
    assertFails(try start(arguments("a", "--resume", "--lesion-images", "32")).end(), 64, "lesion-images 64")
  }

  /// On images of 8 pixels most of such a chain sees everything.
  func testAChainWithABorder() throws {
    let outcome = try espalier(
      "advise", "bundle-vgg10:width=0.1", "--data", smallImages(), "--device", "cpu", "--threads", "1",
      "--batch-size", "32", "--epochs", "2", "--lesion-images", "32", "--bundle-samples", "32", "--out",
      path("b"),
      "--json")
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let report = try json(outcome.output)
    XCTAssertNotNil(report["border"] as? String)
    let proposals = try XCTUnwrap(report["proposals"] as? [[String: Any]])
    XCTAssertNotNil(proposals[1]["training"] as? [String: Any], "\(proposals[1])")
    let blocks = try XCTUnwrap(report["blocks"] as? [[String: Any]])
    let shares = blocks.compactMap { ($0["removed"] as? [String: Double])?["receptiveFields"] }
    XCTAssertEqual(shares.last, 1)
    // A block that changes the maps cannot be left out of a trained chain.
    XCTAssertTrue(blocks.contains { $0["lesion"] is NSNull })
  }

  func testAKilledAdvisorGoesOnToTheSameAdvice() throws {
    let whole = try start(arguments("whole")).end()
    XCTAssertEqual(whole.status, 0, whole.errors)
    let program = try start(arguments("killed", "--checkpoint-steps", "1"))
    program.wait {
      FileManager.default.fileExists(atPath: path("killed/gates-pruning/checkpoints/last.safetensors"))
    }
    kill(program.process.processIdentifier, SIGKILL)
    _ = try program.end()
    let resumed = try start(arguments("killed", "--resume")).end()
    XCTAssertEqual(resumed.status, 0, resumed.errors)
    XCTAssertEqual(try bytes("killed/advice.csv"), try bytes("whole/advice.csv"))
    for name in ["dense", "gates"] {
      let file = "\(name)/checkpoints/last.safetensors"
      XCTAssertEqual(try bytes("killed/\(file)"), try bytes("whole/\(file)"), name)
    }
  }

  func testBadInput() throws {
    for (arguments, text) in [
      (["--model", "resnet20"], "--model"), (["--bundles", "every=1"], "--bundle-samples"),
      (["--target-macs", "0"], "--target-macs"), (["--lesion-tolerance", "-1"], "--lesion-tolerance"),
      (["--lesion-images", "0"], "--lesion-images"), (["--init", "a.safetensors"], "from scratch"),
    ] {
      assertFails(try start(["advise", "resnet20", "--out", path("out")] + arguments).end(), 64, text)
    }
    assertFails(try espalier("advise", "resnet21", "--out", path("out")), 64, "resnet21")
  }

  /// Milestones of the learning rate lie where they lay, as shares of a training.
  func testStepsAreStretched() throws {
    let outcome = try start(arguments("s", "--schedule", "step:1,2", "--lr-warmup-epochs", "0.5")).end()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let saved = String(decoding: try bytes("s/gates/config.yaml"), as: UTF8.self)
    let epochs = try XCTUnwrap(
      saved.split(separator: "\n").first { $0.hasPrefix("epochs: ") }.flatMap { Int($0.dropFirst(8)) })
    XCTAssertGreaterThan(epochs, 3)
    let milestones = [1, 2].map { "\(Int((Double($0 * epochs) / 3).rounded()))" }.joined(separator: ",")
    XCTAssertTrue(saved.contains("step:\(milestones)"), saved)
  }

  func testInitialWeightsInAFileAreRefusedAtOnce() throws {
    try write(Array("init: a.safetensors\n".utf8), to: "f.yaml")
    assertFails(
      try espalier("advise", "resnet20", "--config", path("f.yaml"), "--out", path("out")), 64, "from scratch"
    )
  }

  private func modified(_ name: String) throws -> Date? {
    try FileManager.default.attributesOfItem(atPath: path(name))[.modificationDate] as? Date
  }
}
