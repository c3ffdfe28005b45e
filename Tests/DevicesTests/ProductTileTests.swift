import Devices
import XCTest

final class ProductTileTests: XCTestCase {
  private let plain = MatrixArithmetic()
  private let roomy = ProductTile.Limits(items: 1024, localMemoryBytes: 48 << 10)

  func testTheStandardTile() throws {
    XCTAssertEqual("\(ProductTile.standard)", "16x16:2x4x16")
    XCTAssertEqual(try ProductTile(parsing: "16x16:2x4x16"), .standard)
    XCTAssertEqual(ProductTile.standard.definitions(plain), [], "a launch compiles nothing new for it")
    XCTAssertEqual(ProductTile.standard.localMemoryBytes(plain), 4 * 16 * (33 + 65))
    XCTAssertNil(
      ProductTile.standard.obstacle(on: ProductTile.Limits(items: 256, localMemoryBytes: 16 << 10)))
  }

  func testDefinitionsNameWhatIsNotStandard() throws {
    XCTAssertEqual(
      try ProductTile(parsing: "8x32:4x2x8:vector2:double").definitions(plain),
      [
        "ITEMS_ACROSS=8", "ITEMS_DOWN=32", "ITEM_COLUMNS=2", "ITEM_ROWS=4", "TILE_BUFFERS=2", "TILE_DEPTH=8",
        "TILE_VECTOR=2",
      ])
    XCTAssertEqual(try ProductTile(parsing: "16x16:2x4x16:double").definitions(plain), ["TILE_BUFFERS=2"])
  }

  func testSizes() throws {
    let tile = try ProductTile(parsing: "32x4:8x2x32:vector2:double")
    XCTAssertEqual(tile.items, 128)
    XCTAssertEqual(tile.rows, 32)
    XCTAssertEqual(tile.columns, 64)
    XCTAssertEqual(tile.leftWords(plain), 2 * 32 * (32 + 2))
    XCTAssertEqual(tile.rightWords(plain), 2 * 32 * (64 + 2))
  }

  /// Candidates are all different, within the limits, and survive being written down.
  func testCandidates() throws {
    var texts: Set<String> = []
    for tile in ProductTile.candidates(for: roomy) {
      XCTAssertNil(tile.obstacle(on: roomy), "\(tile)")
      XCTAssertEqual(try ProductTile(parsing: "\(tile)"), tile)
      XCTAssertTrue(texts.insert("\(tile)").inserted, "\(tile) comes twice")
    }
    XCTAssertTrue(texts.contains("\(ProductTile.standard)"))
    XCTAssertGreaterThan(texts.count, 500)
    let tight = ProductTile.Limits(items: 64, localMemoryBytes: 4 << 10)
    let few = Array(ProductTile.candidates(for: tight))
    XCTAssertFalse(few.isEmpty)
    XCTAssertTrue(few.allSatisfy { $0.items <= 64 && $0.localMemoryBytes(plain) <= 4 << 10 })
    XCTAssertLessThan(few.count, texts.count / 4)
    XCTAssertTrue(
      ProductTile.candidates(for: ProductTile.Limits(items: 16, localMemoryBytes: 48 << 10)).allSatisfy { _ in
        false
      })
  }

  func testWhatIsNoTile() {
    for text in [
      "", ":", "16x16", "16x16:2x4", "16x16:2x4x16x2", "16:2x4x16", "16x16:2x4x16:",
      "16x16:2x4x16:double:double",
      "16x16:2x4x16:double:vector2", "16x16:2x4x16:vector", "16x16:2x4x16:vectortwo", "16x16:2x4x16:fast",
      "+16x16:2x4x16", "-16x16:2x4x16", "16X16:2x4x16", " 16x16:2x4x16", "16x16:2x4x16 ", "١٦x16:2x4x16",
      "16x16:2xx16", "99999999999999999999x16:2x4x16", "x:xx",
    ] {
      XCTAssertThrowsError(try ProductTile(parsing: text), text) { error in
        XCTAssertEqual(error as? ProductTileError, .notUnderstood(text))
        XCTAssertTrue("\(error)".contains("such as 16x16:2x4x16"), "\(error)")
      }
    }
  }

  func testImpossibleTilesSayWhy() {
    let reasons: KeyValuePairs = [
      "0x16:2x4x16": "items across must be a power of two up to 1024, not 0",
      "16x12:2x4x16": "items down must be a power of two up to 1024, not 12",
      "16x16:3x4x16": "sums down must be a power of two",
      "16x16:2x4096x16": "sums across must be a power of two up to 1024, not 4096",
      "16x16:2x4x9223372036854775807": "depth must be a power of two up to 1024",
      "16x16:2x4x16:vector3": "vectors have 2 or 4 words, not 3",
      "16x16:2x4x16:vector4": "vectors of 4 words do not divide 2x4 sums per item",
      "8x8:16x8x8": "128 sums per item, but registers hold 64",
      "4x4:2x2x32": "16 work-items gather 32 words deep",
      "8x8:8x8x64": "each work-item gathers 128 words per step, but registers hold 64",
    ]
    for (text, reason) in reasons {
      XCTAssertThrowsError(try ProductTile(parsing: text), text) { error in
        guard case .impossible(text, _) = error as? ProductTileError else { return XCTFail("\(error)") }
        XCTAssertTrue("\(error)".contains(reason), "\(error)")
      }
    }
  }

