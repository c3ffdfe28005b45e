import Datasets
import Foundation
import Interchange
import ModelZoo
import Networks
import Training
import XCTest

/// Weights of other programs as checkpoints.
final class ConversionTests: ConversionTestCase {
  // MARK: - Names

  func testEqualNames() throws {
    for model in ["resnet20:width=0.2", "resnet20:shortcut=b,width=0.2", "resnet32:width=0.1"] {
      let target = try target(model)
      let tensors = try tensors(of: target.network)
      var generator = CongruentialGenerator(state: 5)
      let conversion = try convert(tensors.shuffled(using: &generator), to: target)
      let checkpoint = conversion.checkpoint
      XCTAssertEqual(conversion.ignored, [])
      XCTAssertEqual(checkpoint.network, target.network)
      XCTAssertEqual(checkpoint.normalization, .imageNet)
      XCTAssertEqual(checkpoint.classes, (0..<10).map(String.init))
      XCTAssertNil(checkpoint.progress)
      let all = checkpoint.state.parameters.merging(checkpoint.state.statistics) { first, _ in first }
      XCTAssertEqual(all.count, tensors.count)
      for tensor in tensors { XCTAssertEqual(all[tensor.name], try tensor.values(), tensor.name) }
      XCTAssertEqual(Set(checkpoint.state.momentum.keys), Set(checkpoint.state.parameters.keys))
      XCTAssertTrue(checkpoint.state.momentum.values.allSatisfy { $0.allSatisfy { $0 == 0 } })

      let path = "\(folder)/a.safetensors"
      try checkpoint.write(to: path)
      XCTAssertEqual(try Checkpoint(path: path), checkpoint)
    }
  }

  func testOtherNamesForTheSame() throws {
    let target = try target()
    let tensors = try tensors(of: target.network)
    let expected = try convert(tensors, to: target).checkpoint
    let renamings: [(String) -> String] = [
      { "module.\($0)" },
      { "module.module.\($0)" },
      { $0.replacingOccurrences(of: "shortcut", with: "downsample") },
      { $0.replacingOccurrences(of: "linear", with: "fc") },
      { $0.replacingOccurrences(of: "linear", with: "classifier") },
      { "module.\($0)".replacingOccurrences(of: ".shortcut.", with: ".downsample.") },
      { $0.hasPrefix("layer1") ? "module.\($0)" : $0.replacingOccurrences(of: "linear", with: "module.fc") },
    ]
    for (index, rename) in renamings.enumerated() {
      let others = try tensors.map { try renamed($0, rename($0.name)) }
      XCTAssertEqual(try convert(others, to: target).checkpoint, expected, "renaming \(index)")
    }
  }

  func testTheNetworkMayBeTheOneWithOtherNames() throws {
    var network = tinyNetwork()
    network.nodes[4].name = "classifier"
    let target = try ConversionTarget(
      network: network, normalization: .mnist, classes: ClassLabels(count: 10).names)
    let tensors = try tensors(of: network)
    for name in ["linear", "fc", "module.fc"] {
      let others = try tensors.map {
        try renamed($0, $0.name.replacingOccurrences(of: "classifier", with: name))
      }
      XCTAssertEqual(try convert(others, to: target).checkpoint, try convert(tensors, to: target).checkpoint)
    }
  }

  func testOfTwoLinearLayersNoneIsGuessed() throws {
    var network = tinyNetwork()
    network.nodes.insert(Node("hidden", .linear(.init(4)), "pool"), at: 4)
    network.nodes[5].inputs = ["hidden"]
    let target = try ConversionTarget(
      network: network, normalization: .mnist, classes: ClassLabels(count: 10).names)
    let tensors = try tensors(of: network)
    XCTAssertNoThrow(try convert(tensors, to: target))
    let others = try tensors.map { try renamed($0, $0.name.replacingOccurrences(of: "linear", with: "fc")) }
    assertThrows(
      .mismatch(
        network: "tiny", missing: ["linear.weight", "linear.bias"], unexpected: ["fc.weight", "fc.bias"],
        wrongShapes: [])
    ) { _ = try self.convert(others, to: target) }
  }

  func testCountersOfBatchesAreIgnored() throws {
    let target = try target()
    let tensors = try tensors(of: target.network)
    let counters = try ["bn1.num_batches_tracked", "module.x.num_batches_tracked", "num_batches_tracked"].map
    {
      try SafeTensor(name: $0, shape: [], values: [Int64(7)])
    }
    let conversion = try convert(counters + tensors, to: target)
    XCTAssertEqual(conversion.ignored, counters.map(\.name))
    XCTAssertEqual(conversion.checkpoint, try convert(tensors, to: target).checkpoint)
  }

