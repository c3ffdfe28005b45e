import Datasets
import Randomness
import XCTest

final class ResamplerTests: DatasetTestCase {
  private func resize(
    _ pixels: [UInt8], width: Int, height: Int, channels: Int = 3, region: ImageRegion, flipped: Bool = false,
    to target: (width: Int, height: Int)
  ) -> [UInt8] {
    var resampler = Resampler()
    return [UInt8](unsafeUninitializedCapacity: channels * target.width * target.height) { result, count in
      guard let result = result.baseAddress else { return }
      pixels.withUnsafeBufferPointer { pixels in
        guard let pixels = pixels.baseAddress else { return }
        resampler.resample(
          pixels, sourceWidth: width, sourceHeight: height, channels: channels, region: region,
          isFlipped: flipped, into: result, width: target.width, height: target.height)
      }
      count = channels * target.width * target.height
    }
  }

  private func noise(_ count: Int) -> [UInt8] {
    var random = RandomStream(seed: 3, stream: .test)
    return (0..<count).map { _ in UInt8(random.integer(below: 256)) }
  }

  func testTheSameSizeChangesNothing() {
    let pixels = noise(7 * 5 * 3)
    let whole = ImageRegion(left: 0, top: 0, width: 7, height: 5)
    XCTAssertEqual(
      resize(pixels, width: 7, height: 5, region: whole, to: (7, 5)), planes(pixels, Array(0..<35)))
    let mirrored = (0..<35).map { $0 / 7 * 7 + 6 - $0 % 7 }
    XCTAssertEqual(
      resize(pixels, width: 7, height: 5, region: whole, flipped: true, to: (7, 5)), planes(pixels, mirrored))
    let part = ImageRegion(left: 2, top: 1, width: 3, height: 2)
    XCTAssertEqual(
      resize(pixels, width: 7, height: 5, region: part, to: (3, 2)), planes(pixels, [9, 10, 11, 16, 17, 18]))
  }

  /// The pixels at some places, one channel after the other.
  private func planes(_ pixels: [UInt8], _ places: [Int]) -> [UInt8] {
    (0..<3).flatMap { channel in places.map { pixels[3 * $0 + channel] } }
  }

  func testOneColorStaysOneColor() {
    var random = RandomStream(seed: 4, stream: .test)
    for _ in 0..<200 {
      let (width, height) = (1 + random.integer(below: 70), 1 + random.integer(below: 70))
      let value = UInt8(random.integer(below: 256))
      let left = Double(random.uniform()) * Double(width) * 0.9
      let top = Double(random.uniform()) * Double(height) * 0.9
      let region = ImageRegion(
        left: left, top: top, width: Double(width) - left, height: Double(height) - top)
      let target = (width: 1 + random.integer(below: 40), height: 1 + random.integer(below: 40))
      let result = resize(
        Array(repeating: value, count: width * height), width: width, height: height, channels: 1,
        region: region, to: target)
      XCTAssertEqual(Set(result), [value], "\(width)×\(height) to \(target)")
    }
  }

  /// Each pixel of the result is the mean of the source under a triangle of twice the scale's width.
  func testAgainstAPlainSum() {
    let (width, height) = (31, 22)
    let pixels = noise(width * height)
    for (region, target) in [
      (ImageRegion(left: 0, top: 0, width: 31, height: 22), (width: 8, height: 9)),
      (ImageRegion(left: 3.3, top: 1.7, width: 20.1, height: 17.2), (width: 5, height: 40)),
      (ImageRegion(left: 30, top: 21, width: 1, height: 1), (width: 3, height: 3)),
    ] {
      let result = resize(pixels, width: width, height: height, channels: 1, region: region, to: target)
      for y in 0..<target.height {
        for x in 0..<target.width {
          let rows = weights(height, region.top, region.height, target.height, y)
          let columns = weights(width, region.left, region.width, target.width, x)
          var sum = 0.0
          for (row, column) in (0..<height).flatMap({ row in (0..<width).map { (row, $0) } }) {
            sum += rows[row] * columns[column] * Double(pixels[row * width + column])
          }
          XCTAssertEqual(Double(result[y * target.width + x]), sum, accuracy: 0.501)
        }
      }
    }
  }

  private func weights(_ length: Int, _ start: Double, _ extent: Double, _ outputs: Int, _ output: Int)
    -> [Double]
  {
    let scale = extent / Double(outputs)
    let center = start + (Double(output) + 0.5) * scale
    let weights = (0..<length).map { max(0, 1 - abs(Double($0) + 0.5 - center) / max(1, scale)) }
    return weights.map { $0 / weights.reduce(0, +) }
  }

  func testTheCentreThatEvaluationSees() {
    XCTAssertEqual(
      ImageRegion.center(width: 256, height: 256, size: 224),
      ImageRegion(left: 16, top: 16, width: 224, height: 224))
    let wide = ImageRegion.center(width: 1000, height: 512, size: 224)
    XCTAssertEqual(wide, ImageRegion(left: 276, top: 32, width: 448, height: 448))
    let tall = ImageRegion.center(width: 512, height: 1000, size: 224)
    XCTAssertEqual([tall.left, tall.top], [wide.top, wide.left])
    for size in [1, 2, 3, 31, 224, 4096] {
      for (width, height) in [(1, 1), (1, 67_000_000), (500, 333), (8192, 8192)] {
        let region = ImageRegion.center(width: width, height: height, size: size)
        XCTAssertGreaterThan(region.width, 0)
        XCTAssertGreaterThanOrEqual(min(region.left, region.top), 0)
        XCTAssertLessThan(region.left + region.width, Double(width) * (1 + 1e-9))
        XCTAssertLessThan(region.top + region.height, Double(height) * (1 + 1e-9))
      }
    }
  }
}
