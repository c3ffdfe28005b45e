import Bundles
import XCTest

final class LayerwiseBatchEntropyTests: XCTestCase {
  func testValues() throws {
    let one = 0.5 * log(Double.pi * exp(1) + 1)
    XCTAssertEqual(try XCTUnwrap(LayerwiseBatchEntropy.value(variances: [1])), one, accuracy: 1e-14)
    let several = try XCTUnwrap(LayerwiseBatchEntropy.value(variances: [1, 0, 4]))
    XCTAssertEqual(several, (one + 0.5 * log(4 * Double.pi * exp(1) + 1)) / 3, accuracy: 1e-14)
  }

  func testOnlyAConstantLayerHas0() throws {
    XCTAssertEqual(LayerwiseBatchEntropy.value(variances: [0, 0, 0]), 0)
    XCTAssertEqual(LayerwiseBatchEntropy.value(variances: [0, -1e-18]), 0)
    XCTAssertGreaterThan(try XCTUnwrap(LayerwiseBatchEntropy.value(variances: [0, 1e-30])), 0)
  }

  func testNoValue() {
    XCTAssertNil(LayerwiseBatchEntropy.value(variances: [Double]()))
    XCTAssertNil(LayerwiseBatchEntropy.value(variances: [1, .nan]))
    XCTAssertNil(LayerwiseBatchEntropy.value(variances: [1, .infinity]))
  }
}
