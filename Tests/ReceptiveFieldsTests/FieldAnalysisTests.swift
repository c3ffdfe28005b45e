import ModelZoo
import Networks
import ReceptiveFields
import XCTest

final class FieldAnalysisTests: XCTestCase {
  private func zoo(_ model: String, _ side: Int = 32, width: Int? = nil) throws -> Network {
    try ModelZoo.network(
      model, input: ImageShape(channels: 3, height: side, width: width ?? side), classes: 10)
  }

  private func names(_ model: String, _ side: Int, _ rule: FieldRule = .field) throws -> [String] {
    try FieldAnalysis(zoo(model, side), rule: rule).unproductive.map(\.name)
  }

  /// The convolutions that the authors' shortened models keep.
  func testTheAuthorsModels() throws {
    for (model, kept) in ["vgg11": 6, "vgg13": 8, "vgg16": 8, "vgg19": 8] {
      let border = try XCTUnwrap(FieldAnalysis(zoo(model)).border())
      XCTAssertEqual(border.rule, .sequential)
      XCTAssertTrue(border.isKept)
      XCTAssertEqual(border.index + 1, kept, model)
    }
    let plain = try FieldAnalysis(zoo("resnet18").withoutSkips())
    XCTAssertEqual(plain.border()?.index, 4)
    let large = try FieldAnalysis(zoo("vgg19", 64))
    XCTAssertEqual(large.spatialLayers.count - large.unproductive.count, 9)
    let mobile = try FieldAnalysis(AnalysisOnlyNetworks.mobileNetV1(AnalysisOnlyNetworks.input))
    XCTAssertEqual(mobile.spatialLayers.count - mobile.unproductive.count, 13)
  }

  func testBlocksThatTheAuthorsKeep() throws {
    for (model, kept) in [
      "resnet18": [2, 2, 1, 0], "resnet34": [3, 4, 1, 0], "resnet50": [3, 4, 1, 0],
      "resnet101": [3, 4, 1, 0],
    ] {
      XCTAssertEqual(try FieldAnalysis(zoo(model)).productiveBlocksPerStage, kept, model)
    }
    let first = try FieldAnalysis(zoo("resnet50").withStridesFirst())
    XCTAssertEqual(first.productiveBlocksPerStage, [3, 4, 0, 0])
    let input = AnalysisOnlyNetworks.input
    let efficient = try FieldAnalysis(AnalysisOnlyNetworks.efficientNetB0(input))
    XCTAssertEqual(efficient.productiveBlocksPerStage, [1, 2, 2, 3, 3, 1, 0])
    let mobile = try FieldAnalysis(AnalysisOnlyNetworks.mobileNetV3Small(input))
    XCTAssertEqual(mobile.productiveBlocksPerStage, [9])
  }

  func testBordersInTheAuthorsFigures() throws {
    let expected = [
      ("vgg19", 8), ("resnet18:stem=cifar-plain", 12), ("resnet34:stem=cifar-plain", 13), ("resnet18", 11),
      ("resnet34", 17),
    ]
    for (model, place) in expected {
      let analysis = try FieldAnalysis(AnalysisOnlyNetworks.network(model, side: 32))
      XCTAssertEqual(analysis.border()?.index, place - 1, model)
    }
    XCTAssertEqual(try FieldAnalysis(zoo("resnet18")).border()?.layer, "layer3.0.conv2")
  }

  func testResNet18ByLayer() throws {
    let analysis = try FieldAnalysis(zoo("resnet18"))
    XCTAssertEqual(
      analysis.unproductive.map(\.name), ["layer3.1.conv2", "layer4.0.conv2", "layer4.1.conv2"])
    XCTAssertEqual(
      analysis.critical.map(\.name),
      [
        "layer2.0.conv2", "layer2.1.conv2", "layer3.0.conv2", "layer3.1.conv1", "layer4.0.conv1",
        "layer4.1.conv1",
      ])
    XCTAssertEqual(
      try names("resnet18", 16), (1...4).flatMap { stage in (0...1).map { "layer\(stage).\($0).conv2" } })
    // Those on maps that a window spans.
    let toolbox = try FieldAnalysis(zoo("resnet18"), rule: .toolbox).unproductive.filter(\.isSpatial)
    XCTAssertEqual(
      toolbox.map(\.name),
      [
        "layer3.0.conv2", "layer3.1.conv1", "layer3.1.conv2", "layer4.0.conv1", "layer4.0.conv2",
        "layer4.1.conv1", "layer4.1.conv2",
      ])
  }

  /// The method has nothing to say of residual networks with a small stem, whatever their depth.
  func testSmallStemsAreNeverFlagged() throws {
    for model in ["resnet20", "resnet56", "resnet110"] {
      let analysis = try FieldAnalysis(zoo(model))
      XCTAssertEqual(analysis.unproductive + analysis.critical, [])
      XCTAssertNil(analysis.border())
      XCTAssertEqual(analysis.layers.compactMap(\.shortest).max(), 19)
    }
    for (side, unproductive, critical) in [
      (20, 0, 0), (18, 0, 8), (16, 0, 8), (12, 0, 9), (11, 8, 1), (8, 8, 18),
    ] {
      let analysis = try FieldAnalysis(zoo("resnet56", side))
      XCTAssertEqual(
        [analysis.unproductive.count, analysis.critical.count], [unproductive, critical], "\(side)")
    }
  }

