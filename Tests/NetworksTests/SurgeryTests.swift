import Networks
import XCTest

final class SurgeryTests: XCTestCase {
  /// stem → block a (identity) → block b (option A, stride 2) → pool → linear.
  private let network = Network(
    name: "net", input: ImageShape(channels: 3, height: 8, width: 8), classes: 5,
    nodes: [
      Node("conv1", .convolution(.init(4, kernel: 3)), Network.inputName),
      Node("bn1", .batchNorm, "conv1"),
      Node("relu", .relu, "bn1"),
      Node("a.conv1", .convolution(.init(6, kernel: 3)), "relu"),
      Node("a.bn1", .batchNorm, "a.conv1"),
      Node("a.relu1", .relu, "a.bn1"),
      Node("a.conv2", .convolution(.init(4, kernel: 3)), "a.relu1"),
      Node("a.bn2", .batchNorm, "a.conv2"),
      Node("a.add", .add, "a.bn2", "relu"),
      Node("a.relu2", .relu, "a.add"),
      Node("b.conv1", .convolution(.init(8, kernel: 3, stride: 2)), "a.relu2"),
      Node("b.bn1", .batchNorm, "b.conv1"),
      Node("b.relu1", .relu, "b.bn1"),
      Node("b.conv2", .convolution(.init(8, kernel: 3)), "b.relu1"),
      Node("b.bn2", .batchNorm, "b.conv2"),
      Node("b.shortcut", .shortcut(.init(outputs: 8, stride: 2)), "a.relu2"),
      Node("b.add", .add, "b.bn2", "b.shortcut"),
      Node("b.relu2", .relu, "b.add"),
      Node("pool", .globalAveragePool, "b.relu2"),
      Node("linear", .linear(.init(5)), "pool"),
    ])

  func testGroupsAreCoupledThroughSumsAndEndAtShortcuts() throws {
    XCTAssertEqual(
      try network.unitGroups(),
      [
        UnitGroup(name: "conv1", count: 4, layers: ["conv1", "a.conv2"], isResidualStream: true),
        UnitGroup(name: "a.conv1", count: 6, layers: ["a.conv1"]),
        UnitGroup(name: "b.conv1", count: 8, layers: ["b.conv1"]),
        UnitGroup(name: "b.conv2", count: 8, layers: ["b.conv2"], isResidualStream: true),
      ])
  }

  func testBlocksAreFoundByTheirSums() {
    XCTAssertEqual(
      network.residualBlocks(),
      [
        ResidualBlock(
          name: "a", sum: "a.add", source: "relu",
          branch: ["a.conv1", "a.bn1", "a.relu1", "a.conv2", "a.bn2"], skip: []),
        ResidualBlock(
          name: "b", sum: "b.add", source: "a.relu2",
          branch: ["b.conv1", "b.bn1", "b.relu1", "b.conv2", "b.bn2"], skip: ["b.shortcut"]),
      ])
  }

  func testARemovedIdentityBlockVanishesAndOneWithAShortcutKeepsItsReLU() throws {
    let removed = try network.removing(Removal(blocks: ["a", "b"])).network
    XCTAssertEqual(
      removed.nodes.map(\.name), ["conv1", "bn1", "relu", "b.shortcut", "b.relu2", "pool", "linear"])
    XCTAssertEqual(
      removed.nodes.map { $0.inputs[0] }.dropFirst(3), ["relu", "b.shortcut", "b.relu2", "pool"])
  }

  /// Without a ReLU before the block, ReLU of the skip is not the skip.
  func testTheReLUStaysWhereTheSkipMayBeNegative() throws {
    var linearStem = network
    linearStem.nodes.removeAll { $0.name == "relu" }
    for index in linearStem.nodes.indices {
      linearStem.nodes[index].inputs = linearStem.nodes[index].inputs.map { $0 == "relu" ? "bn1" : $0 }
    }
    let removed = try linearStem.removing(Removal(blocks: ["a"])).network
    XCTAssertEqual(removed.nodes[2], Node("a.relu2", .relu, "bn1"))
  }

