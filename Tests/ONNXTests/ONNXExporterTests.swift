import Foundation
import ModelZoo
import NetworkOracle
import Networks
import ONNX
import XCTest

/// What is in an exported file.
final class ONNXExporterTests: XCTestCase {
  private let resNet = "resnet20:width=0.2"

  private func makeResNet() throws -> (Network, ModelState) {
    let network = try ModelZoo.network(
      resNet, input: ImageShape(channels: 3, height: 12, width: 10), classes: 5)
    return (network, try ModelState.random(for: network, seed: 3))
  }

  func testHeader() throws {
    let (network, state) = try makeResNet()
    let file = try ONNXFile(
      ONNXExporter.encode(network, state: state, metadata: ["b": "2", "": "none", "a": "α\n"]))
    XCTAssertEqual(file.irVersion, [8])
    XCTAssertEqual(file.producer, ["espalier"])
    XCTAssertEqual(file.operatorSets, [["", "17"]])
    XCTAssertEqual(file.metadata, [["", "none"], ["a", "α\n"], ["b", "2"]])
    XCTAssertEqual(file.name, [resNet])
    XCTAssertEqual(
      file.inputs, [ONNXFile.Port(name: "input", elementType: 1, shape: ["N", "3", "12", "10"])])
    XCTAssertEqual(file.outputs, [ONNXFile.Port(name: "logits", elementType: 1, shape: ["N", "5"])])
  }

  func testTensorsKeepTheirNamesShapesAndBits() throws {
    let (network, original) = try makeResNet()
    var state = original
    state.parameters["conv1.weight"]?[0] = -0.0
    state.parameters["conv1.weight"]?[1] = .leastNonzeroMagnitude
    state.parameters["conv1.weight"]?[2] = Float(nan: 77, signaling: false)
    let file = try ONNXFile(ONNXExporter.encode(network, state: state))
    let table = try ParameterTable(network)
    let entries = table.parameters + table.statistics
    XCTAssertEqual(entries.count, 19 * 5 + 2)
    for entry in entries {
      let tensor = try XCTUnwrap(file.initializers[entry.name])
      XCTAssertEqual(tensor.shape, entry.shape)
      XCTAssertEqual(tensor.type, 1)
      XCTAssertEqual(
        tensor.floats.map(\.bitPattern), try state.values(of: entry).map(\.bitPattern), entry.name)
    }
    let others = Set(file.initializers.keys).subtracting(entries.map(\.name))
    XCTAssertTrue(others.allSatisfy { file.initializers[$0]?.type == 7 }, "\(others)")
    XCTAssertEqual(others.count, 2 * 5, "two shortcuts with four operands of Slice and one of Pad")
  }

  func testFoldingLeavesOutBatchNorms() throws {
    let (network, state) = try makeResNet()
    let plain = try ONNXFile(ONNXExporter.encode(network, state: state))
    let folded = try ONNXFile(ONNXExporter.encode(network, state: state, foldBatchNorm: true))
    XCTAssertEqual(plain.operations.filter { $0.type == "BatchNormalization" }.count, 19)
    XCTAssertEqual(folded.operations.filter { $0.type == "BatchNormalization" }.count, 0)
    XCTAssertEqual(folded.operations.count, plain.operations.count - 19)
    XCTAssertEqual(folded.initializers["conv1.bias"]?.shape, [3])
    XCTAssertNil(folded.initializers["bn1.weight"])
  }

  func testEqualModelsAreEqualBytes() throws {
    let (network, state) = try makeResNet()
    let metadata = Dictionary(uniqueKeysWithValues: (0..<20).map { ("key\($0)", "\($0)") })
    let bytes = try ONNXExporter.encode(network, state: state, metadata: metadata)
    for _ in 0..<3 {
      // Dictionaries that grew in another order and have another capacity.
      var other = ModelState(parameters: [:], statistics: [:], momentum: [:])
      other.parameters.reserveCapacity(1000)
      for (name, values) in state.parameters.shuffled() { other.parameters[name] = values }
      for (name, values) in state.statistics.shuffled() { other.statistics[name] = values }
      var texts: [String: String] = [:]
      for (key, value) in metadata.shuffled() { texts[key] = value }
      XCTAssertEqual(try ONNXExporter.encode(network, state: other, metadata: texts), bytes)
    }
  }

  /// The interpreter and ONNX Runtime see to it that such a file still computes what it should.
  func testNamesThatAreTaken() throws {
    let network = SampleNetworks.takenNames
    let file = try ONNXFile(ONNXExporter.encode(network, state: ModelState.random(for: network, seed: 5)))
    XCTAssertEqual(file.name, ["network"])
    XCTAssertEqual(Set(file.operations.map(\.output)).count, file.operations.count)
    XCTAssertEqual(file.operations.first?.output, "logits.2")
    XCTAssertEqual(file.operations.last?.output, "logits")
  }

  // MARK: - What cannot be exported

