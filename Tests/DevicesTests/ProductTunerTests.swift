import Devices
import XCTest

/// The tuner on the first OpenCL device, with kernels that are changed on their way to the compiler.
final class ProductTunerTests: XCTestCase {
  private let good = "16x8:1x1x16"
  private let other = "8x8:2x2x8"

  override func setUpWithError() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
  }

  /// Three convolutions of a layer and the products of a linear layer.
  private func problems() throws -> [ProductProblem] {
    let convolution = try ConvolutionProblem(parsing: "mb2ic8ih6iw7oc9kh3ph1")
    return ProductProblem.Direction.allCases.map { .convolution($0, convolution) }
      + [
        .matrices(batch: 1, rows: 16, columns: 10, depth: 33, transposesRight: true),
        .matrices(batch: 1, rows: 16, columns: 33, depth: 10),
        .matrices(batch: 1, rows: 10, columns: 33, depth: 16, transposesLeft: true),
      ]
  }

  /// What the tuner makes of two tiles and the default, the kernels of `other` changed.
  /// - Parameter hopeless: how many times slower a method may be before it is given up unchecked.
  private func tune(
    _ problems: [ProductProblem]? = nil, hopeless: Double = .infinity, known: KernelTuning = .none,
    rewriting: @escaping @Sendable (String) -> String
  ) throws -> [TunedProduct] {
    let bench = try ProductBench(
      0, hasLibrary: false,
      rewriting: { path, definitions, text in
        // Both tiles are 8 items across or down: only one has both.
        definitions.contains("ITEMS_ACROSS=8") && definitions.contains("ITEMS_DOWN=8")
          ? rewriting(text) : text
      })
    let candidates = try [good, other].map { ProductMethod.tile(try ProductTile(parsing: $0)) }
    let outcome = try ProductTuner(
      bench, problems: try problems ?? self.problems(), seconds: 1, known: known, candidates: candidates,
      hopeless: hopeless
    ).run()
    XCTAssertNil(outcome.failure)
    return outcome.products
  }

  private func rejections(_ products: [TunedProduct]) -> [[ProductRejection]] {
    products.map { $0.rejections.filter { "\($0.method)" == other } }
  }

  /// Products share memory, which grows with them: what else was tried changes none.
  func testTrialsDoNotDependOnOneAnother() throws {
    let problems = try problems()
    func values(_ problem: ProductProblem, _ bench: ProductBench) throws -> [UInt32] {
      let trial = try ProductTrial(problem, on: bench)
      return try trial.run(bench.defaultMethod(for: problem)).values().map(\.bitPattern)
    }
    let alone = try problems.map { ($0, try values($0, ProductBench(0))) }
    let bench = try ProductBench(0)
    for (problem, expected) in alone + alone.reversed() {
      XCTAssertEqual(try values(problem, bench), expected, "\(problem)")
    }
  }

  /// As they are, both are right, and what wins is among what was tried.
  func testGoodKernelsAreMeasured() throws {
    let products = try tune { $0 }
    XCTAssertEqual(products.map(\.problem), try problems())
    for product in products {
      XCTAssertEqual(product.candidates, 3)
      XCTAssertEqual(product.error, 0, "every tile gives the same bits")
      XCTAssertGreaterThan(product.seconds, 0)
      XCTAssertLessThanOrEqual(product.seconds, product.defaultSeconds)
      XCTAssertTrue([good, other, "\(product.defaultMethod)"].contains("\(product.method)"))
      XCTAssertEqual(product.rejections, [])
    }
  }

  /// What was found before competes too, where it is a method for the problem still.
  func testWhatIsKnownHasToWinAgain() throws {
    let problem = try problems()[0]
    let tile = "8x8:4x4x8"
    let known = try KernelTuning(methods: ["\(problem)": tile, "\(try problems()[1])": "library"])
    let products = try tune([problem, problems()[1]], known: known) { $0 }
    XCTAssertEqual(products.map(\.candidates), [4, 4])
    XCTAssertEqual(products[0].rejections, [])
    XCTAssertEqual(products[1].rejections.map { "\($0.method)" }, ["library"])
  }

  /// The last product of each step is left out.
  @Sendable private static func incomplete(_ text: String) -> String {
    text.replacingOccurrences(
      of: "for (int k = 0; k < TILE_DEPTH; k++)", with: "for (int k = 0; k < TILE_DEPTH - 1; k++)")
  }

  func testAWrongKernelIsRejected() throws {
    let products = try tune(rewriting: Self.incomplete)
    for (product, rejections) in zip(products, rejections(products)) {
      guard case .wrong(let error, let bound) = rejections.first?.reason else {
        return XCTFail("\(product.problem): \(rejections)")
      }
      XCTAssertGreaterThan(error, 100 * bound)
      XCTAssertNotEqual("\(product.method)", other)
    }
  }

  /// One element is never written: it is NaN, whatever was there before.
  func testAKernelThatLeavesSomethingOutIsRejected() throws {
    let problem = try problems()[0]
    let products = try tune([problem]) {
      $0.replacingOccurrences(
        of: "if (row >= outputs || result >= batch) continue;",
        with: "if (row >= outputs || result >= batch || (row == 3 && pixel == 5)) continue;")
    }
    guard case .wrong(.infinity, _) = rejections(products)[0].first?.reason else {
      return XCTFail("\(products[0].rejections)")
    }
  }

  /// Every item does something else first, and the result is right.
  func testASlowKernelIsRejected() throws {
    let problems = Array(try problems().prefix(3))
    let products = try tune(problems, hopeless: 2) {
      $0.replacingOccurrences(
        of: "  TILE_COORDINATES;",
        with: """
            TILE_COORDINATES;
            float waste = 0.0f;
            for (int i = 0; i < 30000; i++) waste = FMA(waste, 0.5f, (float)(i + item));
            if (waste == 12345.678f) return;
          """)
    }
    for (product, rejections) in zip(products, rejections(products)) {
      guard case .slow(let times) = rejections.first?.reason else {
        return XCTFail("\(product.problem): \(rejections)")
      }
      XCTAssertGreaterThan(times, 2)
      XCTAssertNotEqual("\(product.method)", other)
    }
  }

  func testAKernelThatDoesNotCompileIsRejected() throws {
    let products = try tune { _ in "no kernel" }
    for (product, rejections) in zip(products, rejections(products)) {
      guard case .failed(let reason) = rejections.first?.reason else {
        return XCTFail("\(product.problem): \(rejections)")
      }
      XCTAssertTrue(reason.contains("rejected"), reason)
    }
  }

  /// Where the default itself is wrong, there is nothing to compare with.
  func testAWrongDefaultEndsTheSearch() throws {
    let bench = try ProductBench(0, rewriting: { Self.incomplete($2) })
    let tuner = ProductTuner(bench, problems: [try problems()[0]], seconds: 1)
    XCTAssertThrowsError(try tuner.run()) { error in
      guard case .wrongDefault = error as? TuningError else { return XCTFail("\(error)") }
      XCTAssertTrue("\(error)".contains("`espalier verify` tells more"), "\(error)")
    }
  }

  /// A product asks for what it needs, and the neighbours of a tile are tiles.
  func testMethodsAreTriedWhereTheyCanBe() throws {
    let problem = try problems()[0]
    let bench = try ProductBench(0, hasLibrary: false)
    XCTAssertNil(bench.obstacle(to: problem, by: .tile(.standard)))
    XCTAssertNotNil(bench.obstacle(to: problem, by: .library))
    XCTAssertNil(bench.obstacle(to: problem, by: .winograd(.standard)))
    let short = try ProductBench(0, precision: .bfloat16)
    XCTAssertNotNil(short.obstacle(to: problem, by: .winograd(.standard)))
    let neighbours = ProductTile.standard.neighbours
    XCTAssertGreaterThan(neighbours.count, 10)
    XCTAssertFalse(neighbours.contains(.standard))
    XCTAssertEqual(Set(neighbours).count, neighbours.count)
  }
}