  func testUnitsGoWithTheirReaders() throws {
    let surgery = try network.removing(
      Removal(units: ["conv1": [1], "a.conv1": [0, 5], "b.conv2": [0, 2, 7]]))
    let shapes = try surgery.network.shapes()
    XCTAssertEqual(shapes["a.relu1"]?.channels, 4)
    XCTAssertEqual(shapes["a.relu2"]?.channels, 3)
    XCTAssertEqual(shapes["linear"], .vector(5))
    let table = try ParameterTable(surgery.network)
    XCTAssertEqual(table["a.conv1.weight"]?.shape, [4, 3, 3, 3])
    XCTAssertEqual(table["a.conv2.weight"]?.shape, [3, 4, 3, 3])
    XCTAssertEqual(table["linear.weight"]?.shape, [5, 5])
    // Inputs 0, 2, 3 of four stood at 2…5 of eight outputs; 1, 3, 4, 5, 6 of those stay.
    guard
      case .shortcut(let shortcut) = surgery.network.nodes.first(where: { $0.name == "b.shortcut" })?.layer
    else { return XCTFail("no shortcut") }
    XCTAssertEqual(shortcut.sources(inputs: 3), [-1, -1, 1, 2, -1])
  }

  /// Weight value = 1000 · output + input, so that each one tells where it came from.
  func testSlicesTakeTheRightValuesOfWeightsStatisticsAndMomentum() throws {
    let surgery = try network.removing(Removal(units: ["conv1": [1], "b.conv2": [0, 2, 7]], blocks: ["a"]))
    let table = try ParameterTable(network)
    func values(_ entry: Parameter, plus offset: Float) -> [Float] {
      (0..<entry.count).map { position in
        let perOutput = entry.count / entry.shape[0]
        let perInput = entry.shape.count > 1 ? perOutput / entry.shape[1] : 1
        return offset + Float(position / perOutput * 1000 + position % perOutput / perInput)
      }
    }
    let state = ModelState(
      parameters: Dictionary(uniqueKeysWithValues: table.parameters.map { ($0.name, values($0, plus: 0)) }),
      statistics: Dictionary(uniqueKeysWithValues: table.statistics.map { ($0.name, values($0, plus: 0)) }),
      momentum: Dictionary(uniqueKeysWithValues: table.parameters.map { ($0.name, values($0, plus: 0.5)) }),
      adaptive: AdaptiveMoments(
        secondMoments: Dictionary(
          uniqueKeysWithValues: table.parameters.map { ($0.name, values($0, plus: 0.25)) }),
        updates: 7, beta2: 0.99, epsilon: 1e-6))
    let small = try surgery.apply(to: state)
    XCTAssertEqual(small.statistics["bn1.running_mean"], [0, 2000, 3000])
    XCTAssertEqual(small.parameters["bn1.weight"], [0, 2000, 3000])
    XCTAssertEqual(small.parameters["linear.weight"]?.prefix(6), [1, 3, 4, 5, 6, 1001])
    XCTAssertEqual(small.momentum["linear.weight"]?.prefix(2), [1.5, 3.5])
    let kernel = try XCTUnwrap(small.parameters["b.conv1.weight"])
    XCTAssertEqual(kernel.count, 8 * 3 * 9)
    XCTAssertEqual([kernel[0], kernel[9], kernel[18], kernel[27]], [0, 2, 3, 1000])
    XCTAssertNil(small.parameters["a.conv1.weight"])
    XCTAssertEqual(
      Set(small.parameters.keys), Set(try ParameterTable(surgery.network).parameters.map(\.name)))
    XCTAssertEqual(small.parameters.keys, small.momentum.keys)
    let moments = try XCTUnwrap(small.adaptive)
    XCTAssertEqual(
      moments.secondMoments, small.parameters.mapValues { $0.map { $0 + 0.25 } }, "cut as the weights are")
    XCTAssertEqual(
      moments,
      AdaptiveMoments(
        secondMoments: moments.secondMoments, updates: 7, beta2: 0.99, epsilon: 1e-6))
    var lacking = state
    lacking.adaptive?.secondMoments["bn1.bias"] = []
    XCTAssertThrowsError(try surgery.apply(to: lacking)) {
      XCTAssertEqual(
        $0 as? ModelStateError, ModelStateError(tensor: "bn1.bias", expectedShape: [4], foundCount: 0))
    }
  }

