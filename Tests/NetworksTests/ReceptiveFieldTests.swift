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
    XCTAssertEqual(fields["a"]?.axes.map(\.longest), [3, 5])
    XCTAssertEqual(fields["b"]?.axes.map(\.longest), [5, 13])
    XCTAssertEqual(fields["b"]?.axes.map(\.jump), [1, 4])
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

  func testAllPathsCount() throws {
    var random = RandomNetworks(seed: 7)
    for _ in 0..<300 {
      let network = random.next()
      let fields = try network.receptiveFields()
      for node in network.nodes {
        guard let field = fields[node.name] else { continue }
        let paths = network.paths(to: node.name)
        XCTAssertEqual(field.height.shortest, paths.map(\.pixels.count).min(), "\(network)")
        let extent = paths.map(\.pixels.lowerBound).min()!...paths.map(\.pixels.upperBound).max()!
        XCTAssertEqual(field.height.extent, extent, "\(network)")
      }
    }
  }

  /// Two windows that do not begin at the same pixel see more together than each.
  func testPathsBesideEachOther() throws {
    let left = Layer.pooling(.init(.average, kernel: 3, stride: 1, padding: 1))
    var even = Layer.Convolution(4, kernel: 4)
    even.padding = [0, 0]
    let fields = try network([
      Node("a", left, "input"), Node("b", .convolution(even), "a"),
      Node("c", .convolution(even), "input"), Node("d", left, "c"), Node("sum", .add, "b", "d"),
    ]).receptiveFields()
    XCTAssertEqual(fields["b"]?.height.extent, -1...4)
    XCTAssertEqual(fields["d"]?.height.extent, -1...4)
    XCTAssertEqual(fields["sum"]?.height.extent, -1...4)
    var late = Layer.Convolution(4, kernel: 3)
    late.padding = [0, 2]
    let shifted = try network([
      Node("a", .convolution(.init(4, kernel: 3)), "input"), Node("b", .convolution(late), "input"),
      Node("c", .pooling(.init(.average, kernel: 3, stride: 1)), "a"),
    ]).receptiveFields()
    XCTAssertEqual(shifted["b"]?.axes.map(\.extent), [0...2, -2...0])
    XCTAssertEqual(shifted["b"]?.axes.map(\.centre), [1, -1])
  }

  func testFieldsAreBounded() throws {
    // Windows, strides and paddings as large as a network may have.
    var layer = Layer.Convolution(1, kernel: 1 << 20, stride: 1 << 20)
    layer.padding = [1 << 20, 1 << 20]
    for count in 2...5 {
      let nodes = (0..<count).map { index in
        Node("a\(index)", .convolution(layer), index == 0 ? "input" : "a\(index - 1)")
      }
      let network = Network(
        name: "test", input: ImageShape(channels: 1, height: 1, width: 1), classes: 1,
        nodes: nodes + [Node("mean", .globalAveragePool, "a\(count - 1)")])
      XCTAssertThrowsError(try network.receptiveFields()) { error in
        guard case NetworkError.tooLarge = error else { return XCTFail("\(error)") }
      }
    }
  }

  /// A factor from the whole image lets everything be seen; the shortest path goes around it.
  func testChannelFactorsSeeEverything() throws {
    let fields = try network([
      Node("a", .convolution(.init(4, kernel: 3)), "input"), Node("squeeze", .globalAveragePool, "a"),
      Node("excite", .linear(.init(4)), "squeeze"), Node("scale", .scaleChannels, "a", "excite"),
      Node("b", .convolution(.init(4, kernel: 3)), "scale"), Node("both", .concatenate, "a", "b", "a"),
      Node("narrow", .convolution(.init(4, kernel: 1)), "both"),
    ]).receptiveFields()
    XCTAssertEqual(fields["scale"]?.longestSide, .none)
    XCTAssertEqual(fields["scale"]?.height.shortest, 3)
    XCTAssertEqual(fields["b"]?.longestSide, .none)
    XCTAssertEqual(fields["b"]?.height.shortest, 5)
    XCTAssertEqual(fields["both"]?.height.shortest, 3)
    XCTAssertNil(fields["excite"])
  }

  func testFieldsThatOverflowAreErrors() {
    let nodes = (0..<4).map { index in
      Node(
        "a\(index)", .convolution(.init(4, kernel: 1, stride: 1 << 20)),
        index == 0 ? "input" : "a\(index - 1)")
    }
    XCTAssertThrowsError(try network(nodes).receptiveFields()) { error in
      XCTAssertTrue("\(error)".contains("'a1': too many pixels in the receptive field"), "\(error)")
    }
  }
}

extension Network {
  /// The pixels that position 0 sees along each single path that leads to a node, and how far apart positions lie.
  fileprivate func paths(to name: String) -> [(pixels: ClosedRange<Int>, jump: Int)] {
    guard let node = nodes.first(where: { $0.name == name }) else { return [(0...0, 1)] }
    let (span, stride, padding): (Int, Int, Int) =
      switch node.layer {
      case .convolution(let layer):
        (layer.dilation[0] * (layer.kernel[0] - 1) + 1, layer.stride[0], layer.padding[0])
      case .pooling(let layer): (layer.kernel, layer.stride, layer.padding)
      case .shortcut(let layer): (1, layer.stride, 0)
      default: (1, 1, 0)
      }
    return node.inputs.flatMap { paths(to: $0) }.map { pixels, jump in
      let first = pixels.lowerBound - padding * jump
      return (first...(first + pixels.count - 1 + (span - 1) * jump), jump * stride)
    }
  }
}
