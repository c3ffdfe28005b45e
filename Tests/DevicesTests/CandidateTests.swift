import Devices
import Foundation
import Verification
import XCTest

/// Methods drawn from all that a tuner may try, on the first OpenCL device: each computes every product rightly.
/// `ESPALIER_TEST_LEVEL` says how many.
final class CandidateTests: XCTestCase {
  private var level: String { ProcessInfo.processInfo.environment["ESPALIER_TEST_LEVEL"] ?? "normal" }

  override func setUpWithError() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
  }

  /// `count` of all methods, from everywhere among them, the same each time.
  private func drawn(_ methods: [ProductMethod], _ count: Int) -> [ProductMethod] {
    var state: UInt32 = 2026
    return (0..<min(count, methods.count)).map { index in
      state = state &* 1_664_525 &+ 1_013_904_223
      let part = index * methods.count / count..<(index + 1) * methods.count / count
      return methods[part.lowerBound + Int(state >> 8) % part.count]
    }
  }

  private func limits(_ arithmetic: MatrixArithmetic = MatrixArithmetic()) -> ProductTile.Limits {
    OpenCLDevices.list()[0].tileLimits(arithmetic)
  }

  private func tiles(_ arithmetic: MatrixArithmetic, usingUnits: Bool) -> [ProductMethod] {
    ProductTile.candidates(for: limits(arithmetic)).filter { $0.options.usesUnits == usingUnits }
      .map { .tile($0) }
  }

  private func winograd() -> [ProductMethod] {
    WinogradTile.candidates(for: limits()).map { .winograd($0) }
  }

  private func check(
    _ method: ProductMethod, by suite: ProductSuite, _ arithmetic: MatrixArithmetic = MatrixArithmetic(),
    atLeast count: Int
  ) throws {
    let device = try OpenCLDevices.open(0, choice: ProductChoice(usual: method), arithmetic: arithmetic)
    let report = suite.run(on: device)
    for result in report.cases where !result.passed {
      XCTFail("\(arithmetic.precision.rawValue) \(method): \(result.name): \(result.message)")
    }
    XCTAssertGreaterThanOrEqual(report.passed, count, "\(method)")
  }

  /// How many to draw: one, or `all` at that level.
  private func count(_ all: Int) throws -> Int {
    try XCTSkipIf(level == "fast", "tools/test without --fast draws some")
    return level == "all" ? all : 1
  }

  /// The same bits as by the standard tile.
  func testTilesOfItems() throws {
    let methods = drawn(tiles(MatrixArithmetic(), usingUnits: false), try count(24))
    let suite = try ProductSuite(reference: OpenCLDevices.open(0, choice: ProductChoice()))
    for method in methods { try check(method, by: suite, atLeast: 30) }
  }

  /// What the tuner makes of good tiles: depth in parts, compiled sizes.
  func testNeighboursOfTiles() throws {
    let neighbours = try ProductTile(parsing: "8x8:4x2x16:vector2:parts2").neighbours.map {
      ProductMethod.tile($0)
    }
    let suite = try ProductSuite()
    for method in drawn(neighbours, try count(8)) {
      try check(method, by: suite, atLeast: 30)
    }
  }

  func testTilesOfMatrixUnits() throws {
    let suite = try ProductSuite()
    for precision in [Precision.bfloat16, .tensorFloat32] {
      let arithmetic = MatrixArithmetic(precision, units: .emulated)
      let methods = drawn(tiles(arithmetic, usingUnits: true), try count(6))
      for method in methods { try check(method, by: suite, arithmetic, atLeast: 30) }
    }
  }

  func testWinogradTiles() throws {
    let methods = drawn(winograd(), try count(8))
    try XCTSkipIf(methods.isEmpty, "the device lacks local memory")
    let reference = try OpenCLDevices.open(0, choice: ProductChoice(usual: methods[0]))
    let suite = try ProductSuite.winograd(reference: reference, selection: .awkward)
    for method in methods { try check(method, by: suite, atLeast: 30) }
  }

  /// A few of each on small problems, for tools/sanitize to run in a simulator.
  func testSmallProducts() throws {
    try XCTSkipUnless(level == "all", "for tools/sanitize; ESPALIER_TEST_LEVEL=all runs it here too")
    let small = try ProductSuite(small: true)
    let neighbours = try ["8x8:2x2x8:fixed", "8x4:1x2x16:parts2:fixed"].map {
      ProductMethod.tile(try ProductTile(parsing: $0))
    }
    for method in drawn(tiles(MatrixArithmetic(), usingUnits: false), 5) + neighbours {
      try check(method, by: small, atLeast: 11)
    }
    for precision in [Precision.bfloat16, .tensorFloat32] {
      let arithmetic = MatrixArithmetic(precision, units: .emulated)
      for method in drawn(tiles(arithmetic, usingUnits: true), 2) {
        try check(method, by: small, arithmetic, atLeast: 11)
      }
    }
    let methods = drawn(winograd(), 3)
    let reference = try OpenCLDevices.open(0, choice: ProductChoice(usual: methods[0]))
    let convolutions = try ProductSuite.winograd(reference: reference, selection: .small)
    for method in methods { try check(method, by: convolutions, atLeast: 8) }
  }
}
