import Datasets
import Foundation
import Randomness
import XCTest

/// Changed images are decoded or refused with a reason; they never crash. `tools/fuzz` tries many more of them, and
/// watches their memory and time.
final class ImageMutationTests: DatasetTestCase {
  func testMutatedImages() throws {
    let rounds = 3000
    let names = try Fixture.images().filter { !$0.hasPrefix("photo") } + ["photo-1.jpg"]
    let originals = try names.map(Fixture.bytes)
    var raster = Raster()
    var decoded = 0
    for round in 0..<rounds {
      let bytes = mutated(originals, round: round)
      do {
        let eighths = bytes.first == 0xFF ? [1, 2, 4, 8][round % 4] : 8
        try EncodedImage(bytes, file: "\(round)").decode(eighths: eighths, into: &raster)
        decoded += 1
      } catch {
        guard case .badImage(let file, let reason) = error else { return XCTFail("\(round): \(error)") }
        XCTAssertEqual(file, "\(round)")
        XCTAssertFalse(reason.isEmpty)
      }
    }
    XCTAssertGreaterThan(decoded, rounds / 100, "some changes are harmless")
    XCTAssertLessThan(decoded, rounds * 9 / 10, "most are not")
  }

  /// One of the images with one to four changes; those of a PNG mostly get right checksums again.
  private func mutated(_ originals: [Data], round: Int) -> Data {
    var random = RandomStream(seed: 5, stream: .test, index: UInt64(round))
    // The photograph takes longer than the others together.
    let isPhoto = random.integer(below: 100) == 0
    let choice = isPhoto ? originals.count - 1 : random.integer(below: originals.count - 1)
    var bytes = [UInt8](originals[choice])
    for _ in 0...random.integer(below: 4) { change(&bytes, &random) }
    let isPNG = bytes.first == 0x89
    return isPNG && random.integer(below: 5) > 0 ? withRightChecksums(Data(bytes)) : Data(bytes)
  }

  private func change(_ bytes: inout [UInt8], _ random: inout RandomStream) {
    guard bytes.count > 4 else { return }
    let place = random.integer(below: bytes.count)
    let length = min(bytes.count - place, 1 + random.integer(below: 8))
    switch random.integer(below: 7) {
    case 0: bytes[place] ^= 1 << UInt8(random.integer(below: 8))
    case 1: bytes[place] = UInt8(random.integer(below: 256))
    case 2:
      for index in place..<place + length { bytes[index] = [0, 0x7F, 0x80, 0xFF][random.integer(below: 4)] }
    case 3: bytes.removeSubrange(place..<place + length)
    case 4: bytes.insert(contentsOf: bytes[place..<place + length], at: random.integer(below: bytes.count))
    case 5: bytes.removeSubrange(place...)
    default: bytes[random.integer(below: min(64, bytes.count))] = UInt8(random.integer(below: 256))
    }
  }
}
