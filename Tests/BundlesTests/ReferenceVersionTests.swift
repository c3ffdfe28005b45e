import Bundles
import XCTest

final class ReferenceVersionTests: XCTestCase {
  private let layers = ["a", "b", "none"]

  /// The largest values, from the highest: stem batch norm, head, stem, a batch norm in b, a.
  private var parameters: [ParameterStatistics] {
    [
      ParameterStatistics(name: "stem.weight", part: .stem, values: [-7, 1]),
      ParameterStatistics(name: "stem.bn", part: .stem, isBatchNorm: true, values: [9, 9]),
      ParameterStatistics(name: "a.weight", part: .layer("a"), values: [0.5, -3, 0.5, 0]),
      ParameterStatistics(name: "a.bias", part: .layer("a"), values: [2, -2]),
      ParameterStatistics(name: "b.weight", part: .layer("b"), values: [0.25, -0.25]),
      ParameterStatistics(name: "b.bn", part: .layer("b"), isBatchNorm: true, values: [1, 6, -5]),
      ParameterStatistics(name: "head.weight", part: .head, values: [8]),
    ]
  }

  private func amplitudes(_ version: ReferenceVersion, isFullyConnected: Bool = false) -> [Double] {
    version.amplitudes(of: layers, parameters: parameters, isFullyConnected: isFullyConnected)
  }

  func testOneAmplitudeOfAllButTheStemsBatchNorm() {
    XCTAssertEqual(amplitudes(.tagged), [8, 8, 8])
  }

  func testOneAmplitudeOfHiddenLayers() {
    XCTAssertEqual(amplitudes(.tagged, isFullyConnected: true), [6, 6, 6])
  }

  func testAnAmplitudePerLayerOfMeans() {
    XCTAssertEqual(amplitudes(.layerMean), [2, 4, 0])
  }

  func testAnAmplitudePerLayer() {
    XCTAssertEqual(amplitudes(.layerMaximum), [3, 6, 0])
  }

  func testOneAmplitudeOfAll() {
    XCTAssertEqual(amplitudes(.networkMaximum), [9, 9, 9])
    XCTAssertEqual(amplitudes(.networkMaximum, isFullyConnected: true), [9, 9, 9])
  }

  func testNaNIsNotLost() {
    let broken = parameters + [.init(name: "b.bias", part: .layer("b"), values: [1, .nan, 2])]
    for version in ReferenceVersion.allCases {
      let amplitudes = version.amplitudes(of: layers, parameters: broken, isFullyConnected: false)
      XCTAssertTrue(amplitudes[1].isNaN, "\(version)")
      XCTAssertEqual(amplitudes[0].isNaN, version == .tagged || version == .networkMaximum)
    }
  }

  func testAnEmptyTensor() {
    let statistics = ParameterStatistics(name: "x", part: .head, values: [])
    XCTAssertEqual([statistics.maximum, statistics.mean], [0, 0])
  }
}
