import Datasets
import XCTest

final class ResizedImagesTests: XCTestCase {
  func testASourceWithItsOwnSizeIsResized() throws {
    let own = try DataSource.sample.load(split: .test)
    let resized = try DataSource.sample.load(split: .test, imageSize: 32)
    XCTAssertEqual([resized.channels, resized.height, resized.width], [1, 32, 32])
    XCTAssertEqual(resized.labels, own.labels)
    XCTAssertEqual(try DataSource.sample.load(split: .test, imageSize: 28), own)
    // Its brightness stays what it was.
    func mean(_ images: [UInt8]) -> Double {
      Double(images.reduce(0) { $0 + Int($1) }) / Double(images.count)
    }
    XCTAssertEqual(
      mean(try XCTUnwrap(resized.images)), mean(try XCTUnwrap(own.images)), accuracy: 1)
  }

  /// Doubled, a pixel's value stands where it stood, and quarter steps between neighbours; halved, pairs are averaged.
  func testBilinearInterpolation() throws {
    let own = try DataSource.sample.load(split: .test)
    let source = try XCTUnwrap(own.images)
    let half = try XCTUnwrap(DataSource.sample.load(split: .test, imageSize: 56).images)
    for row in 1..<27 {
      for column in 1..<27 {
        func pixel(_ row: Int, _ column: Int) -> Double { Double(source[row * 28 + column]) }
        // Output 2r sits a quarter of a pixel before the middle of source row r.
        let expected =
          0.75 * (0.75 * pixel(row, column) + 0.25 * pixel(row, column - 1))
          + 0.25 * (0.75 * pixel(row - 1, column) + 0.25 * pixel(row - 1, column - 1))
        XCTAssertEqual(Double(half[2 * row * 56 + 2 * column]), expected, accuracy: 0.51)
      }
    }
  }

  func testSizesOutOfRange() {
    for size in [0, -1, DataSource.largestImageSize + 1] {
      XCTAssertThrowsError(try DataSource.sample.load(split: .test, imageSize: size)) { error in
        guard case DatasetError.invalidRequest = error else { return XCTFail("\(error)") }
      }
    }
  }
}