  private func assertFails(
    _ network: Network, _ state: ModelState, _ expected: ONNXExportError, line: UInt = #line
  ) {
    XCTAssertThrowsError(try ONNXExporter.encode(network, state: state), line: line) {
      XCTAssertEqual($0 as? ONNXExportError, expected, "\($0)", line: line)
    }
  }

  func testGates() throws {
    let network = SampleNetworks.network(
      "gated",
      [
        Node("conv", .convolution(.init(4, kernel: 3)), "input"), Node("gate1", .gate, "conv"),
        Node("pool", .globalAveragePool, "gate1"), Node("fc", .linear(.init(5)), "pool"),
      ])
    assertFails(
      network, try ModelState.random(for: network, seed: 5),
      .unsupported(
        node: "gate1", layer: "a gate", advice: "shrink the network first, which removes its gates"))
  }

  func testMoreThanAFileHolds() {
    let side = 1 << 15
    let network = SampleNetworks.network(
      "large", classes: side,
      [
        Node("flatten", .flatten, "input"), Node("fc1", .linear(.init(side, bias: false)), "flatten"),
        Node("fc2", .linear(.init(side, bias: false)), "fc1"),
      ])
    let bytes = (side * 297 + side * side) * 4
    assertFails(
      network, ModelState(parameters: [:], statistics: [:], momentum: [:]),
      .tooLarge(tensorBytes: bytes, limit: Int(Int32.max)))
  }

  func testTensorsThatDoNotFit() throws {
    let (network, state) = try makeResNet()
    for (name, count) in [("linear.bias", nil), ("bn1.running_var", 2)] as [(String, Int?)] {
      var damaged = state
      damaged.parameters[name] = nil
      damaged.statistics[name] = count.map { [Float](repeating: 1, count: $0) }
      for foldBatchNorm in [false, true] {
        XCTAssertThrowsError(
          try ONNXExporter.encode(network, state: damaged, foldBatchNorm: foldBatchNorm)
        ) { error in
          let error = error as? ModelStateError
          XCTAssertEqual(error?.tensor, name)
          XCTAssertEqual(error?.foundCount, count)
        }
      }
    }
  }

  func testNetworksThatDoNotFit() {
    let empty = ModelState(parameters: [:], statistics: [:], momentum: [:])
    XCTAssertThrowsError(try ONNXExporter.encode(SampleNetworks.network("", []), state: empty)) {
      XCTAssertTrue($0 is NetworkError, "\($0)")
    }
  }

  // MARK: - Reading back

  func testWhatWasWrittenPassesTheCheck() throws {
    for network in try SampleNetworks.all() {
      let state = try ModelState.random(for: network, seed: 9)
      for folded in [(network, state), try network.foldingBatchNorm(state)] {
        let data = try ONNXExporter.encode(folded.0, state: folded.1, metadata: ["a": "b"])
        let summary = try ONNXExporter.check(data, holds: folded.0, state: folded.1, metadata: ["a": "b"])
        let file = try ONNXFile(data)
        XCTAssertEqual(summary.nodes, file.operations.count)
        XCTAssertEqual(summary.initializers, file.initializers.count)
      }
      XCTAssertEqual(
        try ONNXExporter.encode(network, state: state, foldBatchNorm: true),
        try ONNXExporter.encode(
          network.foldingBatchNorm(state).network, state: network.foldingBatchNorm(state).state))
    }
  }

  func testDamageIsFound() throws {
    let network = SampleNetworks.heads
    let state = try ModelState.random(for: network, seed: 9)
    let data = try ONNXExporter.encode(network, state: state)
    for position in data.indices {
      var damaged = data
      damaged[position] ^= 1 << (position % 8)
      assertDiffers(damaged, network, state, "byte \(position)")
    }
    for count in stride(from: 0, to: data.count, by: 7) {
      assertDiffers(data.prefix(count), network, state, "\(count) bytes")
    }
    assertDiffers(data + [0], network, state, "one more byte")
  }

  func testAnotherModelIsFound() throws {
    let network = SampleNetworks.heads
    let state = try ModelState.random(for: network, seed: 9)
    let data = try ONNXExporter.encode(network, state: state)
    var other = state
    other.statistics["norm1.running_mean"]?[3] = 0
    assertDiffers(data, network, other, "tensor 'norm1.running_mean'")
    assertDiffers(data, SampleNetworks.pooling, try .random(for: SampleNetworks.pooling, seed: 1), "nodes")
    XCTAssertThrowsError(try ONNXExporter.check(data, holds: network, state: state, metadata: ["a": ""]))
  }

  private func assertDiffers(_ data: Data, _ network: Network, _ state: ModelState, _ what: String) {
    XCTAssertThrowsError(try ONNXExporter.check(data, holds: network, state: state), what) {
      guard case ONNXExportError.readBack = $0 else { return XCTFail("\(what): \($0)") }
    }
  }
}
