import ModelZoo
import Networks
import Pruning
import Randomness
import XCTest

/// A test of gates, on the zoo's networks for images of 3×32×32 pixels and ten classes unless said otherwise.
class PruningTestCase: XCTestCase {
  var random = RandomStream(seed: 11, stream: .test)

  func network(_ model: String, side: Int = 32, classes: Int = 10) throws -> Network {
    try ModelZoo.network(
      model, input: ImageShape(channels: 3, height: side, width: side), classes: classes)
  }

  func layout(
    _ model: String, _ scope: GateScope = .both, side: Int = 32, classes: Int = 10
  ) throws -> GateLayout {
    try GateLayout(network(model, side: side, classes: classes), scope: scope)
  }

  func prices(_ layout: GateLayout, alpha: Double = 1, beta: Double = 0.5) throws -> PriceModel {
    let complexity = try Complexity(layout.network)
    let full = ExpectedComplexity(
      multiplyAccumulates: Double(complexity.multiplyAccumulates), parameters: Double(complexity.parameters))
    return try PriceModel(layout, full: full, alpha: alpha, beta: beta)
  }

  /// What the network costs when these gates stay, by rebuilding it.
  func rebuilt(_ layout: GateLayout, _ isKept: [Bool]) throws -> Complexity {
    try Complexity(layout.network.removing(layout.removal(keeping: isKept)).network)
  }

  /// One number per gate in (0, 1).
  func randomTheta(_ count: Int) -> [Double] {
    (0..<count).map { _ in 0.05 + 0.9 * Double(random.uniform()) }
  }

  func randomGates(_ count: Int, probability: Float) -> [Bool] {
    (0..<count).map { _ in random.uniform() < probability }
  }

  /// Equal in every digit that is printed, such as `1.175082e-4`.
  func assertPrinted(
    _ value: Double, _ printed: String, _ message: String = "", line: UInt = #line
  ) throws {
    let parts = printed.split(separator: "e")
    let digits = parts[0].split(separator: ".").dropFirst().first?.count ?? 0
    let exponent = parts.count > 1 ? try XCTUnwrap(Int(parts[1])) : 0
    let lastDigit = (0..<abs(exponent - digits)).reduce(1.0) { unit, _ in
      exponent < digits ? unit / 10 : unit * 10
    }
    XCTAssertEqual(
      value, try XCTUnwrap(Double(printed)), accuracy: 0.5001 * lastDigit, message, line: line)
  }
}

extension GateLayout {
  func set(_ name: String, _ kind: GateSet.Kind? = nil) throws -> GateSet {
    try XCTUnwrap(sets.first { $0.name == name && (kind == nil || $0.kind == kind) }, name)
  }

  /// The gate of a block.
  func block(_ name: String) throws -> Int { try set(name, .block).range.lowerBound }

  var blocks: [GateSet] { sets.filter { $0.kind == .block } }

  /// Sets of units, those of residual streams too.
  var groups: [GateSet] { sets.filter { $0.kind != .block } }
}

extension [Bool] {
  var theta: [Double] { map { $0 ? 1 : 0 } }
}
