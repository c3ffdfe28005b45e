import NetworkOracle
import Networks
import XCTest

final class BatchNormFoldingTests: XCTestCase {
  private func network(_ nodes: [Node], classes: Int = 4) -> Network {
    Network(
      name: "test", input: ImageShape(channels: 3, height: 7, width: 5), classes: classes, nodes: nodes)
  }

  private let head = [Node("pool", .globalAveragePool, "relu"), Node("linear", .linear(.init(4)), "pool")]

  /// Folds, and asserts that the logits stay and that exactly the batch norms `remaining` do.
  @discardableResult
  private func assertFolds(
    _ network: Network, remaining: [String] = [], line: UInt = #line
  ) throws -> (network: Network, state: ModelState) {
    let state = try ModelState.random(for: network, seed: 7)
    let folded = try network.foldingBatchNorm(state)
    XCTAssertEqual(
      folded.network.nodes.filter { $0.layer == .batchNorm }.map(\.name), remaining, line: line)
    let images = OracleTensor.images(3, for: network, seed: 8)
    let expected = try NetworkOracle.logits(network, state, images: images)
    let found = try NetworkOracle.logits(folded.network, folded.state, images: images)
    XCTAssertLessThan(found.maximumDifference(from: expected), 1e-5, line: line)
    XCTAssertGreaterThan(expected.values.map(abs).max() ?? 0, 0.01, line: line)

    let table = try ParameterTable(folded.network)
    XCTAssertEqual(folded.state.parameters.keys.sorted(), table.parameters.map(\.name).sorted(), line: line)
    XCTAssertEqual(folded.state.statistics.keys.sorted(), table.statistics.map(\.name).sorted(), line: line)
    for parameter in table.parameters {
      XCTAssertEqual(
        folded.state.momentum[parameter.name], [Float](repeating: 0, count: parameter.count), line: line)
    }
    return folded
  }

  func testConvolutionsWithAndWithoutBias() throws {
    for bias in [false, true] {
      let folded = try assertFolds(
        network(
          [
            Node("conv", .convolution(.init(6, kernel: 3, bias: bias)), "input"),
            Node("bn", .batchNorm, "conv"), Node("relu", .relu, "bn"),
          ] + head))
      XCTAssertEqual(
        folded.network.nodes,
        [
          Node("conv", .convolution(.init(6, kernel: 3, bias: true)), "input"),
          Node("relu", .relu, "conv"),
        ] + head)
    }
  }

  func testValuesByHand() throws {
    let tiny = Network(
      name: "tiny", input: ImageShape(channels: 1, height: 1, width: 1), classes: 2,
      nodes: [
        Node("flat", .flatten, "input"), Node("fc", .linear(.init(2)), "flat"), Node("bn", .batchNorm, "fc"),
      ])
    let folded = try tiny.foldingBatchNorm(
      ModelState(
        parameters: ["fc.weight": [3, 5], "fc.bias": [1, 2], "bn.weight": [4, 1], "bn.bias": [10, 20]],
        statistics: ["bn.running_mean": [0.5, 2], "bn.running_var": [4 - 1e-5, 1 - 1e-5]], momentum: [:]))
    XCTAssertEqual(folded.network.nodes, Array(tiny.nodes.dropLast()))
    for (name, expected) in [("fc.weight", [6, 5]), ("fc.bias", [11, 20])] as [(String, [Float])] {
      let found = try XCTUnwrap(folded.state.parameters[name])
      for (found, expected) in zip(found, expected) { XCTAssertEqual(found, expected, accuracy: 1e-5, name) }
      XCTAssertEqual(found.count, 2)
    }
  }

  func testGroupsAndDilation() throws {
    try assertFolds(
      network(
        [
          Node("conv", .convolution(.init(6, kernel: 3, dilation: 2, groups: 3)), "input"),
          Node("bn", .batchNorm, "conv"), Node("relu", .relu, "bn"),
        ] + head))
  }

  func testLinearLayers() throws {
    for bias in [false, true] {
      try assertFolds(
        network([
          Node("flatten", .flatten, "input"), Node("fc1", .linear(.init(9, bias: bias)), "flatten"),
          Node("bn1", .batchNorm, "fc1"), Node("relu1", .relu, "bn1"),
          Node("fc2", .linear(.init(4, bias: bias)), "relu1"), Node("bn2", .batchNorm, "fc2"),
        ]))
    }
  }