  func testCover() throws {
    func cover(_ model: String) throws -> [(mean: Double, minimum: Double)] {
      try FieldAnalysis(zoo(model)).spatialLayers.compactMap(\.cover).map { ($0.mean[0], $0.minimum[0]) }
    }
    let expected = [
      "vgg16": [
        (0.09, 0.06), (0.15, 0.09), (0.29, 0.19), (0.39, 0.25), (0.61, 0.44), (0.75, 0.56), (0.86, 0.69),
        (1, 1),
      ],
      "vgg11": [(0.09, 0.06), (0.23, 0.16), (0.48, 0.34), (0.65, 0.47), (0.92, 0.84), (1, 1)],
      "resnet18": [
        (0.21, 0.12), (0.50, 0.31), (0.66, 0.44), (0.79, 0.56), (0.89, 0.69), (0.95, 0.81), (1, 1),
      ],
    ]
    for (model, values) in expected {
      for (found, value) in zip(try cover(model), values) {
        XCTAssertEqual(found.mean, value.0, accuracy: 0.0051, model)
        XCTAssertEqual(found.minimum, value.1, accuracy: 0.0051, model)
      }
    }
    let full = { (model: String) in
      try FieldAnalysis(self.zoo(model)).spatialLayers.firstIndex { $0.cover?.isFull == true }
    }
    XCTAssertEqual(try ["vgg11", "vgg13", "vgg16", "vgg19"].map(full), [5, 7, 7, 8])
    XCTAssertEqual(try full("resnet56"), 25)
  }

  /// Against a look at every position, for windows of all kinds, those that see nothing but padding among them.
  func testCoverOfEveryPosition() throws {
    for (side, kernel, stride, padding, dilation) in [
      (7, 1, 1, 0, 1), (7, 3, 1, 1, 1), (16, 3, 2, 1, 1), (17, 5, 3, 4, 2), (5, 9, 1, 8, 1), (6, 2, 2, 5, 1),
      (9, 3, 4, 9, 3), (1, 1, 1, 3, 1), (31, 16, 7, 20, 1), (8, 1, 5, 12, 1),
    ] {
      var layer = Layer.Convolution(2, kernel: kernel, stride: stride, dilation: dilation)
      layer.padding = [padding, padding]
      let network = Network(
        name: "test", input: ImageShape(channels: 1, height: side, width: side), classes: 2,
        nodes: [
          Node("a", .convolution(layer), "input"), Node("b", .convolution(layer), "a"),
          Node("mean", .globalAveragePool, "b"),
        ])
      for row in try FieldAnalysis(network).layers.dropLast() {
        guard case .maps(let maps) = row.outputShape, let axis = row.field?.height, let extent = axis.extent
        else {
          return XCTFail()
        }
        let shares = (0..<maps.height).map { position in
          Double(
            (0..<side).filter { (extent.lowerBound...extent.upperBound) ~= $0 - position * axis.jump }.count)
            / Double(side)
        }
        let cover = try XCTUnwrap(row.cover)
        XCTAssertEqual(cover.minimum[0], try XCTUnwrap(shares.min()), accuracy: 1e-12)
        XCTAssertEqual(cover.mean[0], shares.reduce(0, +) / Double(shares.count), accuracy: 1e-12)
      }
    }
  }

  func testHugeImagesAreQuick() throws {
    let network = Network(
      name: "test", input: ImageShape(channels: 1, height: 1, width: Int(Int32.max)), classes: 1,
      nodes: [Node("a", .convolution(.init(1, kernel: 3)), "input"), Node("mean", .globalAveragePool, "a")])
    XCTAssertEqual(try XCTUnwrap(FieldAnalysis(network).layers[0].cover).mean[0], 1)
  }

  /// Each axis has its own fields and its own image size; a layer is unproductive where both agree.
  func testAxes() throws {
    let wide = try FieldAnalysis(zoo("vgg16", 32, width: 224))
    XCTAssertEqual(wide.unproductive.count, 0)
    XCTAssertEqual(wide.layers.filter { $0.verdict == .partial }.count, 7)
    XCTAssertEqual(wide.inputRanges().map(\.minimum), [165, 165])
    var long = Layer.Convolution(4, kernel: 3)
    long.kernel = [3, 9]
    long.padding = [1, 4]
    let network = Network(
      name: "long", input: ImageShape(channels: 3, height: 64, width: 64), classes: 4,
      nodes: (0..<3).map { Node("conv\($0)", .convolution(long), $0 == 0 ? "input" : "conv\($0 - 1)") }
        + [Node("mean", .globalAveragePool, "conv2")])
    // Only an axis with a window of its own sets a limit.
    XCTAssertEqual(try FieldAnalysis(network).inputRanges().map(\.minimum), [6, 18])
    let ranges = try FieldAnalysis(network).inputRanges(.toolboxLowerBound)
    XCTAssertEqual(ranges.map(\.minimum), [5, 17])
    XCTAssertEqual(ranges.map(\.maximum), [7, 25])
    XCTAssertEqual(ranges.map(\.limitedBy), ["conv2", "conv2"])
  }

