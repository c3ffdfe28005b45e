import ModelZoo
import Networks
import ReceptiveFields
import XCTest

/// The redesigns found in the authors' repositories, and what they cost.
final class RedesignTests: XCTestCase {
  private func redesign(
    _ model: String, _ side: Int, _ strategy: DesignStrategy
  ) throws -> Redesign {
    try FieldAnalysis(AnalysisOnlyNetworks.network(model, side: side)).applying(strategy)
  }

  /// Largest r_max and r_min, unproductive and critical convolutions, millions of multiply-accumulates and weights; costs of
  /// convolutions only.
  private func figures(_ analysis: FieldAnalysis) -> (
    fields: [Int], counts: [Int], macs: Double, weights: Double
  ) {
    let convolutions = analysis.layers.filter { layer in
      if case .convolution = layer.layer { true } else { false }
    }
    let weights = convolutions.reduce(0) { total, layer in
      guard case .convolution(let convolution) = layer.layer else { return total }
      return total + layer.parameters - (convolution.bias ? convolution.outputs : 0)
    }
    return (
      [
        analysis.layers.compactMap { $0.field?.longestSide }.max() ?? 0,
        analysis.layers.compactMap(\.shortest).max() ?? 0,
      ], [analysis.unproductive.count, analysis.critical.count],
      Double(convolutions.reduce(0) { $0 + $1.multiplyAccumulates }) / 1e6, Double(weights) / 1e6
    )
  }

  private func expect(
    _ analysis: FieldAnalysis, _ fields: [Int], _ counts: [Int], _ macs: Double, _ weights: Double,
    line: UInt = #line
  ) {
    let found = figures(analysis)
    XCTAssertEqual(found.fields, fields, analysis.network.name, line: line)
    XCTAssertEqual(found.counts, counts, analysis.network.name, line: line)
    XCTAssertEqual(
      found.macs, macs, accuracy: macs == macs.rounded() ? 1 : 0.0501, analysis.network.name, line: line)
    XCTAssertEqual(found.weights, weights, accuracy: 0.00501, analysis.network.name, line: line)
  }

  func testCutsOfVGG() throws {
    let rows: [(String, [Int], [Int], Double, Double, [Int], [Int], Double, Double)] = [
      ("vgg11", [150, 150], [3, 1], 152.8, 9.22, [70, 70], [1, 1], 133.9, 4.50),
      ("vgg13", [156, 156], [4, 0], 228.3, 9.40, [76, 76], [2, 0], 209.4, 4.68),
      ("vgg16", [212, 212], [7, 0], 313.2, 14.71, [60, 60], [2, 0], 209.4, 2.91),
      ("vgg19", [268, 268], [10, 0], 398.1, 20.02, [52, 52], [2, 0], 228.3, 2.32),
    ]
    for (model, fields, counts, macs, weights, cutFields, cutCounts, cutMACs, cutWeights) in rows {
      let redesign = try redesign(model, 32, .cut)
      expect(redesign.before, fields, counts, macs, weights)
      expect(redesign.after, cutFields, cutCounts, cutMACs, cutWeights)
      XCTAssertEqual(redesign.network.name, "\(model)+cut")
    }
  }

  func testCutsOfResNets() throws {
    expect(try redesign("resnet18", 32, .cut).before, [435, 139], [3, 6], 37.0, 11.17)
    expect(try redesign("resnet18", 32, .cut).after, [147, 59], [0, 3], 23.9, 1.60)
    expect(try redesign("resnet34", 32, .cut).after, [227, 59], [0, 5], 38.1, 2.26)
    expect(try redesign("resnet50", 32, .cut).before, [427, 75], [0, 8], 83.4, 23.45)
    expect(try redesign("resnet50", 32, .cut).after, [107, 27], [0, 0], 44.6, 2.94)
  }

  func testRedesignsOfResNet18AtSixteenPixels() throws {
    expect(try redesign("resnet18", 16, .efficiency).before, [435, 139], [8, 8], 15.5, 11.17)
    expect(try redesign("resnet18", 16, .efficiency).after, [63, 31], [0, 3], 3.4, 0.38)
    expect(try redesign("resnet18", 16, .performance).after, [77, 19], [0, 2], 143.0, 4.25)
    expect(try redesign("resnet18", 16, .hybrid).after, [71, 27], [0, 2], 21.6, 1.59)
    // Every block of the original sees more than 16 pixels by its stem.
    XCTAssertThrowsError(try redesign("resnet18", 16, .cut)) { error in
      XCTAssertEqual(error as? RedesignError, .nothingLeft(network: "resnet18", strategy: .cut))
    }
  }

