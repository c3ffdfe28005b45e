import ModelZoo
import Networks
import XCTest

/// Longest-path receptive fields of known networks.
final class ZooReceptiveFieldTests: ZooTestCase {
  /// Of the spatial convolutions and poolings, in order.
  private func fields(_ model: String, side: Int = 224) throws -> [Int] {
    let network = try network(model, side: side)
    let fields = try network.receptiveFields()
    return network.nodes.compactMap { node in
      switch node.layer {
      case .convolution(let layer) where layer.kernel[0] > 1: fields[node.name]?.longestSide
      case .pooling: fields[node.name]?.longestSide
      default: nil
      }
    }
  }

  func testSequentialNetworks() throws {
    XCTAssertEqual(try fields("vgg11"), [3, 4, 8, 10, 18, 26, 30, 46, 62, 70, 102, 134, 150])
    XCTAssertEqual(
      try fields("vgg13"), [3, 5, 6, 10, 14, 16, 24, 32, 36, 52, 68, 76, 108, 140, 156])
    XCTAssertEqual(
      try fields("vgg16"),
      [3, 5, 6, 10, 14, 16, 24, 32, 40, 44, 60, 76, 92, 100, 132, 164, 196, 212])
    XCTAssertEqual(
      try fields("vgg19"),
      [3, 5, 6, 10, 14, 16, 24, 32, 40, 48, 52, 68, 84, 100, 116, 124, 156, 188, 220, 252, 268])
    // A projection adds nothing.
    XCTAssertEqual(try fields("vgg16:skips=1"), try fields("vgg16"))
  }

  func testNetworksWithSkips() throws {
    XCTAssertEqual(
      try fields("resnet18"),
      [7, 11, 19, 27, 35, 43, 51, 67, 83, 99, 115, 147, 179, 211, 243, 307, 371, 435])
    XCTAssertEqual(
      try fields("resnet50"),
      [7, 11, 19, 27, 35, 43, 59, 75, 91, 107, 139, 171, 203, 235, 267, 299, 363, 427])
    for (model, expected) in [
      ("resnet34", 899), ("resnet101", 971), ("resnet152", 1451), ("resnet18:stem=cifar", 109),
      ("resnet34:stem=cifar", 225),
    ] {
      XCTAssertEqual(try fields(model).last, expected, model)
    }
  }

  func testCIFARResNets() throws {
    for (depth, expected) in [20: 81, 32: 137, 44: 193, 56: 249, 110: 501] {
      let n = (depth - 2) / 6
      for shortcut in ["a", "b"] {
        let found = try fields("resnet\(depth):shortcut=\(shortcut)", side: 32)
        XCTAssertEqual(found.last, expected)
        XCTAssertEqual([found[2 * n], found[4 * n]], [4 * n + 3, 12 * n + 1])
      }
    }
    XCTAssertEqual(
      try fields("resnet20", side: 32),
      [3, 5, 7, 9, 11, 13, 15, 17, 21, 25, 29, 33, 37, 41, 49, 57, 65, 73, 81])
  }
}
