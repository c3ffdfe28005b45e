import Networks
import XCTest

final class ReceptiveFieldTests: XCTestCase {
  private func network(_ nodes: [Node], height: Int = 32, width: Int = 32) -> Network {
    Network(
      name: "test", input: ImageShape(channels: 4, height: height, width: width), classes: 4,
      nodes: nodes + [Node("mean", .globalAveragePool, nodes.last?.name ?? Network.inputName)])
  }

  func testStridesDilationsPoolingsAndShortcuts() throws {
    let fields = try network([
      Node("a", .convolution(.init(4, kernel: 3, stride: 2)), "input"),
      Node("b", .convolution(.init(4, kernel: 3, dilation: 2)), "a"),
      Node("c", .pooling(.init(.average, kernel: 2, stride: 2)), "b"),
      Node("d", .shortcut(.init(outputs: 4, stride: 2)), "c"),
      Node("e", .relu, "d"),
      Node("f", .convolution(.init(4, kernel: 3)), "e"),
    ]).receptiveFields()
    // Jumps: 2 after a, 4 after c, 8 after d.
    XCTAssertEqual(
      fields.mapValues(\.longestSide), ["a": 3, "b": 11, "c": 13, "d": 13, "e": 13, "f": 29])
  }

  func testAxesAreApart() throws {
    var layer = Layer.Convolution(4, kernel: 1)
    layer.kernel = [3, 5]
    layer.padding = [1, 2]
    layer.stride = [1, 2]
    let fields = try network([
      Node("a", .convolution(layer), "input"), Node("b", .convolution(layer), "a"),
    ]).receptiveFields()
    XCTAssertEqual(fields["a"], ReceptiveField(height: 3, width: 5))
    XCTAssertEqual(fields["b"], ReceptiveField(height: 5, width: 13))
  }

  /// Vectors see everything.
  func testVectorsHaveNone() throws {
    let fields = try Network(
      name: "test", input: ImageShape(channels: 1, height: 4, width: 4), classes: 2,
      nodes: [
        Node("conv", .convolution(.init(2, kernel: 3)), "input"), Node("flatten", .flatten, "conv"),
        Node("hidden", .linear(.init(5)), "flatten"), Node("bn", .batchNorm, "hidden"),
        Node("relu", .relu, "bn"), Node("linear", .linear(.init(2)), "relu"),
      ]
    ).receptiveFields()
    XCTAssertEqual(Array(fields.keys), ["conv"])
  }

  func testTheLongestPathCounts() throws {
    var random = RandomNetworks(seed: 7)
    for _ in 0..<300 {
      let network = random.next()
      let fields = try network.receptiveFields()
      for node in network.nodes where fields[node.name] != nil {
        let paths = network.paths(to: node.name)
        XCTAssertEqual(fields[node.name]?.longestSide, paths.map(\.size).max(), "\(network)")
      }
    }
  }

  func testFieldsThatOverflowAreErrors() {
    let nodes = (0..<4).map { index in
      Node(
        "a\(index)", .convolution(.init(4, kernel: 1, stride: 1 << 20)),
        index == 0 ? "input" : "a\(index - 1)")
    }
    XCTAssertThrowsError(try network(nodes).receptiveFields()) { error in
      XCTAssertTrue("\(error)".contains("'a3': too many pixels in the receptive field"), "\(error)")
    }
  }
}

extension Network {
  /// Size and jump of each single path that leads to a node.
  fileprivate func paths(to name: String) -> [(size: Int, jump: Int)] {
    guard let node = nodes.first(where: { $0.name == name }) else { return [(1, 1)] }
    let (span, stride): (Int, Int) =
      switch node.layer {
      case .convolution(let layer): (layer.dilation[0] * (layer.kernel[0] - 1) + 1, layer.stride[0])
      case .pooling(let layer): (layer.kernel, layer.stride)
      default: (1, 1)
      }
    return node.inputs.flatMap { paths(to: $0) }.map { ($0.size + (span - 1) * $0.jump, $0.jump * stride) }
  }
}
