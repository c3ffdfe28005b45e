import Foundation
import Interchange
import Networks
import Training
import XCTest

/// Checkpoints with second moments, and files that have only a part of what belongs to them.
final class AdaptiveCheckpointTests: TrainingTestCase {
  private var path: String { "\(folder)/a.safetensors" }

  private func makeCheckpoint() throws -> Checkpoint {
    let network = tinyNetwork()
    let table = try ParameterTable(network)
    func tensors(_ entries: [Parameter], from start: Float) -> [String: [Float]] {
      Dictionary(
        uniqueKeysWithValues: entries.map { entry in
          (entry.name, (0..<entry.count).map { start + Float(entry.offset + $0) * 0.1 })
        })
    }
    return Checkpoint(
      network: network, normalization: .fashionMNIST, classes: (0..<10).map { "\($0)" },
      state: ModelState(
        parameters: tensors(table.parameters, from: -2), statistics: tensors(table.statistics, from: 1),
        momentum: tensors(table.parameters, from: -1),
        adaptive: AdaptiveMoments(
          secondMoments: tensors(table.parameters, from: 0), updates: 12_345, beta2: 0.999, epsilon: 1e-8)),
      progress: TrainingProgress(epoch: 2, step: 5, seed: 1))
  }

  func testRoundTrip() throws {
    let checkpoint = try makeCheckpoint()
    try checkpoint.write(to: path)
    XCTAssertEqual(try Checkpoint(path: path), checkpoint)
    let first = try bytes(path)
    try Checkpoint(path: path).write(to: path)
    XCTAssertEqual(try bytes(path), first)
    let file = try SafeTensorsFile(path: path)
    XCTAssertEqual(try file.tensor("optimizer.second_moment.linear.weight").shape, [10, 4])
    XCTAssertEqual(file.metadata["optimizer"], #"{"beta2":0.999,"epsilon":1e-08,"updates":12345}"#)
  }

  /// Gradient descent's file is what it was before there was Adam.
  func testOtherFilesSpeakOfNoMoments() throws {
    var plain = try makeCheckpoint()
    plain.state.adaptive = nil
    try plain.write(to: path)
    var file = try SafeTensorsFile(path: path)
    XCTAssertNil(file.metadata["optimizer"])
    XCTAssertFalse(file.tensors.contains { $0.name.contains("second_moment") })
    var weights = try makeCheckpoint()
    weights.progress = nil
    try weights.write(to: path)
    file = try SafeTensorsFile(path: path)
    XCTAssertNil(file.metadata["optimizer"])
    XCTAssertFalse(file.tensors.contains { $0.name.hasPrefix("optimizer.") })
    XCTAssertNil(try Checkpoint(path: path).state.adaptive)
  }

  func testAStateThatDoesNotFitIsNotWritten() throws {
    var checkpoint = try makeCheckpoint()
    checkpoint.state.adaptive?.secondMoments["bn.bias"] = nil
    XCTAssertThrowsError(try checkpoint.write(to: path)) { XCTAssertTrue($0 is CheckpointError, "\($0)") }
    XCTAssertEqual(files(below: folder), [])
  }

  func testNumbersThatCannotBeAreNamed() throws {
    for (text, change) in [
      ("updates, found -1", { $0.updates = -1 }), ("updates, found \(Int.max)", { $0.updates = .max }),
      ("beta2 from 0 to below 1, found 1", { $0.beta2 = 1 }),
      ("epsilon above 0, found 0", { $0.epsilon = 0 }),
      ("found -0.5", { $0.secondMoments["bn.bias"]?[2] = -0.5 }),
      ("found nan", { $0.secondMoments["bn.bias"]?[2] = .nan }),
      ("found inf", { $0.secondMoments["bn.bias"]?[2] = .infinity }),
    ] as [(String, (inout AdaptiveMoments) -> Void)] {
      var checkpoint = try makeCheckpoint()
      var moments = try XCTUnwrap(checkpoint.state.adaptive)
      change(&moments)
      checkpoint.state.adaptive = moments
      try checkpoint.write(to: path)
      XCTAssertThrowsError(try Checkpoint(path: path), text) { error in
        XCTAssertTrue(error is CheckpointError, "\(error)")
        XCTAssertTrue("\(error)".contains(text), "\(error)")
      }
    }
  }

  /// Under a checksum that is right, something is missing or too much.
  func testPartsThatBelongTogether() throws {
    try makeCheckpoint().write(to: path)
    let whole = try SafeTensorsFile(path: path)
    func problem(
      _ isKept: (String) -> Bool = { _ in true }, _ change: (inout [String: String]) -> Void = { _ in }
    ) throws -> CheckpointError.Problem? {
      var metadata = whole.metadata
      change(&metadata)
      let data = try sealed(whole.tensors.filter { isKept($0.name) }, metadata)
      do {
        _ = try Checkpoint(parsing: data, source: "f")
        return nil
      } catch let error as CheckpointError {
        return error.problem
      }
    }
    XCTAssertNil(try problem(), "the seal is right")
    let name = "optimizer.second_moment.conv.weight"
    XCTAssertEqual(try problem { $0 != name }, .missingTensor(name, expectedShape: [4, 1, 3, 3]))
    XCTAssertEqual(
      try problem({ _ in true }, { $0["optimizer"] = nil }),
      .unexpectedTensor("optimizer.second_moment.bn.bias"))
    for (key, value) in [("progress", nil), ("optimizer", "{}"), ("optimizer", "[]")] as [(String, String?)] {
      guard case .malformedMetadata("optimizer", _) = try problem({ _ in true }, { $0[key] = value }) else {
        XCTFail("\(key) \(value ?? "none")")
        continue
      }
    }
  }

  private func sealed(_ tensors: [SafeTensor], _ metadata: [String: String]) throws -> Data {
    var metadata = metadata
    metadata["checksum"] = nil
    let content = try SafeTensorsFile(tensors: tensors, metadata: metadata).encoded()
    let checksum = content.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let digits = String(checksum, radix: 16)
    metadata["checksum"] = String(repeating: "0", count: 16 - digits.count) + digits
    return try SafeTensorsFile(tensors: tensors, metadata: metadata).encoded()
  }
}
