import Foundation
import Networks
import XCTest

final class NetworkSummaryTests: XCTestCase {
  private let network = Network(
    name: "test", input: ImageShape(channels: 3, height: 9, width: 7), classes: 4,
    nodes: [
      Node("conv", .convolution(.init(8, kernel: 3, stride: 2, bias: true)), "input"),
      Node("conv.bn", .batchNorm, "conv"),
      Node("relu", .relu, "conv.bn"),
      Node("skip", .shortcut(.init(outputs: 8, stride: 1)), "relu"),
      Node("add", .add, "relu", "skip"),
      Node("mean", .globalAveragePool, "add"),
      Node("linear", .linear(.init(4)), "mean"),
    ])

  func testRowsSayWhatEachNodeCosts() throws {
    let summary = try NetworkSummary(network)
    XCTAssertEqual(summary.rows.map(\.name), network.nodes.map(\.name))
    XCTAssertEqual(
      summary.rows.map(\.layer.operatorName),
      ["convolution", "batchNorm", "relu", "shortcut", "add", "globalAveragePool", "linear"])
    XCTAssertEqual(summary.rows.map(\.parameters), [8 * 27 + 8, 16, 0, 0, 0, 0, 36])
    XCTAssertEqual(summary.rows.map(\.operations), [8 * 27 * 20, 0, 0, 0, 0, 0, 32])
    XCTAssertEqual(
      summary.rows.map { $0.receptiveField?.longestSide }, [3, 3, 3, 3, 3, nil, nil])
    XCTAssertEqual(summary.rows.map { "\($0.outputShape)" }.suffix(3), ["8x5x4", "8", "4"])
    XCTAssertEqual(summary.rows.map(\.isNotable), [true, true, false, false, false, true, true])
  }

  func testTotals() throws {
    let summary = try NetworkSummary(network)
    XCTAssertEqual(summary.parameters, summary.rows.reduce(0) { $0 + $1.parameters })
    XCTAssertEqual(summary.operations, 8 * 27 * 20 + 32)
    XCTAssertEqual(summary.batchNormState, 16)
    let complexity = try Complexity(network)
    XCTAssertEqual(complexity.parameters, summary.parameters)
    XCTAssertEqual(complexity.multiplyAccumulates, summary.operations)
    XCTAssertEqual(try NetworkSummary(network, convention: .twice).operations, 2 * summary.operations)
  }

  /// The names in files are those of a node's JSON form.
  func testOperatorNamesAreThoseOfFiles() throws {
    for node in network.nodes + [Node("g", .gate, "add"), Node("f", .flatten, "add")] {
      let text = String(decoding: try JSONEncoder().encode(node), as: UTF8.self)
      XCTAssertTrue(text.contains("\"operator\":\"\(node.layer.operatorName)\""), text)
    }
  }

  /// A network of 15,000 nodes takes a moment, not minutes.
  func testNothingIsQuadratic() throws {
    var nodes = [Node("n0", .convolution(.init(1, kernel: 1)), "input")]
    for index in 1...5_000 {
      nodes += [
        Node("b\(index)", .batchNorm, nodes[nodes.count - 1].name), Node("r\(index)", .relu, "b\(index)"),
        Node("n\(index)", .convolution(.init(1, kernel: 1)), "r\(index)"),
      ]
    }
    nodes += [
      Node("mean", .globalAveragePool, nodes[nodes.count - 1].name),
      Node("linear", .linear(.init(4)), "mean"),
    ]
    var long = network
    long.nodes = nodes
    let start = ContinuousClock.now
    XCTAssertEqual(try NetworkSummary(long).rows.count, nodes.count)
    XCTAssertGreaterThan(try ActivationMemory(long, batchSize: 1).trainingBytes, 0)
    XCTAssertLessThan(ContinuousClock.now - start, .seconds(3))
  }
}