  func testADeviceSaysWhyNot() throws {
    let tile = try ProductTile(parsing: "32x16:4x4x32:double")
    XCTAssertEqual(
      tile.obstacle(on: ProductTile.Limits(items: 256, localMemoryBytes: 1 << 20)),
      "512 work-items in a group that holds 256")
    XCTAssertEqual(tile.obstacle(on: roomy), "49664 bytes of local memory of 49152")
  }

  /// A warp's fragments want warps, pairs and steps of 16; units want a precision that they multiply in.
  func testTilesForMatrixUnits() throws {
    let tile = try ProductTile(parsing: "16x16:8x8x32:double:units")
    let units = MatrixArithmetic(.bfloat16, units: .ptx)
    XCTAssertEqual(
      tile.definitions(units),
      [
        "ITEM_COLUMNS=8", "ITEM_ROWS=8", "TILE_BUFFERS=2", "TILE_DEPTH=32", "TILE_UNITS=1", "UNITS_PTX",
      ])
    XCTAssertEqual(tile.leftWords(units), 2 * 128 * (16 + 4))
    XCTAssertEqual(tile.rightWords(MatrixArithmetic(.tensorFloat32, units: .ptx)), 2 * 128 * (32 + 4))
    let emulated = MatrixArithmetic(.bfloat16, units: .emulated)
    XCTAssertEqual(tile.leftWords(emulated), tile.leftWords(units) + 6 * 256)
    func obstacle(_ arithmetic: MatrixArithmetic, of tile: ProductTile) -> String? {
      tile.obstacle(on: ProductTile.Limits(items: 1024, localMemoryBytes: 48 << 10, arithmetic: arithmetic))
    }
    XCTAssertNil(obstacle(units, of: tile))
    XCTAssertEqual(obstacle(plain, of: tile), "matrix units do not multiply in fp32")
    XCTAssertEqual(
      obstacle(MatrixArithmetic(.bfloat16), of: tile), "there are no matrix units that we know to use")
    XCTAssertEqual(
      obstacle(MatrixArithmetic(.tensorFloat32, units: .ptx), of: .standard),
      "only matrix units multiply in tf32")
    let candidates = ProductTile.candidates(
      for: ProductTile.Limits(items: 1024, localMemoryBytes: 48 << 10, arithmetic: units))
    XCTAssertTrue(candidates.contains { $0.options.usesUnits })
    XCTAssertTrue(candidates.contains { !$0.options.usesUnits })
    for (text, reason) in [
      "8x8:4x4x16:vector2:units": "read fragments",
      "2x32:4x4x16:units": "warps of 4x8 items do not divide 2x32",
      "8x8:1x4x16:units": "pairs of rows and columns", "8x8:4x4x8:units": "16 deep, not 8",
      "8x8:4x4x8:parts0": "1 to 64 parts, not 0", "8x8:4x4x8:parts65": "1 to 64 parts, not 65",
    ] as KeyValuePairs {
      XCTAssertThrowsError(try ProductTile(parsing: text), text) {
        XCTAssertTrue("\($0)".contains(reason), "\($0)")
      }
    }
  }

  func testMethods() throws {
    XCTAssertEqual(try ProductMethod(parsing: "library"), .library)
    XCTAssertEqual(try ProductMethod(parsing: "16x16:2x4x16"), .tile(.standard))
    XCTAssertThrowsError(try ProductMethod(parsing: "Library"))
    let pointwise = try ConvolutionProblem(parsing: "mb2ic16ih8oc16kh1")
    let other = try ConvolutionProblem(parsing: "mb2ic16ih8oc16kh3ph1")
    func obstacle(_ method: ProductMethod, _ problem: ProductProblem, hasLibrary: Bool = true) -> String? {
      method.obstacle(to: problem, on: roomy, hasLibrary: hasLibrary)
    }
    XCTAssertNil(obstacle(.library, .convolution(.forward, pointwise)))
    XCTAssertNil(obstacle(.library, .matrices(batch: 1, rows: 2, columns: 3, depth: 4)))
    XCTAssertNotNil(obstacle(.library, .convolution(.backwardWeights, pointwise)))
    XCTAssertNotNil(obstacle(.library, .convolution(.forward, other)))
    XCTAssertNotNil(obstacle(.library, .convolution(.forward, pointwise), hasLibrary: false))
    let parts = ProductMethod.tile(try ProductTile(parsing: "16x16:2x4x16:parts4"))
    XCTAssertNil(obstacle(parts, .convolution(.forward, other)))
    XCTAssertNotNil(obstacle(parts, .convolution(.backwardWeights, other)))
  }
}