  func testAConvolutionThatOthersReadStays() throws {
    let shared = network(
      [
        Node("conv", .convolution(.init(6, kernel: 3)), "input"), Node("bn", .batchNorm, "conv"),
        Node("add", .add, "bn", "conv"), Node("relu", .relu, "add"),
      ] + head)
    let folded = try assertFolds(shared, remaining: ["bn"])
    XCTAssertEqual(folded.network, shared)

    let twice = network(
      [
        Node("conv", .convolution(.init(6, kernel: 3)), "input"), Node("bn1", .batchNorm, "conv"),
        Node("bn2", .batchNorm, "conv"), Node("add", .add, "bn1", "bn2"), Node("relu", .relu, "add"),
      ] + head)
    XCTAssertEqual(try assertFolds(twice, remaining: ["bn1", "bn2"]).network, twice)
  }

  func testBatchNormsOfOtherLayersStay() throws {
    let network = network([
      Node("first", .batchNorm, "input"), Node("conv", .convolution(.init(6, kernel: 3)), "first"),
      Node("relu", .relu, "conv"), Node("second", .batchNorm, "relu"),
      Node("pool", .globalAveragePool, "second"), Node("third", .batchNorm, "pool"),
      Node("fc", .linear(.init(4)), "third"),
    ])
    XCTAssertEqual(try assertFolds(network, remaining: ["first", "second", "third"]).network, network)
  }

  /// The second batch norm reads what the first became.
  func testTwoBatchNormsInARow() throws {
    try assertFolds(
      network(
        [
          Node("conv", .convolution(.init(6, kernel: 3)), "input"), Node("bn1", .batchNorm, "conv"),
          Node("bn2", .batchNorm, "bn1"), Node("relu", .relu, "bn2"),
        ] + head))
    // The first one's result is read twice.
    try assertFolds(
      network(
        [
          Node("conv", .convolution(.init(6, kernel: 3)), "input"), Node("bn1", .batchNorm, "conv"),
          Node("bn2", .batchNorm, "bn1"), Node("add", .add, "bn1", "bn2"), Node("relu", .relu, "add"),
        ] + head), remaining: ["bn2"])
  }

  /// A batch norm far behind its layer is the network's end: it must stay the end.
  func testTheLastNodeStaysTheLast() throws {
    let folded = try assertFolds(
      network([
        Node("flatten", .flatten, "input"), Node("fc", .linear(.init(4)), "flatten"),
        Node("unused", .relu, "flatten"), Node("bn", .batchNorm, "fc"),
      ]))
    XCTAssertEqual(folded.network.nodes.map(\.name), ["flatten", "unused", "fc"])
  }

  func testTensorsThatDoNotFit() throws {
    let network = network(
      [
        Node("conv", .convolution(.init(6, kernel: 3)), "input"), Node("bn", .batchNorm, "conv"),
        Node("relu", .relu, "bn"),
      ] + head)
    let state = try ModelState.random(for: network, seed: 1)
    let table = try ParameterTable(network)
    for entry in table.parameters + table.statistics {
      for count in [nil, 0, entry.count - 1, entry.count + 1] {
        var damaged = state
        let values = count.map { [Float](repeating: 1, count: $0) }
        if state.parameters[entry.name] != nil {
          damaged.parameters[entry.name] = values
        } else {
          damaged.statistics[entry.name] = values
        }
        XCTAssertThrowsError(try network.foldingBatchNorm(damaged)) { error in
          XCTAssertEqual(
            error as? ModelStateError,
            ModelStateError(tensor: entry.name, expectedShape: entry.shape, foundCount: count))
        }
      }
    }
  }

  func testNetworksThatDoNotFit() {
    let empty = ModelState(parameters: [:], statistics: [:], momentum: [:])
    for nodes in [[], [Node("bn", .batchNorm, "nowhere")], [Node("bn", .batchNorm, "input", "input")]] {
      XCTAssertThrowsError(try network(nodes).foldingBatchNorm(empty)) {
        XCTAssertTrue($0 is NetworkError, "\($0)")
      }
    }
  }
}
