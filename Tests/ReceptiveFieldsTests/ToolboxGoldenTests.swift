import Foundation
import Networks
import ReceptiveFields
import XCTest

/// Fields, ranges, borders and counts of 38 networks as rfa_toolbox 1.7.0 and `tools/make-field-goldens` have them.
final class ToolboxGoldenTests: XCTestCase {
  private struct Golden: Decodable {
    struct Size: Decodable {
      var unproductive: Int
      var critical: Int
      var sequential: Int?
      var residual: Int?
      var red: Int
    }

    var fields: [[Int]]
    var hasJoins: Bool
    var minima: [Int]
    var maximum: Int
    var minimum: Int
    var weights: Int
    var macs32: Int
    var sizes: [String: Size]
  }

  private func goldens() throws -> [String: Golden] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/toolbox.json")
    return try JSONDecoder().decode([String: Golden].self, from: Data(contentsOf: file))
  }

  /// The networks that a strategy makes of others are there under its name.
  private func network(_ name: String) throws -> Network {
    for strategy in DesignStrategy.allCases where name == "resnet18-\(strategy.rawValue)" {
      let before = try AnalysisOnlyNetworks.network("resnet18", side: 16)
      var network = try FieldAnalysis(before).applying(strategy).network
      network.input = AnalysisOnlyNetworks.input
      return network
    }
    return try AnalysisOnlyNetworks.network(name)
  }

  func testFields() throws {
    let goldens = try goldens()
    XCTAssertEqual(goldens.count, 38)
    for (name, golden) in goldens {
      let layers = try FieldAnalysis(network(name)).layers.filter { layer in
        if case .pooling = layer.layer { true } else { layer.isSpatial }
      }
      let found = layers.map { [$0.shortest ?? -1, $0.field?.longestSide ?? -1, $0.jump ?? -1] }
      XCTAssertEqual(found, golden.fields, name)
    }
  }

  func testRanges() throws {
    for (name, golden) in try goldens() {
      // The toolbox saw no batch norms and ReLUs, whose inputs count by one of its conventions.
      let analysis = try FieldAnalysis(network(name).withoutElementwiseLayers())
      for (convention, minimum) in zip(
        [InputRange.Convention.toolbox, .toolboxInputs, .toolboxLowerBound, .spatial],
        golden.minima + [golden.minimum])
      {
        let range = analysis.inputRanges(convention)[0]
        XCTAssertEqual(range.minimum, minimum, "\(name) \(convention)")
        XCTAssertEqual(range.maximum, golden.maximum, name)
      }
    }
  }

  func testBordersAndCounts() throws {
    for (name, golden) in try goldens() {
      let network = try network(name)
      for (text, expected) in golden.sizes {
        let size = try XCTUnwrap(Int(text))
        let analysis = try FieldAnalysis(network, objectSize: [size, size])
        let what = "\(name) at \(size)"
        XCTAssertEqual(analysis.unproductive.count, expected.unproductive, what)
        XCTAssertEqual(analysis.critical.count, expected.critical, what)
        XCTAssertEqual(analysis.hasJoins, golden.hasJoins, what)
        XCTAssertEqual(analysis.border(.residual)?.index, expected.residual, what)
        if !golden.hasJoins { XCTAssertEqual(analysis.border(.sequential)?.index, expected.sequential, what) }
        let toolbox = try FieldAnalysis(network, rule: .toolbox, objectSize: [size, size])
        XCTAssertEqual(toolbox.unproductive.count, expected.red, what)
      }
    }
  }

  func testCosts() throws {
    for (name, golden) in try goldens() {
      var network = try network(name)
      network.input.height = 32
      network.input.width = 32
      // AlexNet's poolings leave nothing of so small an image.
      guard name != "alexnet" else { continue }
      let convolutions = try FieldAnalysis(network).layers.filter { layer in
        if case .convolution = layer.layer { true } else { false }
      }
      XCTAssertEqual(convolutions.reduce(0) { $0 + $1.multiplyAccumulates }, golden.macs32, name)
      // VGG's convolutions have biases.
      let biases = convolutions.reduce(0) { total, layer in
        if case .convolution(let convolution) = layer.layer, convolution.bias {
          total + convolution.outputs
        } else {
          total
        }
      }
      XCTAssertEqual(convolutions.reduce(-biases) { $0 + $1.parameters }, golden.weights, name)
    }
  }
}
