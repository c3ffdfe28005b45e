import Networks
import XCTest

final class CountingConventionTests: XCTestCase {
  private let image = ImageShape(channels: 4, height: 6, width: 5)

  /// Ends in 3 classes by way of global average pooling.
  private func network(_ nodes: [Node]) -> Network {
    Network(
      name: "test", input: image, classes: 3,
      nodes: nodes + [
        Node("pool", .globalAveragePool, nodes.last?.name ?? Network.inputName),
        Node("linear", .linear(.init(3)), "pool"),
      ])
  }

  private func operations(_ nodes: [Node], _ convention: CountingConvention) throws -> [String: Int] {
    let summary = try NetworkSummary(network(nodes), convention: convention)
    return Dictionary(uniqueKeysWithValues: summary.rows.map { ($0.name, $0.operations) })
  }

  private let everyCountedLayer = [
    Node("conv", .convolution(.init(8, kernel: 3, groups: 2, bias: true)), "input"),
    Node("bn", .batchNorm, "conv"),
    Node("relu", .relu, "bn"),
    Node("max", .pooling(.init(.maximum, kernel: 2, stride: 2)), "relu"),
    Node("skip", .shortcut(.init(outputs: 8, stride: 1)), "max"),
    Node("add", .add, "max", "skip"),
  ]

  /// 240 outputs of the convolution, 8×3×2 after pooling.
  func testEveryConventionByHand() throws {
    let products = 240 * 2 * 9
    let expected: [CountingConvention: [String: Int]] = [
      .multiplyAccumulates: ["conv": products, "linear": 24],
      .twice: ["conv": 2 * products, "linear": 48],
      .fvcore: ["conv": products, "bn": 480, "pool": 48, "linear": 24],
      .thop: ["conv": products, "bn": 960, "pool": 48 + 8, "linear": 24],
      .oldThop: ["conv": products, "bn": 480, "linear": 24],
      .torchPruning: [
        "conv": products + 240, "bn": 480, "relu": 240, "max": 240, "pool": 48, "linear": 24 + 3,
      ],
    ]
    XCTAssertEqual(Set(expected.keys), Set(CountingConvention.allCases))
    for (convention, counts) in expected {
      for (name, count) in try operations(everyCountedLayer, convention) {
        XCTAssertEqual(count, counts[name] ?? 0, "\(name), \(convention)")
      }
    }
  }

  func testConvolutionsThatAreNotSquare() throws {
    var layer = Layer.Convolution(6, kernel: 1)
    layer.kernel = [3, 1]
    layer.padding = [1, 0]
    layer.stride = [2, 1]
    let counts = try operations([Node("conv", .convolution(layer), "input")], .multiplyAccumulates)
    XCTAssertEqual(counts["conv"], 6 * 3 * 5 * 4 * 3)
  }

  func testWhatAConventionDoesNotSayIsAnError() throws {
    let layers: [(layer: Layer, counting: Set<CountingConvention>)] = [
      (.gate, [.multiplyAccumulates, .twice]),
      (
        .pooling(.init(.average, kernel: 2, stride: 1)), [.multiplyAccumulates, .twice, .torchPruning]
      ),
    ]
    for (layer, counting) in layers {
      for convention in CountingConvention.allCases {
        let nodes = [Node("odd", layer, "input")]
        if counting.contains(convention) {
          let expected = convention == .torchPruning ? image.channels * image.height * image.width : 0
          XCTAssertEqual(try operations(nodes, convention)["odd"], expected)
        } else {
          XCTAssertThrowsError(try operations(nodes, convention)) { error in
            XCTAssertEqual((error as? UncountableLayer)?.node, "odd")
            XCTAssertEqual((error as? UncountableLayer)?.convention, convention)
            XCTAssertTrue("\(error)".contains("'macs'"), "\(error)")
          }
        }
      }
    }
  }

  func testNamesAndDefinitions() {
    for convention in CountingConvention.allCases {
      XCTAssertEqual(CountingConvention(name: convention.rawValue), convention)
    }
    XCTAssertEqual(CountingConvention(name: "torchvision"), .multiplyAccumulates)
    for name in ["", "MACs", "flops", "1x"] { XCTAssertNil(CountingConvention(name: name)) }
    XCTAssertEqual(
      Set(CountingConvention.allCases.map(\.definition)).count, CountingConvention.allCases.count)
  }
}