  func testGatesKeepTheShortestPath() throws {
    let network = AnalysisOnlyNetworks.inverted(
      "gated", AnalysisOnlyNetworks.efficientNetB0Stages, last: 1280, hasGates: true,
      AnalysisOnlyNetworks.input)
    let plain = try FieldAnalysis(AnalysisOnlyNetworks.efficientNetB0(AnalysisOnlyNetworks.input))
    let gated = try FieldAnalysis(network)
    XCTAssertEqual(gated.spatialLayers.map(\.shortest), plain.spatialLayers.map(\.shortest))
    XCTAssertNil(gated.layers.last { $0.isSpatial }?.field?.longestSide)
    XCTAssertEqual(gated.layers.last { $0.isSpatial }?.cover?.isFull, true)
    XCTAssertNil(gated.inputRanges()[0].maximum)
    XCTAssertEqual(gated.productiveBlocksPerStage, plain.productiveBlocksPerStage)
  }

  func testPaths() throws {
    let analysis = try FieldAnalysis(zoo("resnet20"))
    let shortest = try XCTUnwrap(analysis.path(.shortest, to: "layer3.2.add"))
    XCTAssertEqual(shortest.first, "input")
    XCTAssertEqual(shortest.filter { $0.contains("conv") }, ["conv1"])
    let longest = try XCTUnwrap(analysis.path(.longest, to: "layer3.2.add"))
    XCTAssertEqual(longest.filter { $0.contains("conv") }.count, 19)
    XCTAssertNil(analysis.path(.shortest, to: "layer9"))
  }

  func testPathsWithDifferentStridesAreErrors() throws {
    var even = Layer.Convolution(4, kernel: 2)
    even.padding = [0, 0]
    func network(_ side: Int) -> Network {
      Network(
        name: "test", input: ImageShape(channels: 4, height: side, width: side), classes: 4,
        nodes: [
          Node("a", .convolution(.init(4, kernel: 1, stride: 2)), "input"),
          Node("b", .convolution(even), "input"),
          Node("sum", .add, "a", "b"), Node("mean", .globalAveragePool, "sum"),
        ])
    }
    // 3 pixels: two positions on either path. One position lies apart from no other.
    XCTAssertThrowsError(try FieldAnalysis(network(3))) { error in
      XCTAssertTrue("\(error)".contains("'sum'"), "\(error)")
      XCTAssertTrue("\(error)".contains("1 and 2"), "\(error)")
    }
    XCTAssertNoThrow(try FieldAnalysis(network(2)))
    XCTAssertNoThrow(try NetworkSummary(network(3)))
  }

  func testRulesDifferAsTheySay() throws {
    // The sixth convolution of VGG-16 sees 32 pixels.
    XCTAssertEqual(try names("vgg16", 32).count, 7)
    XCTAssertEqual(try names("vgg16", 32, FieldRule(isStrict: true)).count, 6)
    XCTAssertEqual(try names("vgg16", 36, FieldRule(countsPoolings: false)).count, 6)
    XCTAssertEqual(try FieldAnalysis(zoo("vgg16")).border(.field)?.index, 6)
    XCTAssertEqual(try FieldAnalysis(zoo("vgg16")).border(.field)?.isKept, false)
    XCTAssertEqual(try FieldAnalysis(zoo("resnet18")).border(.residualBlocks)?.layer, "layer3.1.conv1")
    // Of a bottleneck only 1×1 convolutions are flagged.
    XCTAssertEqual(try names("resnet50", 32), [])
    let pointwise = try FieldAnalysis(zoo("resnet50"), rule: FieldRule(judgesPointwise: true))
    XCTAssertEqual(pointwise.unproductive.count, 8)
    XCTAssertEqual(pointwise.unproductive.filter(\.isSpatial).count, 0)
  }

  func testResNet152IsAnalysedInMilliseconds() throws {
    let network = try zoo("resnet152", 224)
    let clock = ContinuousClock()
    let times = try (0..<5).map { _ in
      try clock.measure { XCTAssertEqual(try FieldAnalysis(network).spatialLayers.count, 51) }
    }
    XCTAssertLessThan(try XCTUnwrap(times.min()), .milliseconds(10))
  }

  func testEveryModelOfTheZooHasAnAnswer() throws {
    for name in ModelZoo.names where name != "resnet1202" {
      let analysis = try FieldAnalysis(zoo(name, name.contains("vgg") ? 64 : 33))
      for rule in BorderRule.allCases { _ = analysis.border(rule) }
      XCTAssertGreaterThanOrEqual(analysis.inputRanges()[0].minimum, 1)
      XCTAssertTrue(analysis.picture(border: analysis.border()).svg.hasPrefix("<svg"))
      XCTAssertEqual(analysis.csv.split(separator: "\n").count, analysis.network.nodes.count + 1)
    }
  }
}
