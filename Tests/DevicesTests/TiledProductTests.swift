import Devices
import Foundation
import Verification
import XCTest

/// The gpu family's matrix products by other tiles than the standard one, on the first OpenCL device: right, and the same
/// bits. Every tile is compiled anew: `ESPALIER_TEST_LEVEL` says how many.
final class TiledProductTests: XCTestCase {
  /// The first ones are those that differ most from the standard tile.
  private static let tiles = [
    "8x8:4x4x8:vector4:double", "32x4:8x4x32:vector2", "8x32:2x2x16:double", "16x8:1x1x16",
    "8x8:1x1x8", "16x16:2x4x16:double", "16x16:4x4x16:vector4", "16x16:8x4x32:vector4:double",
    "8x8:8x8x32", "32x4:4x4x8:double", "8x32:4x4x32:vector2:double", "16x8:8x4x16:vector4",
    "8x4:2x4x32", "32x32:1x1x8:double", "4x8:8x2x16:vector2", "64x1:8x1x32", "16x16:2x4x16:fixed",
    "8x8:4x4x8:vector4:double:fixed",
  ]

  private var tiles: [String] {
    switch level {
    case "fast": Array(Self.tiles.prefix(1))
    case "all": Self.tiles
    default: Array(Self.tiles.prefix(4))
    }
  }

  private var level: String { ProcessInfo.processInfo.environment["ESPALIER_TEST_LEVEL"] ?? "normal" }

