import ModelZoo
import Networks
import XCTest

final class CIFARResNetTests: ZooTestCase {
  /// Option A of depths 20 to 56 counts what is in the published weight files, the rest the papers' tables or
  /// the formula.
  func testCountsToTheUnit() throws {
    try assertFamily(
      depth: 20, "a", 269_722, 275_572, 40_551_040, 40_556_800, state: 1_376, convolutions: 19)
    try assertFamily(
      depth: 20, "b", 272_474, 278_324, 40_813_184, 40_818_944, state: 1_568, convolutions: 21)
    try assertFamily(
      depth: 32, "a", 464_154, 470_004, 68_862_592, 68_868_352, state: 2_272, convolutions: 31)
    try assertFamily(
      depth: 32, "b", 466_906, 472_756, 69_124_736, 69_130_496, state: 2_464, convolutions: 33)
    try assertFamily(
      depth: 44, "a", 658_586, 664_436, 97_174_144, 97_179_904, state: 3_168, convolutions: 43)
    try assertFamily(
      depth: 44, "b", 661_338, 667_188, 97_436_288, 97_442_048, state: 3_360, convolutions: 45)
    try assertFamily(
      depth: 56, "a", 853_018, 858_868, 125_485_696, 125_491_456, state: 4_064, convolutions: 55)
    try assertFamily(
      depth: 56, "b", 855_770, 861_620, 125_747_840, 125_753_600, state: 4_256, convolutions: 57)
    try assertFamily(
      depth: 110, "a", 1_727_962, 1_733_812, 252_887_680, 252_893_440, state: 8_096, convolutions: 109)
    try assertFamily(
      depth: 110, "b", 1_730_714, 1_736_564, 253_149_824, 253_155_584, state: 8_288, convolutions: 111)
    try assertFamily(
      depth: 1202, "a", 19_421_274, 19_427_124, 2_829_238_912, 2_829_244_672, state: 89_632,
      convolutions: 1201)
  }

  private func assertFamily(
    depth: Int, _ shortcut: String, _ parameters10: Int, _ parameters100: Int, _ macs10: Int, _ macs100: Int,
    state: Int, convolutions: Int, line: UInt = #line
  ) throws {
    let model = "resnet\(depth):shortcut=\(shortcut)"
    try assertCosts(model, parameters10, macs10, line: line)
    try assertCosts(model, classes: 100, parameters100, macs100, line: line)
    let network = try network(model)
    XCTAssertEqual(try ParameterTable(network).statisticsCount, state, model, line: line)
    XCTAssertEqual(network.convolutions, convolutions, model, line: line)
    XCTAssertEqual(try entries(network), 5 * convolutions + 2, model, line: line)
  }

  func testHandFormulas() throws {
    for (model, n) in [("resnet20", 3), ("resnet56", 9), ("resnet110", 18), ("resnet1202", 200)] {
      let macs =
        442_368 + 2 * n * 2_359_296 + 2 * (1_179_648 + (2 * n - 1) * 2_359_296) + 640
      XCTAssertEqual(try complexity(model).multiplyAccumulates, macs, model)
    }
  }

  /// Widths of pruned networks. `operations` is the old convention of thop, by which they were published.
  func testIrregularWidths() throws {
    let settings: [(model: String, parameters: Int, macs: Int, operations: Int)] = [
      ("resnet56:stages=13.27.64,inner=9.19.38", 485_413, 65_168_128, 65_935_872),
      ("resnet56:stages=9.19.64,inner=8.12.19", 240_793, 34_197_184, 34_781_760),
      ("resnet56:stages=13.26.64,inner=13.26.52", 660_157, 89_460_352, 90_345_600),
      ("resnet110:stages=12.25.64,inner=11.20.41", 1_045_951, 139_006_144, 140_543_424),
      ("resnet110:stages=12.24.64,inner=10.17.35", 889_702, 119_638_144, 121_087_872),
      ("resnet110:stages=9.19.64,inner=8.11.22", 543_742, 70_554_880, 71_688_960),
    ]
    for (model, parameters, macs, operations) in settings {
      try assertCosts(model, parameters, macs)
      XCTAssertEqual(
        try NetworkSummary(network(model), convention: .oldThop).operations, operations, model)
    }
  }

  /// The first block of stage 1 crops its input's 16 channels to 13: two in front and one behind.
  func testOptionAStandsAtStrideOneToo() throws {
    let network = try network("resnet56:stages=13.27.64,inner=9.19.38")
    XCTAssertEqual(network["layer1.0.shortcut"]?.layer, .shortcut(.init(outputs: 13, stride: 1)))
    XCTAssertEqual(network["layer2.0.shortcut"]?.layer, .shortcut(.init(outputs: 27, stride: 2)))
    XCTAssertEqual(network["layer1.0.add"]?.inputs, ["layer1.0.bn2", "layer1.0.shortcut"])
    XCTAssertEqual(network["layer1.1.add"]?.inputs, ["layer1.1.bn2", "layer1.0.relu2"])
    XCTAssertEqual(Layer.Shortcut(outputs: 13, stride: 1).sources(inputs: 16), Array(2..<15))
    let wider = try self.network("resnet20:stem=8,stages=16.32.64")
    XCTAssertEqual(wider["layer1.0.shortcut"]?.layer, .shortcut(.init(outputs: 16, stride: 1)))
    XCTAssertEqual(try ParameterTable(wider)["layer1.0.conv1.weight"]?.shape, [16, 8, 3, 3])
  }

