import Datasets
import Foundation
import XCTest

final class ImageDecodingTests: DatasetTestCase {
  private func decode(_ bytes: Data) throws -> Raster {
    var raster = Raster()
    try EncodedImage(bytes, file: "image").decode(into: &raster)
    return raster
  }

  private func assertBad(
    _ bytes: Data, _ reason: String? = nil, file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertThrowsError(try decode(bytes), file: file, line: line) { error in
      guard case .badImage("image", let found) = error as? DatasetError else {
        return XCTFail("\(error)", file: file, line: line)
      }
      XCTAssertTrue(reason.map(found.contains) ?? !found.isEmpty, found, file: file, line: line)
    }
  }

  /// The image with the 16-bit numbers at `place`, high byte first, replaced.
  private func patched(_ bytes: Data, _ place: Int, _ values: UInt16...) -> Data {
    var bytes = [UInt8](bytes)
    for (index, value) in values.enumerated() {
      bytes[place + 2 * index] = UInt8(value >> 8)
      bytes[place + 2 * index + 1] = UInt8(truncatingIfNeeded: value)
    }
    return Data(bytes)
  }

  /// Where a JPEG segment of this kind starts.
  private func place(of marker: UInt8, in bytes: Data) throws -> Int {
    try XCTUnwrap(bytes.range(of: Data([0xFF, marker]))?.lowerBound)
  }

