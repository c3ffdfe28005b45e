import Foundation
import Networks
import XCTest

final class NetworkTests: XCTestCase {
  private let image = ImageShape(channels: 3, height: 9, width: 7)

  private func network(_ nodes: [Node], classes: Int = 4) -> Network {
    Network(name: "test", input: image, classes: classes, nodes: nodes)
  }

  private var valid: [Node] {
    [
      Node("conv", .convolution(.init(8, kernel: 3, stride: 2)), "input"),
      Node("bn", .batchNorm, "conv"),
      Node("relu", .relu, "bn"),
      Node("skip", .shortcut(.init(outputs: 8, stride: 1)), "relu"),
      Node("add", .add, "relu", "skip"),
      Node("max", .pooling(.init(.maximum, kernel: 3, stride: 2, padding: 1)), "add"),
      Node("mean", .globalAveragePool, "max"),
      Node("linear", .linear(.init(4)), "mean"),
    ]
  }

  func testShapesFollowTheLayers() throws {
    let shapes = try network(valid).shapes()
    XCTAssertEqual(shapes["conv"], .maps(ImageShape(channels: 8, height: 5, width: 4)))
    XCTAssertEqual(shapes["max"], .maps(ImageShape(channels: 8, height: 3, width: 2)))
    XCTAssertEqual(shapes["mean"], .vector(8))
    XCTAssertEqual(shapes["linear"], .vector(4))
  }

  func testComplexityByHand() throws {
    let complexity = try Complexity(network(valid))
    XCTAssertEqual(complexity.parameters, 8 * 3 * 9 + 16 + 8 * 4 + 4)
    XCTAssertEqual(complexity.multiplyAccumulates, 5 * 4 * 8 * 3 * 9 + 8 * 4)
  }

  func testJSONRoundTrip() throws {
    let original = network(valid)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let data = try encoder.encode(original)
    XCTAssertEqual(try JSONDecoder().decode(Network.self, from: data), original)
    XCTAssertTrue(String(decoding: data, as: UTF8.self).contains(#""operator":"convolution""#))
    XCTAssertEqual(try encoder.encode(original), data)
  }

  func testContradictionsAreNamed() {
    func expect(_ nodes: [Node], _ part: String, line: UInt = #line) {
      XCTAssertThrowsError(try network(nodes).shapes(), line: line) { error in
        XCTAssertTrue(error is NetworkError && "\(error)".contains(part), "\(error)", line: line)
      }
    }
    expect([], "no node")
    expect([Node("a", .relu, "nowhere")], "'nowhere'")
    expect([Node("a", .relu, "input"), Node("a", .relu, "input")], "two nodes")
    expect([Node("input", .relu, "input")], "two nodes")
    expect([Node("a", .add, "input")], "2 inputs")
    expect([Node("a", .linear(.init(4)), "input")], "expected a vector")
    expect(
      [Node("a", .globalAveragePool, "input"), Node("b", .shortcut(.init(outputs: 4, stride: 1)), "a")],
      "feature maps")
    expect(
      [Node("a", .convolution(.init(4, kernel: 11, padding: 0)), "input")], "larger than the padded input")
    expect([Node("a", .convolution(.init(0, kernel: 3)), "input")], "must be positive")
    expect([Node("a", .convolution(.init(4, kernel: 3, groups: 2)), "input")], "groups")
    expect([Node("a", .pooling(.init(.average, kernel: 2, stride: 0)), "input")], "stride 0")
    expect([Node("a", .globalAveragePool, "input")], "4 outputs")
    expect(
      [Node("a", .convolution(.init(4, kernel: 3)), "input"), Node("b", .add, "input", "a")], "one shape")
  }

  /// Sizes as a damaged or hostile file may hold them end in an error.
  func testSizesThatOverflowAreErrors() {
    let huge = Int.max / 2
    for nodes in [
      [Node("a", .convolution(.init(huge, kernel: 3)), "input")],
      [Node("a", .convolution(.init(4, kernel: 3, padding: huge)), "input")],
      [Node("a", .convolution(.init(4, kernel: 3, padding: 0, dilation: huge)), "input")],
      [Node("a", .pooling(.init(.maximum, kernel: huge, stride: 1, padding: huge)), "input")],
      [Node("a", .pooling(.init(.maximum, kernel: 1, stride: 1, padding: .max)), "input")],
      [Node("a", .shortcut(.init(outputs: .max, stride: 1)), "input")],
      [Node("a", .globalAveragePool, "input"), Node("b", .linear(.init(.max)), "a")],
    ] {
      XCTAssertThrowsError(try Complexity(network(nodes))) { XCTAssertTrue($0 is NetworkError, "\($0)") }
    }
    let wide = [
      Node("a", .convolution(.init(1 << 20, kernel: 1)), "input"), Node("b", .globalAveragePool, "a"),
      Node("c", .linear(.init(1 << 20)), "b"),
    ]
    XCTAssertThrowsError(try ParameterTable(network(wide, classes: 1 << 20))) {
      XCTAssertTrue("\($0)".contains("too many parameters"), "\($0)")
    }
  }

  func testOptionAChannelsPadAndCrop() {
    XCTAssertEqual(Layer.Shortcut(outputs: 6, stride: 2).sources(inputs: 3), [-1, 0, 1, 2, -1, -1])
    XCTAssertEqual(Layer.Shortcut(outputs: 3, stride: 2).sources(inputs: 3), [0, 1, 2])
    // 16 → 13 crops two channels in front and one behind.
    XCTAssertEqual(Layer.Shortcut(outputs: 13, stride: 1).sources(inputs: 16), Array(2..<15))
    XCTAssertEqual(Layer.Shortcut(outputs: 2, stride: 1, channels: [4, -1]).sources(inputs: 5), [4, -1])
  }

  func testShortcutChannelsAreChecked() throws {
    func network(_ channels: [Int]) -> Network {
      Network(
        name: "net", input: ImageShape(channels: 3, height: 4, width: 4), classes: 2,
        nodes: [
          Node("skip", .shortcut(.init(outputs: 2, stride: 1, channels: channels)), Network.inputName),
          Node("pool", .globalAveragePool, "skip"),
        ])
    }
    XCTAssertNoThrow(try network([2, -1]).shapes())
    for channels in [[0], [0, 1, 2], [0, 0], [3, 0], [-2, 0]] {
      XCTAssertThrowsError(try network(channels).shapes(), "\(channels)") {
        XCTAssertTrue("\($0)".contains("skip"), "\($0)")
      }
    }
  }
}
