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
    for family in ["bundle-vgg", "bundle-resnet"] {
      try assertCosts("\(family)120:blocks=0.0.0.0", 9_408 + 64 + 128 + 650, 256 * 9_408 + 640)
      XCTAssertEqual(
        try network("\(family)4:blocks=3.12.5.3").nodes, try network("\(family)120:blocks=3.12.5.3").nodes)
    }
  }

  /// The next type's first block takes the channels that there are, and halves the maps once.
  func testTypesWithoutBlocks() throws {
    for (blocks, type, side, vgg, resNet) in [
      ("3.0.41.3", 3, 8, 61_208_586, 61_358_346), ("3.12.0.3", 4, 4, 16_107_018, 16_182_666),
      ("3.12.41.0", 3, 4, 51_842_570, 51_884_682), ("0.12.41.3", 2, 8, 64_608_138, 64_782_858),
      ("0.0.0.1", 4, 8, 2_672_010, 2_706_314),
    ] {
      for (family, parameters) in [("bundle-vgg", vgg), ("bundle-resnet", resNet)] {
        let network = try network("\(family)120:blocks=\(blocks)")
        XCTAssertEqual(try Complexity(network).parameters, parameters, "\(family), \(blocks)")
        XCTAssertEqual(
          try network.shapes()["layer\(type).0.relu2"],
          .maps(ImageShape(channels: 32 << type, height: side, width: side)), "\(family), \(blocks)")
      }
    }
  }

  /// Without the linear layer, whose inputs are the last block's channels.
  func testParametersOfBlocks() throws {
    func parameters(_ blocks: String, channels: Int) throws -> Int {
      try complexity("bundle-vgg4:blocks=\(blocks)").parameters - 10 * channels
    }
    for (type, first, later) in [
      (0, 74_112, 74_112), (1, 221_952, 295_680), (2, 886_272, 1_181_184), (3, 3_542_016, 4_721_664),
    ] {
      let counts = try (0...2).map { count in
        let blocks = (0..<4).map { $0 < type ? "1" : $0 == type ? "\(count)" : "0" }
        return try parameters(
          blocks.joined(separator: "."), channels: 64 << (count == 0 ? max(0, type - 1) : type))
      }
      XCTAssertEqual([counts[1] - counts[0], counts[2] - counts[1]], [first, later], "type \(type + 1)")
    }
  }

  /// Each scale and each shift goes; the biases stay, and so does what is multiplied.
  func testWithoutBatchNorm() throws {
    for (model, parameters) in [
      ("bundle-vgg4", 83_978), ("bundle-vgg120", 64_775_306), ("bundle-resnet120", 64_948_234),
    ] {
      for side in [32, 128] {
        let network = try network("\(model):bn=0", side: side)
        XCTAssertEqual(network.batchNorms, 0)
        XCTAssertEqual(try ParameterTable(network).statisticsCount, 0)
        let cost = try Complexity(network)
        XCTAssertEqual(cost.parameters, parameters, model)
        XCTAssertEqual(
          cost.multiplyAccumulates, try complexity(model, side: side).multiplyAccumulates, model)
      }
    }
    XCTAssertEqual(
      try network("bundle-vgg4:bn=0").nodes.map(\.name),
      [
        "conv1", "relu", "layer1.0.conv1", "layer1.0.relu1", "layer1.0.conv2", "layer1.0.relu2", "avgpool",
        "linear",
      ])
    let residual = try network("bundle-resnet4:blocks=1.1.0.0,bn=0")
    XCTAssertEqual(
      residual.nodes.dropFirst(2).map(\.name),
      [
        "layer1.0.conv1", "layer1.0.relu1", "layer1.0.conv2", "layer1.0.add", "layer1.0.relu2",
        "layer2.0.conv1", "layer2.0.relu1", "layer2.0.conv2", "layer2.0.shortcut.0", "layer2.0.add",
        "layer2.0.relu2", "avgpool", "linear",
      ])
    XCTAssertEqual(residual["layer1.0.add"]?.inputs, ["layer1.0.conv2", "relu"])
    XCTAssertEqual(residual["layer2.0.add"]?.inputs, ["layer2.0.conv2", "layer2.0.shortcut.0"])
    XCTAssertEqual(residual.residualBlocks().map(\.name), ["layer1.0", "layer2.0"])
  }

  func testWidth() throws {
    try assertCosts("bundle-vgg10:width=0.25", 300_042, 4_437_248)
    try assertCosts("bundle-vgg10:width=0.25,bn=0", 299_050, 4_437_248)
    try assertCosts("bundle-resnet10:width=0.25,bn=0", 310_026, 4_535_552)
    try assertCosts("bundle-resnet10:width=0.25", 311_466, 4_535_552)
    let thin = try ParameterTable(network("bundle-vgg10:width=0.001"))
    XCTAssertEqual(thin["layer4.0.conv2.weight"]?.shape, [1, 1, 3, 3])
  }

  func testMessages() {
    for (text, expected) in [
      ("bundle-vgg10:blocks=1.1.1", "option 'blocks': expected 4 whole numbers in 0…1000"),
      ("bundle-vgg10:blocks=1.1.-1.1", "found '1.1.-1.1'"), ("bundle-resnet10:blocks=1.1.1.1001", "0…1000"),
      ("bundle-resnet10:bn=no", "option 'bn': expected 0 or 1, found 'no'"),
      ("bundle-vgg10:width=0", "option 'width': expected a number above 0"),
      ("bundle-vgg10:shortcut=b", "'bundle-vgg10' has no option 'shortcut'"),
      ("bundle-resnet10:block=1.1.1.1", "did you mean 'blocks'?"), ("bundle-vgg119", "'bundle-vgg10'"),
    ] {
      XCTAssertThrowsError(try network(text), text) { error in
        XCTAssertTrue("\(error)".contains(expected), "\(text): \(error)")
      }
    }
  }

  func testMapsHalveFromTypeToTypeAndAreMaxPooledInWideImagesOnly() throws {
    for (side, sides) in [(32, [16, 8, 4, 2]), (28, [14, 7, 4, 2]), (128, [32, 16, 8, 4])] {
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