  func testRedesignsOfVGG19AtSixtyFourPixels() throws {
    expect(try redesign("vgg19", 64, .efficiency).before, [268, 268], [7, 1], 1592, 20.02)
    expect(try redesign("vgg19", 64, .efficiency).after, [68, 68], [0, 1], 988, 3.50)
    expect(try redesign("vgg19", 64, .hybrid).after, [64, 64], [0, 0], 5292, 10.58)
    expect(try redesign("vgg19", 64, .performance).after, [72, 72], [0, 1], 20391, 20.02)
  }

  func testRedesignsOfEfficientNet() throws {
    let input = AnalysisOnlyNetworks.input
    expect(try redesign("efficientnet-b0", 224, .efficiency).before, [851, 299], [0, 4], 384, 3.33)
    expect(try redesign("efficientnet-b0", 224, .efficiency).after, [403, 171], [0, 0], 277, 1.15)
    // The authors' strides and repeats, which no strategy of ours leads to.
    var stages = AnalysisOnlyNetworks.efficientNetB0Stages
    stages[3].stride = 1
    stages[4].stride = 2
    stages[5].stride = 1
    let performance = AnalysisOnlyNetworks.inverted("performance", stages, last: 1280, input)
    expect(try FieldAnalysis(performance), [563, 203], [0, 0], 892, 3.33)
  }

  func testStagesAreRepeatedEvenly() throws {
    let after = try redesign("resnet18", 16, .performance).network
    let blocks = after.residualBlocks()
    XCTAssertEqual(blocks.count, 8)
    XCTAssertEqual(
      blocks.map(\.name),
      ["layer1.0", "layer1.1", "layer2.0", "layer2.1", "layer2.2", "layer3.0", "layer3.1", "layer3.2"])
    XCTAssertEqual(blocks.filter { !$0.skip.isEmpty }.map(\.name), ["layer2.0", "layer3.0"])
    // The same as what the zoo makes with these options, but for the name.
    let zoo = try ModelZoo.network(
      "resnet18:stem=cifar,blocks=2.3.3.0", input: ImageShape(channels: 3, height: 16, width: 16), classes: 10
    )
    XCTAssertEqual(after.nodes, zoo.nodes)
  }

  func testCutsOfTheZooAreTheZoosShorterModels() throws {
    for (model, blocks) in ["resnet18": "2.2.1.0", "resnet34": "3.4.1.0", "resnet50": "3.4.1.0"] {
      let input = ImageShape(channels: 3, height: 32, width: 32)
      let shorter = try ModelZoo.network("\(model):blocks=\(blocks)", input: input, classes: 10)
      XCTAssertEqual(try redesign(model, 32, .cut).network.nodes, shorter.nodes)
    }
  }

  /// Blocks that no name shows are found by their sums.
  func testSkipsAroundSections() throws {
    let analysis = try FieldAnalysis(AnalysisOnlyNetworks.network("vgg16:skips=1", side: 8 * 32))
    XCTAssertEqual(analysis.blocks.count, 13)
    let small = try FieldAnalysis(
      AnalysisOnlyNetworks.network("vgg16:skips=1", side: 32), objectSize: [8, 8])
    let cut = try small.applying(.cut)
    XCTAssertEqual(cut.after.spatialLayers.count, small.blocks.count - small.unproductiveBlocks.count)
    XCTAssertGreaterThan(small.unproductiveBlocks.count, 0)
    let performance = try small.applying(.performance)
    XCTAssertLessThan(performance.after.unproductive.count, small.unproductive.count)
  }

  func testNothingToChangeChangesNothing() throws {
    for strategy in DesignStrategy.allCases {
      let redesign = try redesign("resnet20", 32, strategy)
      XCTAssertEqual(redesign.network, redesign.before.network)
      XCTAssertEqual(redesign.changes, [])
    }
    XCTAssertEqual(try redesign("vgg16", 224, .cut).changes, [])
  }

  func testStrategiesOfTheWholeZooGiveNetworksThatFit() throws {
    for name in ModelZoo.names where name != "resnet1202" {
      for side in [32, 48] {
        for strategy in DesignStrategy.allCases {
          do {
            let redesign = try redesign(name, side, strategy)
            XCTAssertNoThrow(try redesign.network.shapes(), "\(name) \(strategy)")
            if strategy == .performance, !redesign.changes.isEmpty {
              XCTAssertLessThanOrEqual(
                redesign.after.unproductive.count, redesign.before.unproductive.count, name)
            }
          } catch let error as RedesignError {
            guard case .nothingLeft = error else { return XCTFail("\(name) \(strategy): \(error)") }
          }
        }
      }
    }
  }
}
