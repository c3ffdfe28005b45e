import ModelZoo
import Networks
import XCTest

final class MultilayerPerceptronTests: XCTestCase {
  private let image = ImageShape(channels: 1, height: 28, width: 28)

  func testCounts() throws {
    let network = try ModelZoo.network("mlp:width=50,depth=20", input: image, classes: 10)
    let complexity = try Complexity(network)
    XCTAssertEqual(complexity.multiplyAccumulates, 784 * 50 + 19 * 50 * 50 + 50 * 10)
    XCTAssertEqual(complexity.parameters, complexity.multiplyAccumulates + 20 * 50 + 10)
    let normalised = try ModelZoo.network("mlp:width=50,depth=20,bn=1", input: image, classes: 10)
    XCTAssertEqual(try Complexity(normalised).parameters, complexity.parameters + 20 * 100)
    let plain = try Complexity(ModelZoo.network("mlp:depth=0", input: image, classes: 3))
    XCTAssertEqual(plain.parameters, 784 * 3 + 3)
  }

  /// The grid of arXiv 2011.02956: narrow networks, far too deep to train.
  func testNarrowAndDeep() throws {
    for width in [5, 10, 25, 50, 100] {
      for depth in [5, 10, 25, 50, 100] {
        let network = try ModelZoo.network("mlp:width=\(width),depth=\(depth)", input: image, classes: 10)
        XCTAssertEqual(network.nodes.count, 1 + 2 * depth + 1)
        let hidden = 785 * width + (depth - 1) * (width + 1) * width
        XCTAssertEqual(try Complexity(network).parameters, hidden + 10 * (width + 1))
        XCTAssertEqual(try network.shapes()["hidden.\(depth - 1).relu"], .vector(width))
      }
    }
  }

  func testNodeNames() throws {
    XCTAssertEqual(
      try ModelZoo.network("mlp", input: image, classes: 10).nodes.map(\.name),
      ["flatten", "hidden.0", "hidden.0.relu", "hidden.1", "hidden.1.relu", "linear"])
    let network = try ModelZoo.network("mlp:width=7,depth=1,bn=1", input: image, classes: 10)
    XCTAssertEqual(
      network.nodes.map(\.name), ["flatten", "hidden.0", "hidden.0.bn", "hidden.0.relu", "linear"])
    let table = try ParameterTable(network)
    XCTAssertEqual(table["hidden.0.weight"]?.shape, [7, 784])
    XCTAssertEqual(table["hidden.0.bn.running_var"]?.shape, [7])
    XCTAssertEqual(table["linear.weight"]?.shape, [10, 7])
  }
}
