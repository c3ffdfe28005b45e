import Devices
import Foundation
import Verification
import XCTest

/// Convolutions by Winograd's method in the gpu family, on the first OpenCL device: right, and the same bits by every
/// tile. Every tile is compiled anew: `ESPALIER_TEST_LEVEL` says how many.
final class WinogradProductTests: XCTestCase {
  /// The first ones are those that differ most from the standard tile.
  private static let tiles = [
    "winograd:16x8x4:4x2:double", "winograd:4x32x2:1x8", "winograd:64x16x8:8x4", "winograd:8x8x16:1x1",
    "winograd:32x64x4:8x8", "winograd:16x16x8:8x8", "winograd:32x32x4:8x8:double", "winograd:2x2x1:2x1",
    "winograd:64x16x4:16x4", "winograd:8x32x8:2x16:double",
  ]

  private var level: String? { ProcessInfo.processInfo.environment["ESPALIER_TEST_LEVEL"] }

  private var tiles: [String] {
    switch level {
    case "fast": Array(Self.tiles.prefix(1))
    case "all": Self.tiles
    default: Array(Self.tiles.prefix(4))
    }
  }

  override func setUpWithError() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
  }

  private func device(_ tile: WinogradTile?) throws -> any Device {
    try OpenCLDevices.open(0, choice: ProductChoice(usual: tile.map { .winograd($0) }))
  }

  /// The reference's own results are right, and those of every other tile are these.
  func testEveryTileIsRightAndGivesTheSameBits() throws {
    let limits = OpenCLDevices.list()[0].tileLimits()
    try XCTSkipIf(WinogradTile.standard.obstacle(on: limits) != nil, "the device lacks local memory")
    let reference = try device(.standard)
    let grid = try ProductSuite.winograd(reference: reference, selection: .grid)
    check(grid, on: reference, "\(WinogradTile.standard)", atLeast: 150)
    let awkward = try ProductSuite.winograd(reference: reference, selection: .awkward)
    for (index, text) in tiles.enumerated() {
      let tile = try WinogradTile(parsing: text)
      if tile.obstacle(on: limits) != nil { continue }
      check(index == 0 || level == "all" ? grid : awkward, on: try device(tile), text, atLeast: 52)
    }
  }

  private func check(_ suite: ProductSuite, on device: any Device, _ name: String, atLeast count: Int) {
    let report = suite.run(on: device)
    for result in report.cases where !result.passed { XCTFail("\(name): \(result.name): \(result.message)") }
    XCTAssertGreaterThanOrEqual(report.passed, count, name)
  }

  /// Few enough for tools/sanitize to run them in a simulator: by a small tile with two buffers and by larger ones, as far
  /// as they suit the device.
  func testSmallConvolutions() throws {
    let limits = OpenCLDevices.list()[0].tileLimits()
    let small = try device(try WinogradTile(parsing: Self.tiles[0]))
    let suite = try ProductSuite.winograd(reference: small, selection: .small)
    check(suite, on: small, Self.tiles[0], atLeast: 8)
    for tile in [WinogradTile.standard, try WinogradTile(parsing: "winograd:32x32x4:8x8")]
    where tile.obstacle(on: limits) == nil {
      check(suite, on: try device(tile), "\(tile)", atLeast: 8)
    }
  }

  /// Direct convolutions add in another order, and nobody gets Winograd's method without asking.
  func testDirectConvolutionsDiffer() throws {
    let suite = try ProductSuite.winograd(reference: device(.standard), selection: .awkward)
    let failures = suite.run(on: try device(nil)).cases.filter { !$0.passed }
    XCTAssertGreaterThan(failures.count, 20)
    for failure in failures {
      XCTAssertTrue(failure.message.hasSuffix("differs from the reference"), failure.message)
    }
    let direct = try ProductSuite.winograd(reference: device(nil), selection: .small)
    check(direct, on: try OpenCLDevices.open(0, choice: ProductChoice()), "direct", atLeast: 8)
  }

  /// What a tile adds beyond the depth must not turn -0 into 0: one tile is as deep as these sums, the others are deeper.
  func testASumThatUnderflowsKeepsItsSign() throws {
    // Transforms of this patch, of these weights and of this gradient have one sign each where it matters.
    let patch: [Float] = [9, 3, 6, 3, 1, 2, 6, 2, 4].map { $0 * 1e-24 }
    let negative = Float(-1e-24)
    for text in ["winograd:4x4x1:2x2"] + Self.tiles.prefix(2) {
      let device = try device(try WinogradTile(parsing: text))
      let problem = try ConvolutionProblem(parsing: "mb1ic1ih3oc1kh3")
      var schedule = Schedule()
      let input = schedule.external("input", "input", count: 9)
      let maps = schedule.activation("maps", problem.input)
      let weights = schedule.external("weights", "weights", count: 9)
      let result = schedule.activation("result", problem.output)
      let output = schedule.external("output", "output", count: 1)
      let gradient = schedule.external("gradient", "gradient", count: 1)
      let gradientMaps = schedule.activation("gradient maps", problem.output)
      let weightsGradient = schedule.external("weightsGradient", "weightsGradient", count: 9)
      schedule.append(.importActivation(from: input, to: maps))
      schedule.append(.importActivation(from: gradient, to: gradientMaps))
      schedule.append(
        .convolutionForward(problem, input: maps, weights: weights, bias: nil, output: result))
      schedule.append(.exportActivation(from: result, to: output))
      schedule.append(
        .convolutionBackwardWeights(
          problem, input: maps, outputGradient: gradientMaps, weightsGradient: weightsGradient,
          biasGradient: nil))
      let contents: KeyValuePairs = [
        "input": patch, "weights": Array(repeating: negative, count: 9), "output": [.nan],
        "gradient": [negative], "weightsGradient": Array(repeating: .nan, count: 9),
      ]
      var buffers: [BufferName: Buffer] = [:]
      for (name, values) in contents {
        let buffer = try device.makeBuffer(count: values.count, name: name)
        try buffer.write(values)
        buffers[BufferName(name)] = buffer
      }
      let executable = try device.compile(schedule, buffers: buffers)
      try executable.run()
      try executable.finish()
      let minusZero = (-Float.zero).bitPattern
      XCTAssertEqual(try buffers["output"]?.read(as: UInt32.self), [minusZero], text)
      XCTAssertEqual(try buffers["weightsGradient"]?.read(as: UInt32.self).first, minusZero, text)
    }
  }

  func testATileThatTheDeviceCannotRun() throws {
    let limits = OpenCLDevices.list()[0].tileLimits()
    let tile = try WinogradTile(parsing: "winograd:1024x1024x1:1x1")
    XCTAssertNotNil(tile.obstacle(on: limits))
    XCTAssertThrowsError(try device(tile)) {
      guard case .unsuitable("winograd:1024x1024x1:1x1", _, _) = $0 as? WinogradTileError else {
        return XCTFail("\($0)")
      }
      XCTAssertTrue("\($0)".contains("16777216 work-items in a group that holds \(limits.items)"), "\($0)")
    }
  }
}
