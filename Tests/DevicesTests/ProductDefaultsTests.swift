import Devices
import XCTest

/// What computes products that were never tuned.
final class ProductDefaultsTests: XCTestCase {
  private let problems = [
    "mb64ic3ih224oc64kh7sh2ph3", "mb64ic64ih56oc64kh3ph1", "mb64ic64ih56oc128kh1sh2", "mb64ic64ih56oc256kh1",
    "mb64ic512ih7oc512kh3ph1", "mb128ic16ih32oc16kh3ph1", "mb1ic1ih1oc1kh1", "mb1ic33ih5iw3oc17kh1",
  ]

  private func products() throws -> [ProductProblem] {
    try problems.flatMap { text in
      let problem = try ConvolutionProblem(parsing: text)
      return ProductProblem.Direction.allCases.map { ProductProblem.convolution($0, problem) }
    } + [.matrices(batch: 1, rows: 128, columns: 10, depth: 64, transposesRight: true)]
  }

  private func defaults(
    _ deviceClass: ProductDefaults.DeviceClass, _ arithmetic: MatrixArithmetic = MatrixArithmetic(),
    items: Int = 1024, localMemoryBytes: Int = 48 << 10, hasLibrary: Bool = true
  ) -> ProductDefaults {
    ProductDefaults(
      deviceClass: deviceClass,
      limits: ProductTile.Limits(
        items: items, localMemoryBytes: localMemoryBytes, arithmetic: arithmetic),
      hasLibrary: hasLibrary)
  }

  /// On the smallest devices too.
  func testTheDeviceCanRunThem() throws {
    for deviceClass in ProductDefaults.DeviceClass.allCases {
      for arithmetic in [
        MatrixArithmetic(), MatrixArithmetic(.bfloat16), MatrixArithmetic(.bfloat16, units: .ptx),
        MatrixArithmetic(.tensorFloat32, units: .ptx), MatrixArithmetic(.tensorFloat32, units: .emulated),
        MatrixArithmetic(.float16),
      ] {
        for (items, bytes) in [(1024, 48 << 10), (256, 32 << 10), (256, 16 << 10)] {
          let limits = ProductTile.Limits(items: items, localMemoryBytes: bytes, arithmetic: arithmetic)
          for problem in try products() {
            let method = defaults(
              deviceClass, arithmetic, items: items, localMemoryBytes: bytes, hasLibrary: false
            ).method(for: problem)
            XCTAssertNil(
              method.obstacle(to: problem, on: limits, hasLibrary: false),
              "\(deviceClass) \(arithmetic) \(problem): \(method)")
          }
        }
      }
    }
  }

  /// Matrices go to a library where there is one, in single precision only.
  func testTheLibrary() throws {
    let linear = try XCTUnwrap(products().last)
    let pointwise = ProductProblem.convolution(
      .forward, try ConvolutionProblem(parsing: "mb64ic64ih56oc256kh1"))
    XCTAssertEqual(defaults(.largeGPU).method(for: linear), .library)
    XCTAssertEqual(defaults(.largeGPU).method(for: pointwise), .library)
    let short = defaults(.largeGPU, MatrixArithmetic(.bfloat16, units: .ptx))
    XCTAssertEqual(short.method(for: linear), .library, "linear layers stay in single precision")
    XCTAssertNotEqual(short.method(for: pointwise), .library)
  }

  /// Tall results get tall tiles, flat ones flat ones, and units are used where there are any.
  func testTilesFitTheResult() throws {
    func tile(_ text: String, _ defaults: ProductDefaults) throws -> ProductTile {
      let method = defaults.method(for: .convolution(.forward, try ConvolutionProblem(parsing: text)))
      guard case .tile(let tile) = method else { throw ProductTileError.notUnderstood("\(method)") }
      return tile
    }
    let large = defaults(.largeGPU)
    XCTAssertEqual(try tile("mb64ic256ih14oc256kh3ph1", large).rows, 128)
    XCTAssertEqual(try tile("mb128ic16ih32oc16kh3ph1", large).rows, 16)
    XCTAssertEqual(try tile("mb64ic256ih14oc256kh3ph1", defaults(.processor)), .standard)
    let units = defaults(.largeGPU, MatrixArithmetic(.bfloat16, units: .ptx))
    XCTAssertTrue(try tile("mb64ic256ih14oc256kh3ph1", units).options.usesUnits)
    XCTAssertFalse(
      try tile("mb64ic256ih14oc256kh3ph1", defaults(.largeGPU, MatrixArithmetic(.bfloat16))).options.usesUnits
    )
    XCTAssertFalse(
      try tile("mb64ic256ih14oc256kh3ph1", defaults(.largeGPU, MatrixArithmetic(.bfloat16, units: .emulated)))
        .options.usesUnits, "emulated units are for tests")
  }
}