  /// What removing an identity block saves.
  func testBlockDeltas() throws {
    let macs = 125_485_696
    try assertCosts("resnet56:blocks=8.9.9", 853_018 - 4_672, macs - 4_718_592)
    try assertCosts("resnet56:blocks=9.8.9", 853_018 - 18_560, macs - 4_718_592)
    try assertCosts("resnet56:blocks=9.9.8", 853_018 - 73_984, macs - 4_718_592)
    try assertCosts("resnet56:blocks=8.9.9", 848_346, 120_767_104)
    try assertCosts("resnet56:blocks=9.8.9", 834_458, 120_767_104)
    try assertCosts("resnet56:blocks=9.9.8", 779_034, 120_767_104)
    try assertCosts("resnet56:blocks=1.1.1", 75_290, 12_239_488)
    try assertCosts("resnet56:blocks=0.0.0", 448 + 32 + 170 - 16, 442_368 + 160)
  }

  /// What one inner unit less in each block of a stage saves; the first block of a stage saves less.
  func testUnitDeltas() throws {
    let (parameters, macs) = (853_018, 125_485_696)
    try assertCosts("resnet56:inner=15.32.64", parameters - 9 * 290, macs - 9 * 294_912)
    try assertCosts(
      "resnet56:inner=16.31.64", parameters - 434 - 8 * 578, macs - 110_592 - 8 * 147_456)
    try assertCosts(
      "resnet56:inner=16.32.63", parameters - 866 - 8 * 1_154, macs - 55_296 - 8 * 73_728)
  }

  /// Unit gates stand on the inner channels.
  func testBlocksAndInnerUnits() throws {
    for (model, blocks, units) in [("resnet20", 9, 336), ("resnet56", 27, 1008), ("resnet110", 54, 2016)] {
      let network = try network(model)
      let table = try ParameterTable(network)
      XCTAssertEqual(network.count { $0 == .add }, blocks)
      let inner = table.parameters.filter { $0.name.hasSuffix(".conv1.weight") }
      XCTAssertEqual(inner.reduce(0) { $0 + $1.shape[0] }, units)
      // What is never pruned: the stem and the classifier.
      let fixed = table.parameters.filter { !$0.name.hasPrefix("layer") }
      XCTAssertEqual(fixed.reduce(0) { $0 + $1.count }, 1_114)
    }
  }

  func testNodeNames() throws {
    XCTAssertEqual(
      try network("resnet20:blocks=1.1.0").nodes.map(\.name),
      [
        "conv1", "bn1", "relu", "layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu1", "layer1.0.conv2",
        "layer1.0.bn2", "layer1.0.add", "layer1.0.relu2", "layer2.0.conv1", "layer2.0.bn1", "layer2.0.relu1",
        "layer2.0.conv2", "layer2.0.bn2", "layer2.0.shortcut", "layer2.0.add", "layer2.0.relu2", "pool",
        "linear",
      ])
    let table = try ParameterTable(network("resnet20:shortcut=b"))
    XCTAssertEqual(table["layer2.0.conv1.weight"]?.shape, [32, 16, 3, 3])
    XCTAssertEqual(table["layer3.2.bn2.running_var"]?.shape, [64])
    XCTAssertEqual(table["linear.bias"]?.shape, [10])
    XCTAssertEqual(table["layer3.0.shortcut.0.weight"]?.shape, [64, 32, 1, 1])
    XCTAssertEqual(table["layer3.0.shortcut.1.running_mean"]?.shape, [64])
    XCTAssertNil(table["layer1.0.shortcut.0.weight"])
  }

  func testWidthScalesHiddenChannelsOnly() throws {
    let table = try ParameterTable(network("resnet20:width=0.3", classes: 7))
    XCTAssertEqual(table["conv1.weight"]?.shape, [5, 3, 3, 3])
    XCTAssertEqual(table["layer3.0.conv1.weight"]?.shape, [19, 10, 3, 3])
    XCTAssertEqual(table["linear.weight"]?.shape, [7, 19])
    let thin = try ParameterTable(network("resnet20:width=0.01", classes: 2))
    XCTAssertEqual(thin["layer3.2.conv2.weight"]?.shape, [1, 1, 3, 3])
    let explicit = try ParameterTable(network("resnet20:stages=10.20.30,inner=5.6.7,stem=4,width=2"))
    XCTAssertEqual(explicit["layer1.0.conv1.weight"]?.shape, [10, 8, 3, 3])
    XCTAssertEqual(explicit["layer3.0.conv2.weight"]?.shape, [60, 14, 3, 3])
  }
}
