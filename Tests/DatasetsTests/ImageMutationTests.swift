import Datasets
import Foundation
import Randomness
import XCTest

/// Changed images are decoded or refused; they never crash, hang or take much memory.
final class ImageMutationTests: DatasetTestCase {
  func testMutatedImages() throws {
    let rounds = ProcessInfo.processInfo.environment["ESPALIER_MUTATIONS"].flatMap(Int.init) ?? 100_000
    let names = try Fixture.images().filter { !$0.hasPrefix("photo") } + ["photo-1.jpg"]
    let originals = try names.map(Fixture.bytes)
    let before = peakMemory
    var raster = Raster()
    var decoded = 0
    var slowest = Duration.zero
    for round in 0..<rounds {
      let bytes = mutated(originals, round: round)
      let start = ContinuousClock.now
      do {
        let eighths = bytes.first == 0xFF ? [1, 2, 4, 8][round % 4] : 8
        try EncodedImage(bytes, file: "\(round)").decode(eighths: eighths, into: &raster)
        decoded += 1
      } catch {
        guard case .badImage(let file, let reason) = error else { return XCTFail("\(round): \(error)") }
        XCTAssertEqual(file, "\(round)")
        XCTAssertFalse(reason.isEmpty)
      }
      slowest = max(slowest, ContinuousClock.now - start)
    }
    XCTAssertGreaterThan(decoded, rounds / 100, "some changes are harmless")
    XCTAssertLessThan(decoded, rounds * 9 / 10, "most are not")
    XCTAssertLessThan(slowest, .seconds(2))
    XCTAssertLessThan(peakMemory - before, 128 << 20)
  }

  /// The most memory that the process has had so far, in bytes; Linux counts in KiB.
  private var peakMemory: Int {
    var usage = rusage()
    getrusage(0, &usage)
    return usage.ru_maxrss << 10
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
