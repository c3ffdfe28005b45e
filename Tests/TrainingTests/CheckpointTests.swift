import Datasets
import Foundation
import Interchange
import Networks
import Training
import XCTest

final class CheckpointTests: TrainingTestCase {
  private var path: String { "\(folder)/a.safetensors" }

  private func makeCheckpoint(channels: Int = 4, withProgress: Bool = true) throws -> Checkpoint {
    let network = tinyNetwork(channels: channels)
    let table = try ParameterTable(network)
    var value: Float = 0
    func tensors(_ entries: [Parameter]) -> [String: [Float]] {
      var result: [String: [Float]] = [:]
      for entry in entries {
        result[entry.name] = (0..<entry.count).map { _ in
          value += 0.1
          return value
        }
      }
      return result
    }
    let progress = TrainingProgress(
      epoch: 2, step: 5, seed: .max, dataset: "0123456789abcdef",
      sums: MetricSums(loss: 0.1 + 0.2, top1: 3, top5: 7, examples: 9),
      bestTop1: 1.0 / 3)
    return Checkpoint(
      network: network, normalization: .fashionMNIST,
      classes: ["T-shirt/top", "\"ü\""] + (2..<10).map { "\($0)" },
      state: ModelState(
        parameters: tensors(table.parameters), statistics: tensors(table.statistics),
        momentum: withProgress
          ? tensors(table.parameters)
          : tensors(table.parameters).mapValues { [Float](repeating: 0, count: $0.count) }),
      progress: withProgress ? progress : nil)
  }

  func testMetadataMustFitTheNetwork() throws {
    var names = try makeCheckpoint()
    names.classes.removeLast()
    var mean = try makeCheckpoint()
    mean.normalization = .cifar10
    for (checkpoint, text) in [(names, "expected 10 names"), (mean, "expected 1 means")] {
      try checkpoint.write(to: path)
      XCTAssertThrowsError(try Checkpoint(path: path)) { XCTAssertTrue("\($0)".contains(text), "\($0)") }
    }
  }

  func testRoundTrip() throws {
    for withProgress in [true, false] {
      let checkpoint = try makeCheckpoint(withProgress: withProgress)
      try checkpoint.write(to: path)
      XCTAssertEqual(try Checkpoint(path: path), checkpoint)
      let first = try bytes(path)
      try Checkpoint(path: path).write(to: path)
      XCTAssertEqual(try bytes(path), first)
    }
    XCTAssertEqual(files(below: folder), ["a.safetensors"])
  }

  func testTensorsHavePyTorchsNamesAndShapes() throws {
    try makeCheckpoint().write(to: path)
    let file = try SafeTensorsFile(path: path)
    XCTAssertEqual(file.metadata["format"], "pt")
    XCTAssertEqual(try file.tensor("conv.weight").shape, [4, 1, 3, 3])
    XCTAssertEqual(try file.tensor("bn.running_var").shape, [4])
    XCTAssertEqual(try file.tensor("optimizer.momentum.linear.weight").shape, [10, 4])
    XCTAssertEqual(
      file.metadata.keys.sorted(),
      ["architecture", "checksum", "classes", "format", "normalization", "progress"])
  }

  func testEveryFlippedBitIsFound() throws {
    try makeCheckpoint().write(to: path)
    let good = try bytes(path)
    for index in good.indices {
      var bad = good
      bad[index] ^= 1 << (index % 8)
      XCTAssertThrowsError(try Checkpoint(parsing: bad, source: "f"), "byte \(index)") { error in
        XCTAssertTrue(error is CheckpointError || error is SafeTensorsError, "byte \(index): \(error)")
      }
    }
  }

  func testEveryTruncationIsFound() throws {
    try makeCheckpoint().write(to: path)
    let good = try bytes(path)
    for count in 0..<good.count {
      XCTAssertThrowsError(try Checkpoint(parsing: good.prefix(count), source: "f"), "\(count) bytes") {
        error in
        XCTAssertTrue(error is SafeTensorsError, "\(count) bytes: \(error)")
      }
    }
  }

  func testCorruptionIsNamed() throws {
    try makeCheckpoint().write(to: path)
    var bad = try bytes(path)
    bad[bad.count - 1] ^= 0x10
    try bad.write(to: URL(fileURLWithPath: path))
    XCTAssertThrowsError(try Checkpoint(path: path)) { error in
      guard case .corrupted = (error as? CheckpointError)?.problem else { return XCTFail("\(error)") }
      XCTAssertTrue("\(error)".hasPrefix("\(self.path): the file is corrupted"), "\(error)")
    }
  }

  func testForeignFilesAreNamedAsSuch() throws {
    try SafeTensorsFile(tensors: [SafeTensor(name: "a", shape: [1], values: [Float(1)])]).write(to: path)
    XCTAssertThrowsError(try Checkpoint(path: path)) { error in
      XCTAssertEqual(
        error as? CheckpointError,
        CheckpointError(.notACheckpoint(missingKey: "architecture"), file: self.path))
    }
    XCTAssertThrowsError(try Checkpoint(path: "\(folder)/none")) { error in
      XCTAssertEqual((error as? FileError)?.code, ENOENT)
    }
  }

  func testOtherArchitecturesNameTheFirstDifference() throws {
    let checkpoint = try makeCheckpoint()
    var same = tinyNetwork()
    same.name = "other name"
    XCTAssertNoThrow(try checkpoint.check(fits: same, file: "f"))
    XCTAssertThrowsError(try checkpoint.check(fits: tinyNetwork(channels: 5), file: "f")) { error in
      XCTAssertTrue("\(error)".contains("node 'conv': expected a convolution with 5 outputs"), "\(error)")
    }
    XCTAssertThrowsError(try checkpoint.check(fits: tinyNetwork(classes: 7), file: "f")) { error in
      XCTAssertTrue("\(error)".contains("expected 7 classes, found 10"), "\(error)")
    }
    var shorter = tinyNetwork()
    shorter.nodes.remove(at: 2)
    XCTAssertThrowsError(try checkpoint.check(fits: shorter, file: "f")) { error in
      XCTAssertTrue("\(error)".contains("expected node 'pool', found 'relu'"), "\(error)")
    }
  }

  func testAStateThatDoesNotFitIsNotWritten() throws {
    var checkpoint = try makeCheckpoint()
    checkpoint.state.parameters["conv.weight"] = [1]
    XCTAssertThrowsError(try checkpoint.write(to: path)) { error in
      XCTAssertEqual(
        error as? CheckpointError,
        CheckpointError(.missingTensor("conv.weight", expectedShape: [4, 1, 3, 3]), file: self.path))
    }
    XCTAssertEqual(files(below: folder), [])
  }
}
