import ModelZoo
import Networks
import XCTest

final class ImageNetResNetTests: ZooTestCase {
  /// Parameters are torchvision's.
  func testCountsToTheUnit() throws {
    let rows: [(depth: Int, parameters: Int, macs: Int, state: Int, convolutions: Int)] = [
      (18, 11_689_512, 1_814_073_344, 9_600, 20), (34, 21_797_672, 3_663_761_408, 17_024, 36),
      (50, 25_557_032, 4_089_184_256, 53_120, 53), (101, 44_549_160, 7_801_405_440, 105_344, 104),
      (152, 60_192_808, 11_513_626_624, 151_424, 155),
    ]
    for (depth, parameters, macs, state, convolutions) in rows {
      try assertCosts("resnet\(depth)", side: 224, classes: 1000, parameters, macs)
      let network = try network("resnet\(depth)", side: 224, classes: 1000)
      XCTAssertEqual(try ParameterTable(network).statisticsCount, state, "\(depth)")
      XCTAssertEqual(network.convolutions, convolutions, "\(depth)")
    }
  }

  /// The state dicts of torchvision hold one more number per batch norm.
  func testStateDictEntries() throws {
    for (depth, expected) in [18: 122, 34: 218, 50: 320, 101: 626, 152: 932] {
      let network = try network("resnet\(depth)")
      XCTAssertEqual(try entries(network) + network.batchNorms, expected, "\(depth)")
    }
  }

  func testCIFARStem() throws {
    try assertCosts("resnet18:stem=cifar", 11_173_962, 555_422_720)
    try assertCosts("resnet34:stem=cifar", 21_282_122, 1_159_402_496)
    try assertCosts("resnet50:stem=cifar", 23_520_842, 1_297_829_888)
    try assertCosts("resnet101:stem=cifar", 42_512_970, 2_509_983_744)
    try assertCosts("resnet18:stem=cifar", classes: 100, 11_220_132, 555_468_800)
    try assertCosts("resnet50:stem=cifar", classes: 100, 23_705_252, 1_298_014_208)
    XCTAssertNil(try network("resnet18:stem=cifar")["maxpool"])
  }

  func testNodeNames() throws {
    XCTAssertEqual(
      try network("resnet18:blocks=1.1.0.0").nodes.map(\.name),
      [
        "conv1", "bn1", "relu", "maxpool", "layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu1",
        "layer1.0.conv2", "layer1.0.bn2", "layer1.0.add", "layer1.0.relu2", "layer2.0.conv1", "layer2.0.bn1",
        "layer2.0.relu1", "layer2.0.conv2", "layer2.0.bn2", "layer2.0.downsample.0", "layer2.0.downsample.1",
        "layer2.0.add", "layer2.0.relu2", "avgpool", "fc",
      ])
    XCTAssertEqual(
      try network("resnet50:blocks=1.0.0.0").nodes.map(\.name),
      [
        "conv1", "bn1", "relu", "maxpool", "layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu1",
        "layer1.0.conv2", "layer1.0.bn2", "layer1.0.relu2", "layer1.0.conv3", "layer1.0.bn3",
        "layer1.0.downsample.0", "layer1.0.downsample.1", "layer1.0.add", "layer1.0.relu3", "avgpool", "fc",
      ])
  }

  func testStrideSitsOnTheThreeByThreeConvolution() throws {
    let network = try network("resnet50", side: 224)
    XCTAssertEqual(network["layer2.0.conv1"]?.layer, .convolution(.init(128, kernel: 1)))
    XCTAssertEqual(network["layer2.0.conv2"]?.layer, .convolution(.init(128, kernel: 3, stride: 2)))
    XCTAssertEqual(network["layer2.0.downsample.0"]?.layer, .convolution(.init(512, kernel: 1, stride: 2)))
    XCTAssertEqual(network["layer2.1.add"]?.inputs, ["layer2.1.bn3", "layer2.0.relu3"])
  }

  func testUnitsOfBottlenecks() throws {
    let table = try ParameterTable(network("resnet50"))
    let units = table.parameters.filter {
      $0.name.hasPrefix("layer") && ($0.name.hasSuffix("conv1.weight") || $0.name.hasSuffix("conv2.weight"))
    }
    XCTAssertEqual(units.reduce(0) { $0 + $1.shape[0] }, 7_552)
  }

  func testWidthScalesInnerWidths() throws {
    let table = try ParameterTable(network("resnet50:width=0.3,stem=cifar"))
    XCTAssertEqual(table["conv1.weight"]?.shape, [19, 3, 3, 3])
    XCTAssertEqual(table["layer1.0.conv3.weight"]?.shape, [76, 19, 1, 1])
    XCTAssertEqual(table["layer2.0.downsample.0.weight"]?.shape, [152, 76, 1, 1])
    XCTAssertEqual(table["fc.weight"]?.shape, [10, 616])
  }
}