  func testFlattenedUnitsTakeAllTheirPixelsAlong() throws {
    let network = Network(
      name: "flat", input: ImageShape(channels: 1, height: 2, width: 3), classes: 2,
      nodes: [
        Node("conv", .convolution(.init(3, kernel: 1)), Network.inputName), Node("flat", .flatten, "conv"),
        Node("bn", .batchNorm, "flat"), Node("linear", .linear(.init(2)), "bn"),
      ])
    let surgery = try network.removing(Removal(units: ["conv": [1]]))
    XCTAssertEqual(try surgery.network.shapes()["bn"], .vector(12))
    let weight = try XCTUnwrap(surgery.slices.first { $0.name == "linear.weight" })
    XCTAssertEqual(weight.kept[1], Array(0..<6) + Array(12..<18))
    XCTAssertEqual(weight.keptShape, [2, 12])
  }

  func testWhatCannotBeRemovedIsNamed() throws {
    for (removal, name) in [
      (Removal(units: ["linear": [0]]), "linear"), (Removal(units: ["conv1": [4]]), "no unit 4"),
      (Removal(units: ["conv1": [-1]]), "no unit -1"), (Removal(blocks: ["c"]), "'c'"),
      (Removal(units: ["a.conv1": Set(0..<6)]), "all units of group 'a.conv1'"),
    ] {
      XCTAssertThrowsError(try network.removing(removal)) { XCTAssertTrue("\($0)".contains(name), "\($0)") }
    }
    // An emptied layer of a block that goes as a whole is no loss.
    XCTAssertNoThrow(try network.removing(Removal(units: ["a.conv1": Set(0..<6)], blocks: ["a"])))
  }

  func testGroupedConvolutionsKeepTheirUnits() throws {
    let network = Network(
      name: "grouped", input: ImageShape(channels: 2, height: 4, width: 4), classes: 4,
      nodes: [
        Node("conv1", .convolution(.init(4, kernel: 3)), Network.inputName),
        Node("conv2", .convolution(.init(4, kernel: 3, groups: 2)), "conv1"),
        Node("conv3", .convolution(.init(4, kernel: 3)), "conv2"), Node("pool", .globalAveragePool, "conv3"),
      ])
    XCTAssertEqual(try network.unitGroups(), [])
  }

  /// Units are masked behind batch norm and ReLU, channels of a stream where they are read.
  func testGatesStandWhereNothingIsLeftOfWhatTheyMask() throws {
    let gated = try GatedNetwork(network)
    let gates = gated.network.nodes.filter { $0.layer == .gate }
    XCTAssertEqual(
      gates.map { "\($0.name) \($0.inputs[0])" },
      [
        "relu.gate relu", "a.conv1.gate a.relu1", "a.gate a.bn2", "a.relu2.gate a.relu2",
        "b.conv1.gate b.relu1", "b.gate b.bn2", "pool.gate pool",
      ])
    func inputs(_ name: String) -> [String]? { gated.network.nodes.first { $0.name == name }?.inputs }
    XCTAssertEqual(inputs("a.conv1"), ["relu.gate"])
    XCTAssertEqual(inputs("a.add"), ["a.gate", "relu"], "the stream itself goes on")
    XCTAssertEqual(inputs("b.shortcut"), ["a.relu2.gate"])
    XCTAssertEqual(inputs("linear"), ["pool.gate"])
    let values = gated.gates(masking: Removal(units: ["conv1": [2]], blocks: ["a"]))
    XCTAssertEqual(values["relu.gate"], [1, 1, 0, 1])
    XCTAssertEqual(values["a.relu2.gate"], [1, 1, 0, 1])
    XCTAssertEqual(values["a.gate"], [0, 0, 0, 0])
    XCTAssertEqual(values["b.gate"], [Float](repeating: 1, count: 8))
    XCTAssertEqual(try ParameterTable(gated.network).gateCount, 4 + 6 + 4 + 4 + 8 + 8 + 8)
    XCTAssertEqual(try ParameterTable(gated.network).parameters, try ParameterTable(network).parameters)
  }
}
