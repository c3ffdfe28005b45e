import Probes
import XCTest

/// Pooling against its definition.
final class AdaptiveAveragePoolingTests: ProbesTestCase {
  func testDefinition() throws {
    for (height, width, size) in [
      (8, 8, 4), (7, 7, 4), (5, 9, 4), (4, 4, 4), (2, 2, 4), (1, 1, 4), (3, 2, 4), (6, 10, 1), (7, 3, 5),
    ] {
      let (samples, channels) = (2, 3)
      let values = floats(samples * channels * height * width, UInt64(height))
      let pooling = try AdaptiveAveragePooling(channels: channels, height: height, width: width, size: size)
      XCTAssertEqual(pooling.features, channels * size * size)
      var expected: [Double] = []
      for map in 0..<(samples * channels) {
        for i in 0..<size {
          for j in 0..<size {
            // ⌊i·n/m⌋ and ⌈(i+1)·n/m⌉ in floating point, as they are written.
            let rows =
              Int(
                (Double(i * height) / Double(size)).rounded(.down))..<Int(
                (Double((i + 1) * height) / Double(size)).rounded(.up))
            let columns =
              Int(
                (Double(j * width) / Double(size)).rounded(.down))..<Int(
                (Double((j + 1) * width) / Double(size)).rounded(.up))
            var cells: [Double] = []
            for row in rows {
              for column in columns { cells.append(Double(values[(map * height + row) * width + column])) }
            }
            expected.append(cells.reduce(0, +) / Double(cells.count))
          }
        }
      }
      assertEqual(
        try pooling.pooled(values).map(Double.init), expected, accuracy: 1e-6, "\(height)x\(width) to \(size)"
      )
    }
  }

  /// PyTorch's `AdaptiveAvgPool2d((4, 4))` of `arange(1, 26).view(1, 1, 5, 5)`.
  func testPyTorch() throws {
    let pooling = try AdaptiveAveragePooling(channels: 1, height: 5, width: 5, size: 4)
    let found = try pooling.pooled((1...25).map(Float.init))
    XCTAssertEqual(
      found, [4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 19, 20, 21, 22])
  }

  func testBadInput() throws {
    XCTAssertThrowsError(try AdaptiveAveragePooling(channels: 1, height: 4, width: 4, size: 0))
    XCTAssertThrowsError(try AdaptiveAveragePooling(channels: 1, height: 0, width: 4, size: 1))
    let pooling = try AdaptiveAveragePooling(channels: 1, height: 2, width: 2, size: 1)
    XCTAssertThrowsError(try pooling.pooled([1, 2, 3]))
    XCTAssertEqual(try pooling.pooled([]), [])
  }
}
