import ModelZoo
import Networks
import XCTest

final class BundleNetworkTests: ZooTestCase {
  /// Multiply-accumulates are known in millions: of the network without skips, at 32 and 128 pixels. Depth 30
  /// has 252,498,944 at 32 pixels, which are 252 million; by way of 252.5 they may read as 253.
  func testCounts() throws {
    let rows: [(depth: Int, vgg: Int, resNet: Int, macs32: Double, macs128: Double)] = [
      (4, 84_362, 84_362, 21, 114), (10, 4_739_082, 4_913_802, 64, 284),
      (20, 12_192_906, 12_367_626, 158, 661), (30, 19_646_730, 19_821_450, 252, 1039),
      (50, 28_802_058, 28_976_778, 441, 1794), (76, 44_157_450, 44_332_170, 687, 2775),
      (100, 53_018_634, 53_193_354, 913, 3681), (120, 64_830_474, 65_005_194, 1102, 4436),
    ]
    for (depth, vgg, resNet, macs32, macs128) in rows {
      let small = try complexity("bundle-vgg\(depth)")
      let large = try complexity("bundle-vgg\(depth)", side: 128)
      XCTAssertEqual(small.parameters, vgg, "\(depth)")
      XCTAssertEqual(try complexity("bundle-resnet\(depth)").parameters, resNet, "\(depth)")
      XCTAssertEqual((Double(small.multiplyAccumulates) / 1e6).rounded(), macs32, "\(depth)")
      XCTAssertEqual((Double(large.multiplyAccumulates) / 1e6).rounded(), macs128, "\(depth)")
      let network = try network("bundle-vgg\(depth)")
      XCTAssertEqual(network.convolutions + 1, depth)
    }
  }

  /// Removing a type of blocks removes its halving of the maps, and so may cost more.
  func testBlocksInsteadOfTheDepths() throws {
    for (blocks, macs) in [
      ("3.12.41.3", 1102.0), ("3.0.41.3", 3334), ("3.12.0.3", 479), ("3.12.5.3", 422),
    ] {
      let found = try complexity("bundle-vgg120:blocks=\(blocks)").multiplyAccumulates
      XCTAssertEqual((Double(found) / 1e6).rounded(), macs, blocks)
    }
    try assertCosts("bundle-vgg120:blocks=0.0.0.0", 9_408 + 64 + 128 + 650, 256 * 9_408 + 640)
  }

  func testParametersOfBlocks() throws {
    func parameters(_ blocks: String) throws -> Int {
      try complexity("bundle-vgg4:blocks=\(blocks)").parameters
    }
    let base = try parameters("1.1.1.1")
    for (blocks, later) in [
      ("2.1.1.1", 74_112), ("1.2.1.1", 295_680), ("1.1.2.1", 1_181_184), ("1.1.1.2", 4_721_664),
    ] {
      XCTAssertEqual(try parameters(blocks) - base, later, blocks)
    }
  }

  func testMapsHalveFromTypeToTypeAndAreMaxPooledInWideImagesOnly() throws {
    for (side, sides) in [(32, [16, 8, 4, 2]), (128, [32, 16, 8, 4])] {
      for family in ["bundle-vgg", "bundle-resnet"] {
        let network = try network("\(family)10", side: side)
        let shapes = try network.shapes()
        for (type, expected) in sides.enumerated() {
          XCTAssertEqual(
            shapes["layer\(type + 1).0.relu2"],
            .maps(ImageShape(channels: 64 << type, height: expected, width: expected)))
        }
        XCTAssertEqual(network["maxpool"] != nil, side > 50)
      }
    }
    XCTAssertNil(try network("bundle-vgg10", side: 50)["maxpool"])
    XCTAssertNotNil(try network("bundle-vgg10", side: 51)["maxpool"])
  }

  func testNodeNames() throws {
    XCTAssertEqual(
      try network("bundle-vgg4").nodes.map(\.name),
      [
        "conv1", "bn1", "relu", "layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu1", "layer1.0.conv2",
        "layer1.0.bn2", "layer1.0.relu2", "avgpool", "linear",
      ])
    XCTAssertEqual(
      try network("bundle-resnet4:blocks=1.1.0.0").nodes.dropFirst(3).map(\.name),
      [
        "layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu1", "layer1.0.conv2", "layer1.0.bn2",
        "layer1.0.add", "layer1.0.relu2", "layer2.0.conv1", "layer2.0.bn1", "layer2.0.relu1",
        "layer2.0.conv2", "layer2.0.bn2", "layer2.0.shortcut.0", "layer2.0.shortcut.1", "layer2.0.add",
        "layer2.0.relu2", "avgpool", "linear",
      ])
    XCTAssertEqual(
      try ParameterTable(network("bundle-resnet10:width=0.5"))["layer2.0.shortcut.0.bias"]?.shape, [64])
  }
}
