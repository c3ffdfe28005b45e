import Foundation
import Interchange
import XCTest

/// The program makes checkpoints of other programs' weights, and small ones of its own.
final class ConvertCommandTests: CommandTestCase {
  private let model = "resnet20:width=0.2"

  private func train() throws {
    let outcome = try espalier(
      "train", "--out", path("run"), "--device", "cpu", "--data", smallImages(), "--batch-size", "64",
      "--model", model, "--epochs", "1")
    XCTAssertEqual(outcome.status, 0, outcome.errors)
  }

  private func logits(of file: String) throws -> [Float] {
    let outcome = try espalier(
      "eval", path(file), "--data", smallImages(), "--device", "cpu", "--logits", path("logits.safetensors"))
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    let written = try SafeTensorsFile(path: path("logits.safetensors"))
    let logits = try XCTUnwrap(written["logits"])
    XCTAssertEqual(logits.shape, [32, 10])
    XCTAssertEqual(written["labels"]?.shape, [32])
    return try logits.values()
  }

  /// The small file is the run's weights; a foreign file of the same tensors, with a prefix, gives the same logits.
  func testWeightsAloneAndWeightsOfAForeignFile() throws {
    try train()
    let last = "run/checkpoints/last.safetensors"
    XCTAssertEqual(try espalier("convert", path(last), path("small.safetensors")).status, 0)
    XCTAssertLessThan(try bytes("small.safetensors").count, try bytes(last).count * 3 / 4)
    let expected = try logits(of: last)
    XCTAssertEqual(try logits(of: "small.safetensors"), expected)

    let small = try SafeTensorsFile(path: path("small.safetensors"))
    let foreign = try SafeTensorsFile(
      tensors: small.tensors.map {
        try SafeTensor(name: "module.\($0.name)", dtype: $0.dtype, shape: $0.shape, bytes: $0.bytes)
      })
    try foreign.write(to: path("foreign.safetensors"))
    let outcome = try espalier(
      "convert", path("foreign.safetensors"), path("back.safetensors"), "--model", model, "--input", "1x8x8",
      "--class-names", "mnist", "--json")
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    XCTAssertTrue(outcome.output.contains(#""tensors": "#), outcome.output)
    XCTAssertEqual(try logits(of: "back.safetensors"), expected)
  }

  /// What PyTorch made of one of our files comes back by its architecture.
  func testAFileIsAModelForForeignWeights() throws {
    try train()
    let last = path("run/checkpoints/last.safetensors")
    try SafeTensorsFile(
      tensors: SafeTensorsFile(path: last).tensors.filter { !$0.name.hasPrefix("optimizer") }
    )
    .write(to: path("foreign.safetensors"))
    let outcome = try espalier(
      "convert", path("foreign.safetensors"), path("back.safetensors"), "--model", last)
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    XCTAssertEqual(try logits(of: "back.safetensors"), try logits(of: "run/checkpoints/last.safetensors"))
    assertFails(
      try espalier("convert", path("foreign.safetensors"), path("out"), "--model", last, "--input", "3x8x8"),
      64, "omit --input")
  }

  /// The checkpoint of a resumed run has its architecture, wherever that once came from.
  func testARunResumesWithoutTheFileItsModelCameFrom() throws {
    try train()
    let model = path("model.safetensors")
    XCTAssertEqual(try espalier("convert", path("run/checkpoints/last.safetensors"), model).status, 0)
    func go(_ flags: String...) throws -> Outcome {
      try start(
        [
          "train", "--out", path("more"), "--device", "cpu", "--data", smallImages(), "--batch-size", "64",
          "--model", model, "--schedule", "constant",
        ] + flags
      ).end()
    }
    XCTAssertEqual(try go("--epochs", "1").status, 0)
    try FileManager.default.removeItem(atPath: model)
    let resumed = try go("--epochs", "2", "--resume")
    XCTAssertEqual(resumed.status, 0, resumed.errors)
  }

  func testBadInput() throws {
    try train()
    let last = path("run/checkpoints/last.safetensors")
    assertFails(
      try espalier("convert", last, path("out"), "--model", model), 64, "--model", "describes itself")
    try SafeTensorsFile(tensors: [SafeTensor(name: "x", shape: [2], values: [Float](repeating: 1, count: 2))])
      .write(to: path("foreign.safetensors"))
    let foreign = path("foreign.safetensors")
    assertFails(try espalier("convert", foreign, path("out")), 64, "--model")
    assertFails(
      try espalier("convert", foreign, path("out"), "--model", "resnet20"), 65, "foreign.safetensors",
      "conv1.weight", "unexpected")
    assertFails(
      try espalier("convert", foreign, path("out"), "--model", "resnet20", "--mean", "0.5,0.5,0.5"), 64,
      "--std")
    try write([0x80, 2] + Array("cos\nsystem\n(S'true'\ntR.".utf8), to: "evil.pt")
    assertFails(try espalier("convert", path("evil.pt"), path("out"), "--model", "resnet20"), 65, "evil.pt")
    assertFails(try espalier("convert", path("none.pt"), path("out"), "--model", "resnet20"), 66, "none.pt")
  }

  /// Weights go on with the normalisation that they were trained with, unless told otherwise.
  func testInitialWeightsBringTheirNormalisation() throws {
    try train()
    let small = path("small.safetensors")
    XCTAssertEqual(
      try espalier("convert", path("run/checkpoints/last.safetensors"), path("plain.safetensors")).status, 0)
    let plain = try SafeTensorsFile(path: path("plain.safetensors"))
    try SafeTensorsFile(tensors: plain.tensors).write(to: path("foreign.safetensors"))
    let converted = try espalier(
      "convert", path("foreign.safetensors"), small, "--model", model, "--input", "1x8x8", "--mean", "0.25",
      "--std", "0.5")
    XCTAssertEqual(converted.status, 0, converted.errors)
    for (flags, expected) in [([], "[0.25]"), (["--normalization", "published"], "[0.1306")] {
      let run = path("tuned\(flags.count)")
      let outcome = try start(
        [
          "train", "--out", run, "--device", "cpu", "--data", smallImages(), "--batch-size", "64", "--init",
          small, "--epochs", "1",
        ] + flags
      ).end()
      XCTAssertEqual(outcome.status, 0, outcome.errors)
      let saved = try SafeTensorsFile(path: "\(run)/checkpoints/last.safetensors").metadata["normalization"]
      XCTAssertTrue(saved?.contains(expected) == true, "\(saved ?? "none")")
    }
  }
}
