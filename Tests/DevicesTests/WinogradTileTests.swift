import Devices
import XCTest

final class WinogradTileTests: XCTestCase {
  private let roomy = ProductTile.Limits(items: 1024, localMemoryBytes: 48 << 10)

  func testTheStandardTile() throws {
    XCTAssertEqual("\(WinogradTile.standard)", "winograd:32x32x8:8x8")
    XCTAssertEqual(try WinogradTile(parsing: "winograd:32x32x8:8x8"), .standard)
    XCTAssertEqual(WinogradTile.standard.definitions, [], "a launch compiles nothing new for it")
    XCTAssertEqual(WinogradTile.standard.items, 256)
    XCTAssertEqual(WinogradTile.standard.localMemoryBytes, 4 * 16 * 8 * (36 + 36))
    XCTAssertNil(
      WinogradTile.standard.obstacle(on: ProductTile.Limits(items: 256, localMemoryBytes: 36 << 10)))
  }

  func testDefinitionsNameWhatIsNotStandard() throws {
    XCTAssertEqual(
      try WinogradTile(parsing: "winograd:16x64x4:4x2:double").definitions,
      [
        "WINOGRAD_BUFFERS=2", "WINOGRAD_CHANNELS=64", "WINOGRAD_DEPTH=4", "WINOGRAD_ITEM_CHANNELS=2",
        "WINOGRAD_ITEM_TILES=4", "WINOGRAD_TILES=16",
      ])
    XCTAssertEqual(try WinogradTile(parsing: "winograd:32x32x4:8x8").definitions, ["WINOGRAD_DEPTH=4"])
  }

  /// Panels of factors for two steps, or the points of one channel of each item.
  func testLocalMemory() throws {
    XCTAssertEqual(
      try WinogradTile(parsing: "winograd:16x64x4:4x2:double").localMemoryBytes,
      4 * 2 * 16 * 4 * (16 + 4 + 64 + 2))
    XCTAssertEqual(
      try WinogradTile(parsing: "winograd:16x16x1:2x1").localMemoryBytes, 4 * 16 * 16 * (16 + 2))
  }

  /// Candidates are all different, within the limits, and survive being written down.
  func testCandidates() throws {
    var texts: Set<String> = []
    for tile in WinogradTile.candidates(for: roomy) {
      XCTAssertNil(tile.obstacle(on: roomy), "\(tile)")
      XCTAssertEqual(try WinogradTile(parsing: "\(tile)"), tile)
      XCTAssertTrue(texts.insert("\(tile)").inserted, "\(tile) comes twice")
    }
    XCTAssertTrue(texts.contains("\(WinogradTile.standard)"))
    XCTAssertGreaterThan(texts.count, 50)
    let tight = ProductTile.Limits(items: 128, localMemoryBytes: 16 << 10)
    let few = Array(WinogradTile.candidates(for: tight))
    XCTAssertFalse(few.isEmpty)
    XCTAssertTrue(few.allSatisfy { $0.items <= 128 && $0.localMemoryBytes <= 16 << 10 })
    XCTAssertLessThan(few.count, texts.count / 2)
    let none = WinogradTile.candidates(for: ProductTile.Limits(items: 32, localMemoryBytes: 4 << 10))
    XCTAssertTrue(none.allSatisfy { _ in false })
  }

  func testWhatIsNoTile() {
    for text in [
      "", ":", "winograd", "winograd:", "32x32x8:8x8", "winograd:32x32x8", "winograd:32x32:8x8",
      "winograd:32x32x8:8",
      "winograd:32x32x8:8x8:", "winograd:32x32x8:8x8:double:double", "winograd:32x32x8:8x8:vector4",
      "winograd:32x32x8:double", "winograd:+32x32x8:8x8", "winograd:32x32x8:-8x8", "winograd:32X32X8:8x8",
      " winograd:32x32x8:8x8", "winograd:32x32x8:8x8 ", "Winograd:32x32x8:8x8", "winograd:٣٢x32x8:8x8",
      "winograd:32xx8:8x8", "winograd:99999999999999999999x32x8:8x8", "winograd:xx:x",
    ] {
      XCTAssertThrowsError(try WinogradTile(parsing: text), text) { error in
        XCTAssertEqual(error as? WinogradTileError, .notUnderstood(text))
        XCTAssertTrue("\(error)".contains("such as winograd:32x32x8:8x8"), "\(error)")
      }
    }
  }

  func testImpossibleTilesSayWhy() {
    let reasons: KeyValuePairs = [
      "winograd:0x32x8:8x8": "tiles must be a power of two up to 1024, not 0",
      "winograd:32x48x8:8x8": "channels must be a power of two up to 1024, not 48",
      "winograd:32x32x9223372036854775807:8x8": "depth must be a power of two up to 1024",
      "winograd:32x32x8:3x8": "tiles per item must be a power of two",
      "winograd:32x32x8:8x2048": "channels per item must be a power of two up to 1024, not 2048",
      "winograd:4x32x8:8x8": "an item's 8x8 sums exceed the group's 4x32",
      "winograd:32x32x8:16x8": "128 sums per item, but registers hold 64",
      "winograd:64x1x8:64x1": "16 work-items gather 64 words side by side",
      "winograd:8x8x32:8x8": "16 work-items gather 32 words side by side",
      "winograd:16x16x16:8x8": "each work-item gathers 128 words per step, but registers hold 64",
    ]
    for (text, reason) in reasons {
      XCTAssertThrowsError(try WinogradTile(parsing: text), text) { error in
        guard case .impossible(text, _) = error as? WinogradTileError else { return XCTFail("\(error)") }
        XCTAssertTrue("\(error)".contains(reason), "\(error)")
      }
    }
  }

  func testADeviceSaysWhyNot() throws {
    let tile = try WinogradTile(parsing: "winograd:32x32x8:8x8:double")
    XCTAssertEqual(
      tile.obstacle(on: ProductTile.Limits(items: 128, localMemoryBytes: 1 << 20)),
      "256 work-items in a group that holds 128")
    XCTAssertEqual(tile.obstacle(on: roomy), "73728 bytes of local memory of 49152")
  }

  func testWhichConvolutionsAllowIt() throws {
    for text in ["mb1ic1ih1oc1kh3ph1", "mb5ic3ih7iw9oc2kh3ph2pw0", "mb1ic4096ih3oc4096kh3"] {
      XCTAssertTrue(try ConvolutionProblem(parsing: text).allowsWinograd, text)
    }
    for text in [
      "mb1ic8ih9oc8kh1", "mb1ic8ih9oc8kh3kw1", "mb1ic8ih9oc8kh3sh1sw2", "mb1ic8ih9oc8kh3dh2dw1",
      "mb1ic8ih9oc8kh3ph1pw3", "mb1ic16384ih3oc16384kh3", "mb1ic1000000ih3oc1000000kh3",
    ] {
      XCTAssertFalse(try ConvolutionProblem(parsing: text).allowsWinograd, text)
    }
  }
}
