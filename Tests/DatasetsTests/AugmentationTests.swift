import Datasets
import Randomness
import XCTest

final class AugmentationTests: DatasetTestCase {
  func testResizedCropsAreWithinTheirBounds() {
    for (width, height) in [(224, 224), (400, 533), (1, 1), (1, 50), (50, 1), (1000, 10), (3, 2)] {
      for index in 0..<300 {
        var random = RandomStream(seed: 1, stream: .augmentation, index: UInt64(index))
        let region = RandomResizedCrop.region(width: width, height: height, &random)
        XCTAssertTrue(region.left >= 0 && region.top >= 0 && region.width >= 1 && region.height >= 1)
        XCTAssertTrue(
          region.left + region.width <= Double(width) && region.top + region.height <= Double(height))
      }
    }
  }

  func testResizedCropsHaveTheirAreasAndRatios() {
    var areas: [Double] = []
    var logarithms: [Double] = []
    var lefts: Set<Double> = []
    for index in 0..<4000 {
      var random = RandomStream(seed: 1, stream: .augmentation, index: UInt64(index))
      let region = RandomResizedCrop.region(width: 300, height: 300, &random)
      areas.append(region.width * region.height / 90_000)
      logarithms.append(log(region.width / region.height))
      lefts.insert(region.left)
    }
    XCTAssertEqual(areas.min() ?? 0, 0.08, accuracy: 0.01)
    XCTAssertGreaterThan(areas.max() ?? 0, 0.95)
    // The integral over uniform areas and logarithms of ratios that fit the square; 0.54 if all of them did.
    XCTAssertEqual(areas.reduce(0, +) / 4000, 0.478, accuracy: 0.01)
    XCTAssertEqual(logarithms.reduce(0, +) / 4000, 0, accuracy: 0.02)
    XCTAssertEqual(logarithms.max() ?? 0, log(4.0 / 3), accuracy: 0.02)
    XCTAssertEqual(logarithms.min() ?? 0, log(3.0 / 4), accuracy: 0.02)
    XCTAssertGreaterThan(lefts.count, 200)
  }

  func testJitterIsAPermutationOfFourSteps() {
    var orders: Set<[String]> = []
    for index in 0..<500 {
      var random = RandomStream(seed: 1, stream: .augmentation, index: UInt64(index))
      let jitter = ColorJitter(&random)
      orders.insert(
        jitter.steps.map { step in
          switch step {
          case .brightness(let factor), .contrast(let factor), .saturation(let factor):
            XCTAssertTrue((0.6..<1.4).contains(factor))
          case .hue(let turn): XCTAssertTrue((-0.1..<0.1).contains(turn))
          }
          return String("\(step)".prefix(3))
        })
    }
    XCTAssertEqual(orders.count, 24)
    XCTAssertTrue(orders.allSatisfy { Set($0).count == 4 })
  }

  private func jitter(_ pixels: [UInt8], channels: Int = 3, _ steps: ColorJitter.Step...) -> [UInt8] {
    var pixels = pixels
    var memory: [Float] = []
    pixels.withUnsafeMutableBufferPointer {
      ColorJitter(steps: steps).apply(to: $0, channels: channels, reusing: &memory)
    }
    return pixels
  }

  func testBrightnessContrastAndSaturation() {
    // Two pixels: (10, 100, 200) and (60, 60, 60).
    let pixels: [UInt8] = [10, 60, 100, 60, 200, 60]
    XCTAssertEqual(jitter(pixels, .brightness(1.4)), [14, 84, 140, 84, 255, 84])
    let grey = 0.299 * 10 + 0.587 * 100 + 0.114 * 200
    let mean = (grey + 60) / 2
    let contrast = pixels.map { UInt8(max(0, Double($0) * 1.4 - 0.4 * mean) + 0.5) }
    XCTAssertEqual(jitter(pixels, .contrast(1.4)), contrast)
    let saturated = [10, 100, 200].map { UInt8(Double($0) * 0.6 + 0.4 * grey + 0.5) }
    XCTAssertEqual(
      jitter(pixels, .saturation(0.6)), [saturated[0], 60, saturated[1], 60, saturated[2], 60])
    XCTAssertEqual(jitter(pixels), pixels)
  }

  func testATurnOfTheHueByAThirdExchangesTheColors() {
    var random = RandomStream(seed: 6, stream: .test)
    let planes = (0..<3).map { _ in (0..<500).map { _ in UInt8(random.integer(below: 256)) } }
    let pixels = planes.flatMap { $0 }
    assertClose(jitter(pixels, .hue(1 / 3.0)), planes[2] + planes[0] + planes[1])
    assertClose(jitter(pixels, .hue(-1 / 3.0)), planes[1] + planes[2] + planes[0])
    assertClose(jitter(pixels, .hue(0)), pixels)
    assertClose(jitter(jitter(pixels, .hue(0.07)), .hue(-0.07)), pixels, 2)
    // Half a turn leads to the complement within the range of each pixel.
    let complement = (0..<1500).map { index -> UInt8 in
      let pixel = planes.map { $0[index % 500] }
      return (pixel.max() ?? 0) - (planes[index / 500][index % 500] - (pixel.min() ?? 0))
    }
    assertClose(jitter(pixels, .hue(0.5)), complement)
  }

  private func assertClose(_ found: [UInt8], _ expected: [UInt8], _ tolerance: Int = 1, line: UInt = #line) {
    XCTAssertEqual(found.count, expected.count, line: line)
    let error = zip(found, expected).map { abs(Int($0) - Int($1)) }.max() ?? 0
    XCTAssertLessThanOrEqual(error, tolerance, line: line)
  }

  func testGreyImagesHaveNoColors() {
    let pixels = (0..<256).map { UInt8($0) }
    XCTAssertEqual(jitter(pixels, channels: 1, .saturation(0.6), .hue(0.1)), pixels)
    let greyColors = pixels + pixels + pixels
    XCTAssertEqual(jitter(greyColors, .hue(0.1)), greyColors)
    XCTAssertEqual(
      jitter(pixels, channels: 1, .brightness(0.5)), pixels.map { UInt8((Float($0) * 0.5) + 0.5) })
  }

  func testNames() throws {
    for name in ["none", "crop-flip", "resized-crop-flip", "resized-crop-flip-jitter"] {
      XCTAssertEqual(try Augmentation(parsing: name).description, name)
    }
    XCTAssertEqual(try Augmentation(parsing: "resized-crop-flip"), .resizedCropFlip)
  }
}