  func testEveryKindOfImageAgainstPillow() throws {
    let names = try Fixture.images().filter { !$0.hasPrefix("photo") }
    XCTAssertEqual(names.count, 20)
    var raster = Raster()
    for name in names {
      let expected = try Fixture.expected(name)
      try EncodedImage(file: Fixture.path(name)).decode(into: &raster)
      XCTAssertEqual([raster.width, raster.height], [expected.width, expected.height], name)
      let tolerance = name.hasSuffix(".png") ? 0 : 2
      let errors = zip(raster.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
      XCTAssertEqual(errors.count, expected.pixels.count, name)
      XCTAssertLessThanOrEqual(errors.max() ?? 255, tolerance, name)
    }
  }

  func testSmallerDecoding() throws {
    let image = try EncodedImage(file: Fixture.path("photo-1.jpg"))
    var whole = Raster()
    try image.decode(into: &whole)
    XCTAssertEqual([image.width, image.height], [400, 549])
    for (eighths, size) in [(1, [50, 69]), (2, [100, 138]), (4, [200, 275]), (8, [400, 549])] {
      var part = Raster()
      try image.decode(eighths: eighths, into: &part)
      XCTAssertEqual([part.width, part.height], size)
      XCTAssertEqual(mean(part), mean(whole), accuracy: 1)
    }
  }

  private func mean(_ raster: Raster) -> Double {
    let count = 3 * raster.width * raster.height
    return Double(raster.pixels[..<count].reduce(0) { $0 + Int($1) }) / Double(count)
  }

  func testTheFirstBytesTellTheFormat() throws {
    let path = try write([UInt8](Fixture.bytes("color.png")), to: "image.jpg")
    XCTAssertEqual(try EncodedImage(file: path).width, 23)
    assertBad(Data(), "the file is empty")
    assertBad(Data([0xFF]), "neither JPEG nor PNG")
    assertBad(Data("just a text".utf8), "neither JPEG nor PNG")
  }

  func testFilesThatCannotBeRead() throws {
    let path = "\(directory)/none.jpg"
    assertThrows(.unreadable(file: path, reason: "No such file or directory")) {
      try EncodedImage(file: path)
    }
    assertThrows(.unreadable(file: directory, reason: "Is a directory")) { try EncodedImage(file: directory) }
    let huge = try write([0xFF, 0xD8, 0xFF], to: "huge.jpg")
    XCTAssertEqual(truncate(huge, 1 << 40), 0)
    XCTAssertThrowsError(try EncodedImage(file: huge)) { error in
      guard case .badImage(huge, _) = error as? DatasetError else { return XCTFail("\(error)") }
    }
  }

  func testEveryTruncationIsNoticed() throws {
    for name in try Fixture.images() {
      let bytes = try Fixture.bytes(name)
      for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 500)) + [bytes.count - 1] {
        assertBad(bytes.prefix(length))
      }
    }
    assertBad(try Fixture.bytes("color.jpg").dropLast(1), "the file ends within the image")
    assertBad(try Fixture.bytes("color.png").dropLast(1), "the file ends within the image")
  }

  func testHugeClaimsAreRefused() throws {
    for name in ["color.jpg", "grey.jpg", "progressive.jpg"] {
      let bytes = try Fixture.bytes(name)
      let frame = try place(of: name == "progressive.jpg" ? 0xC2 : 0xC0, in: bytes)
      assertBad(patched(bytes, frame + 5, 60_000, 60_000), "found 60000×60000")
      assertBad(patched(bytes, frame + 5, 65_535, 1))
      assertBad(patched(bytes, frame + 5, 0, 20))
    }
    for (high, low) in [(UInt16(0), UInt16(60_000)), (0x7FFF, 0xFFFF), (0xFFFF, 0xFFFF), (0, 0)] {
      let bomb = withRightChecksums(patched(try Fixture.bytes("color.png"), 16, high, low, high, low))
      assertBad(bomb, high == 0 && low > 0 ? "found 60000×60000" : nil)
    }
    // 17 million pixels are within reason for a file of 64 KiB.
    let roomy = patched(
      try Fixture.bytes("color.jpg"), try place(of: 0xC0, in: Fixture.bytes("color.jpg")) + 5, 4100, 4100)
    assertBad(roomy, "found 4100×4100")
    assertBad(roomy + Data(count: 1 << 16), "premature end")
  }

  func testABombOfScansIsRefused() throws {
    let bytes = try Fixture.bytes("progressive.jpg")
    // The first scan may come again: it brings coarse values of coefficients that were not known before.
    let start = try place(of: 0xDA, in: bytes)
    let end = try XCTUnwrap(bytes.range(of: Data([0xFF, 0xC4]), in: start..<bytes.count)?.lowerBound)
    func repeated(_ times: Int) -> Data {
      bytes.prefix(end) + (0..<times).reduce(into: Data()) { data, _ in data += bytes[start..<end] }
        + bytes.suffix(from: end)
    }
    XCTAssertEqual(try decode(repeated(50)).pixels, try decode(bytes).pixels)
    assertBad(repeated(200), "more than 100 scans")
  }

  func testDamagedPixelsAreNoticed() throws {
    let photo = try Fixture.bytes("photo-1.jpg")
    var cut = photo
    cut.replaceSubrange(6000..<6002, with: [0xFF, 0xD9])
    assertBad(cut, "premature end")
    var lost = try Fixture.bytes("restart.jpg")
    let restart = try place(of: 0xD0, in: lost)
    lost.replaceSubrange(restart..<restart + 2, with: [0xFF, 0xD5])
    assertBad(lost, "instead of RST0")
    var png = try Fixture.bytes("color-16.png")
    png[png.count / 2] ^= 0x10
    assertBad(png, "IDAT")
    assertBad(withRightChecksums(png), "IDAT")
  }

  func testHarmlessOdditiesAreNot() throws {
    let photo = try Fixture.bytes("photo-2.jpg")
    let pixels = try decode(photo).pixels
    XCTAssertEqual(try decode(photo.dropLast(2) + Data([1, 2, 3]) + photo.suffix(2)).pixels, pixels)
    XCTAssertEqual(try decode(photo + Data("and so on".utf8)).pixels, pixels)
    let png = try Fixture.bytes("color.png")
    XCTAssertEqual(try decode(png + Data(count: 99)).pixels, try decode(png).pixels)
  }

  func testErrorsSayWhatToDo() {
    XCTAssertEqual(
      "\(DatasetError.badImage(file: "a.jpg", reason: "the file is empty"))",
      "a.jpg: cannot be decoded: the file is empty; replace or remove the file, or leave such files out with "
        + "--on-bad-image skip")
  }
}