  func testAmbiguousNames() throws {
    let target = try target()
    let tensors = try tensors(of: target.network)
    let index = try XCTUnwrap(tensors.firstIndex { $0.name == "layer2.0.shortcut.0.weight" })
    let name = tensors[index].name
    let downsample = "layer2.0.downsample.0.weight"
    var twice = tensors
    twice[index] = try renamed(tensors[index], downsample)
    twice.append(try renamed(tensors[index], "module.\(name)"))
    assertThrows(.ambiguousNames(tensor: name, candidates: [downsample, "module.\(name)"])) {
      _ = try self.convert(twice, to: target)
    }
    assertThrows(.ambiguousNames(tensor: name, candidates: [name, name])) {
      _ = try self.convert(tensors + [tensors[index]], to: target)
    }
    // An exact name is no guess, so the other is one too many.
    let both = tensors + [try renamed(tensors[index], downsample)]
    assertThrows(
      .mismatch(network: target.network.name, missing: [], unexpected: [downsample], wrongShapes: [])
    ) { _ = try self.convert(both, to: target) }
    let heads =
      try tensors.filter { $0.name != "linear.bias" }
      + ["fc", "classifier"].map {
        try SafeTensor(name: "\($0).bias", shape: [10], values: [Float](repeating: 0, count: 10))
      }
    assertThrows(.ambiguousNames(tensor: "linear.bias", candidates: ["fc.bias", "classifier.bias"])) {
      _ = try self.convert(heads, to: target)
    }
  }

  func testMismatchesAreListed() throws {
    let target = try target()
    var tensors = try tensors(of: target.network)
    let missing = tensors.prefix(7).map(\.name)
    tensors.removeFirst(7)
    let linear = try XCTUnwrap(tensors.firstIndex { $0.name == "linear.weight" })
    tensors[linear] = try SafeTensor(
      name: "fc.weight", shape: [2, 3], values: [Float](repeating: 0, count: 6))
    let extra = try ["z", "a"].map { try SafeTensor(name: $0, shape: [1], values: [Float(0)]) }
    let problem = ConversionError.Problem.mismatch(
      network: target.network.name, missing: missing, unexpected: ["z", "a"],
      wrongShapes: [.init(tensor: "linear.weight", expected: [10, 13], found: [2, 3])])
    assertThrows(problem) { _ = try self.convert(extra + tensors, to: target) }
    let text = "\(ConversionError(problem, file: "x"))"
    XCTAssertTrue(
      text.hasPrefix(
        "x: the tensors are not those of resnet20:shortcut=b,width=0.2: missing \"conv1.weight\","), text)
    XCTAssertTrue(
      text.contains("\"\(missing[4])\" and 2 more; unexpected \"z\", \"a\"; of another shape"), text)
    XCTAssertTrue(text.contains("\"linear.weight\" (expected [10, 13], found [2, 3]); check --model"), text)
    XCTAssertFalse(text.contains(missing[5]), text)
    XCTAssertThrowsError(try convert([], to: target))
  }

  // MARK: - Values

  private func conversion(ofBias tensor: SafeTensor) throws -> [Float]? {
    let target = try target()
    let tensors = try tensors(of: target.network).filter { $0.name != "linear.bias" } + [tensor]
    return try convert(tensors, to: target).checkpoint.state.parameters["linear.bias"]
  }

  func testTypesOfFloatingPoint() throws {
    let values: [Float] = [-2, -0.5, 0, 0.25, 1, 1.5, 3, 96, -0.0, 0.125]
    func tensor(_ dtype: SafeTensor.DType, _ bytes: Data) throws -> SafeTensor {
      try SafeTensor(name: "linear.bias", dtype: dtype, shape: [10], bytes: bytes)
    }
    let halves = values.map { Float16($0).bitPattern }.withUnsafeBytes { Data($0) }
    XCTAssertEqual(try conversion(ofBias: tensor(.f16, halves)), values)
    let brains = values.map { UInt16($0.bitPattern >> 16) }.withUnsafeBytes { Data($0) }
    XCTAssertEqual(try conversion(ofBias: tensor(.bf16, brains)), values)
    let doubles = [0.1, 1e-300, -1, 2, 1.0 / 3, 3e38, 0, 1, 2, 3]
    let rounded = try conversion(ofBias: SafeTensor(name: "linear.bias", shape: [10], values: doubles))
    XCTAssertEqual(rounded, doubles.map { Float($0) })
    for dtype in [SafeTensor.DType.i64, .i32, .u8, .bool] {
      let tensor = try tensor(dtype, Data(count: 10 * dtype.byteCount))
      assertThrows(.unsupportedType(tensor: "linear.bias", found: dtype.rawValue)) {
        _ = try self.conversion(ofBias: tensor)
      }
    }
  }

  func testValuesMustBeFinite() throws {
    for value in [Float.nan, .infinity, -.infinity] {
      let values = [Float](repeating: 1, count: 9) + [value]
      let tensor = try SafeTensor(name: "fc.bias", shape: [10], values: values)
      assertThrows(.notFinite(tensor: "fc.bias")) { _ = try self.conversion(ofBias: tensor) }
    }
    let tensor = try SafeTensor(
      name: "linear.bias", shape: [10], values: [Double](repeating: 1e39, count: 10))
    assertThrows(.notFinite(tensor: "linear.bias")) { _ = try self.conversion(ofBias: tensor) }
  }
}

/// A small generator with a seed.
private struct CongruentialGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}