  override func setUpWithError() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
  }

  func testEveryTileGivesTheSameBits() throws {
    let limits = OpenCLDevices.list()[0].tileLimits()
    let suite = try ProductSuite(reference: OpenCLDevices.open(0, choice: ProductChoice()))
    var tested = 0
    for text in tiles {
      let tile = try ProductTile(parsing: text)
      if tile.obstacle(on: limits) != nil { continue }
      tested += 1
      let report = suite.run(on: try OpenCLDevices.open(0, choice: ProductChoice(tile: tile)))
      for result in report.cases where !result.passed {
        XCTFail("\(tile): \(result.name): \(result.message)")
      }
      XCTAssertGreaterThan(report.passed, 30, text)
    }
    XCTAssertGreaterThan(tested, 0)
  }

  /// Depth in parts adds in another order.
  func testDepthInParts() throws {
    try XCTSkipIf(level == "fast", "testSmallProductsOfMatrixUnits has parts too")
    for text in ["16x16:2x4x16:parts2", "8x8:4x4x8:double:parts5", "8x4:2x4x32:parts64"] {
      let tile = try ProductTile(parsing: text)
      try check(OpenCLDevices.open(0, choice: ProductChoice(tile: tile)), text)
    }
  }

  /// The tiles of matrix units, their instructions emulated in the layout of the real ones.
  func testMatrixUnits() throws {
    try XCTSkipIf(level == "fast", "testSmallProductsOfMatrixUnits runs a few")
    let texts = [
      "8x8:4x4x16:double:units", "4x8:2x2x16:units", "16x16:2x8x32:units", "8x16:8x2x32:units:parts2",
      "16x16:8x8x32:units", "8x8:2x4x16:units:fixed",
    ]
    for precision in [Precision.bfloat16, .tensorFloat32] {
      let arithmetic = MatrixArithmetic(precision, units: .emulated)
      for text in texts.prefix(level == "all" ? texts.count : 3) {
        let tile = try ProductTile(parsing: text)
        let device = try OpenCLDevices.open(0, choice: ProductChoice(tile: tile), arithmetic: arithmetic)
        try check(device, "\(precision.rawValue) \(text)")
      }
    }
  }

  private func check(_ device: any Device, _ name: String) throws {
    let report = try ProductSuite().run(on: device)
    for result in report.cases where !result.passed { XCTFail("\(name): \(result.name): \(result.message)") }
    XCTAssertGreaterThan(report.passed, 10, name)
  }

  /// Few enough for tools/sanitize to run them in a simulator, by a tile with vectors and two buffers.
  func testSmallProducts() throws {
    let suite = try ProductSuite(reference: OpenCLDevices.open(0, choice: ProductChoice()), small: true)
    let tile = try ProductTile(parsing: Self.tiles[0])
    let report = suite.run(on: try OpenCLDevices.open(0, choice: ProductChoice(tile: tile)))
    for result in report.cases where !result.passed { XCTFail("\(result.name): \(result.message)") }
    XCTAssertEqual(report.passed, 11)
  }

  /// The same for the tiles of matrix units, whose items show each other what they have.
  func testSmallProductsOfMatrixUnits() throws {
    let tile = try ProductTile(parsing: "8x8:2x2x16:double:units:parts2")
    let device = try OpenCLDevices.open(
      0, choice: ProductChoice(tile: tile), arithmetic: MatrixArithmetic(.bfloat16, units: .emulated))
    let report = try ProductSuite(small: true).run(on: device)
    for result in report.cases where !result.passed { XCTFail("\(result.name): \(result.message)") }
    XCTAssertEqual(report.passed, 11)
  }

  /// What a tile adds beyond the factors' depth must not turn -0 into 0: one tile is as deep as these factors, the other
  /// is deeper.
  func testASumThatUnderflowsKeepsItsSign() throws {
    func product(by tile: ProductTile) throws -> [UInt32] {
      let device = try OpenCLDevices.open(0, choice: ProductChoice(tile: tile))
      var schedule = Schedule()
      schedule.append(
        .linearForward(
          LinearProblem(batch: 1, inputs: 8, outputs: 1),
          input: schedule.external("input", "input", count: 8),
          weights: schedule.external("weights", "weights", count: 8), bias: nil,
          output: schedule.external("output", "output", count: 1)))
      let buffers = try ["input": 8, "weights": 8, "output": 1].map { name, count in
        (BufferName(name), try device.makeBuffer(count: count, name: name))
      }
      let named = Dictionary(buffers, uniquingKeysWith: { first, _ in first })
      try named["input"]?.write([Float](repeating: 1e-30, count: 8))
      try named["weights"]?.write([Float](repeating: -1e-30, count: 8))
      let executable = try device.compile(schedule, buffers: named)
      try executable.run()
      try executable.finish()
      return try XCTUnwrap(named["output"]).read(as: UInt32.self)
    }
    let exact = try ProductTile(parsing: Self.tiles[0])
    XCTAssertEqual(exact.depth, 8)
    XCTAssertEqual(try product(by: exact), try product(by: .standard))
  }

  /// The suite sees a single bit: the fallback adds in another order.
  func testOtherBitsAreNoticed() throws {
    let suite = try ProductSuite(reference: CPUFallback.make(instructionSet: .baseline, threads: 1))
    let failures = suite.run(on: try OpenCLDevices.open(0, choice: ProductChoice())).cases.filter {
      !$0.passed
    }
    XCTAssertGreaterThan(failures.count, 5)
    for failure in failures {
      XCTAssertTrue(failure.message.hasSuffix("differs from the reference"), failure.message)
      XCTAssertTrue(failure.tensors.allSatisfy(\.passed), failure.name)
    }
  }

  /// A program for each tile that is used, and no other.
  func testAnExceptionCompilesAProgramOfItsOwn() throws {
    let problem = try ConvolutionProblem(parsing: "mb1ic2ih3oc4kh3ph1")
    func builds(_ choice: ProductChoice) throws -> Int {
      let device = try OpenCLDevices.open(0, choice: choice)
      var schedule = Schedule()
      let input = schedule.activation("input", problem.input)
      let weights = schedule.vector("weights", count: problem.weightCount)
      let output = schedule.activation("output", problem.output)
      schedule.append(
        .convolutionForward(problem, input: input, weights: weights, bias: nil, output: output))
      schedule.append(
        .convolutionBackwardData(
          problem, outputGradient: output, weights: weights, inputGradient: input, accumulate: false))
      _ = try device.compile(schedule, buffers: [:])
      return device.programBuilds
    }
    let tile = try ProductTile(parsing: "8x4:2x2x8")
    XCTAssertEqual(try builds(ProductChoice()), 1)
    XCTAssertEqual(try builds(ProductChoice(tile: tile)), 1)
    XCTAssertEqual(try builds(ProductChoice(exceptions: ["forward \(problem)": .tile(tile)])), 2)
    XCTAssertEqual(try builds(ProductChoice(exceptions: ["backwardWeights \(problem)": .tile(tile)])), 1)
  }

  func testATileThatTheDeviceCannotRun() throws {
    let limits = OpenCLDevices.list()[0].tileLimits()
    let tile = try ProductTile(parsing: "1024x1024:1x1x1")
    XCTAssertNotNil(tile.obstacle(on: limits))
    XCTAssertThrowsError(
      try OpenCLDevices.open(0, choice: ProductChoice(exceptions: ["forward": .tile(tile)]))
    ) {
      guard case .unsuitable("1024x1024:1x1x1", _, _) = $0 as? ProductTileError else {
        return XCTFail("\($0)")
      }
      XCTAssertTrue("\($0)".contains("1048576 work-items in a group that holds \(limits.items)"), "\($0)")
    }
  }
}
