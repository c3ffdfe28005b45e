import ModelZoo
import Networks
import XCTest

final class VGGTests: ZooTestCase {
  func testCountsOfDepthSixteenByHead() throws {
    let rows: [(options: String, parameters: [Int], macs: [Int])] = [
      ("head=1", [14_728_266, 14_774_436], [313_201_664, 313_247_744]),
      ("bias=0", [14_724_042, 14_770_212], [313_201_664, 313_247_744]),
      ("head=3", [15_253_578, 15_299_748], [313_725_952, 313_772_032]),
      ("head=2", [14_991_946, 15_038_116], [313_463_808, 313_509_888]),
      ("head=2,bias=0", [14_987_722], [313_463_808]),
    ]
    for (options, parameters, macs) in rows {
      for (index, classes) in [10, 100].enumerated().prefix(parameters.count) {
        try assertCosts("vgg16:\(options)", classes: classes, parameters[index], macs[index])
      }
    }
  }

  func testCountsOfOtherDepths() throws {
    try assertCosts("vgg11", 9_231_114, 152_769_536)
    try assertCosts("vgg13", 9_416_010, 228_267_008)
    try assertCosts("vgg19", 20_040_522, 398_136_320)
    try assertCosts("vgg16:head=imagenet", side: 224, classes: 1000, 138_365_992, 15_470_264_320)
  }

  func testUnits() throws {
    let network = try network("vgg16")
    XCTAssertEqual(network.convolutions, 13)
    let table = try ParameterTable(network)
    let units = table.parameters.filter { $0.role == .convolutionWeight }.reduce(0) { $0 + $1.shape[0] }
    XCTAssertEqual(units, 4_224)
  }

  /// A projection stands where the channels change: 3→64, 64→128, 128→256 and 256→512.
  func testSkips() throws {
    let projections = [(3, 64, 32), (64, 128, 16), (128, 256, 8), (256, 512, 4)]
    let parameters = projections.reduce(0) { $0 + $1.0 * $1.1 + $1.1 }
    let macs = projections.reduce(0) { $0 + $1.0 * $1.1 * $1.2 * $1.2 }
    try assertCosts("vgg16:skips=1", 14_728_266 + parameters, 313_201_664 + macs)
    let network = try network("vgg16:skips=1")
    XCTAssertEqual(network.count { $0 == .add }, 13)
    XCTAssertEqual(
      network.nodes.prefix(11).map(\.name),
      [
        "features.0", "features.1", "features.2", "skips.0", "features.0.add", "features.3", "features.4",
        "features.5", "features.3.add", "features.6", "features.7",
      ])
    XCTAssertEqual(network["skips.0"]?.inputs, ["input"])
    XCTAssertEqual(network["skips.0"]?.layer, .convolution(.init(64, kernel: 1, bias: true)))
    XCTAssertEqual(network["features.0.add"]?.inputs, ["features.2", "skips.0"])
    XCTAssertEqual(network["features.3.add"]?.inputs, ["features.5", "features.0.add"])
    XCTAssertEqual(network["features.6"]?.inputs, ["features.3.add"])
    XCTAssertEqual(network["features.6"]?.layer, .pooling(.init(.maximum, kernel: 2, stride: 2)))
  }

  func testNodeNames() throws {
    let features = (0...28).map { "features.\($0)" }
    XCTAssertEqual(
      try network("vgg11:head=2").nodes.map(\.name),
      features + [
        "avgpool", "classifier.linear1", "classifier.norm1", "classifier.relu1", "classifier.linear2",
      ])
    XCTAssertEqual(
      try network("vgg11:head=3").nodes.map(\.name),
      features + ["avgpool", "classifier.0", "classifier.1", "classifier.3", "classifier.4", "classifier.6"])
    XCTAssertEqual(
      try network("vgg11:head=imagenet").nodes.suffix(6).map(\.name),
      ["flatten", "classifier.0", "classifier.1", "classifier.3", "classifier.4", "classifier.6"])
    let network = try network("vgg16")
    XCTAssertEqual(network["features.40"]?.layer, .convolution(.init(512, kernel: 3, bias: true)))
    XCTAssertEqual(network.nodes.suffix(3).map(\.name), ["features.43", "avgpool", "classifier"])
  }

  func testWidthScalesHeadsToo() throws {
    let table = try ParameterTable(network("vgg16:head=3,width=0.25"))
    XCTAssertEqual(table["features.40.weight"]?.shape, [128, 128, 3, 3])
    XCTAssertEqual(table["classifier.0.weight"]?.shape, [128, 128])
    XCTAssertEqual(table["classifier.6.weight"]?.shape, [10, 128])
    let large = try ParameterTable(network("vgg11:head=imagenet,width=0.5", side: 224))
    XCTAssertEqual(large["classifier.0.weight"]?.shape, [2048, 256 * 49])
  }

  func testImagesThatArePooledAwayAreRefused() {
    XCTAssertThrowsError(try network("vgg16", side: 28)) { error in
      XCTAssertTrue("\(error)".contains("features.43") && "\(error)".contains("larger images"), "\(error)")
    }
  }
}
