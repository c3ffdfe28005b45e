import Randomness
import XCTest

final class RandomStreamTests: XCTestCase {
  private func firstWords(
    seed: UInt64 = 1, stream: StreamIdentifier = .test, epoch: UInt32 = 2, index: UInt64 = 3
  ) -> [UInt32] {
    var random = RandomStream(seed: seed, stream: stream, epoch: epoch, index: index)
    return (0..<9).map { _ in random.nextWord() }
  }

  func testWordsFollowTheDocumentedCounters() {
    let index: UInt64 = 0xABCD_1234_5678
    let words = firstWords(seed: 0x0123_4567_89AB_CDEF, stream: .gates, epoch: 77, index: index)
    for (position, word) in words.enumerated() {
      let block = Philox4x32.block(
        counter: SIMD4(UInt32(position / 4), 0x1234_5678, 77, 4 << 16 | 0xABCD),
        key: SIMD2(0x89AB_CDEF, 0x0123_4567))
      XCTAssertEqual(word, block[position % 4])
    }
  }

  func testEachParameterChangesTheNumbers() {
    XCTAssertEqual(firstWords(), firstWords())
    XCTAssertNotEqual(firstWords(), firstWords(seed: 1 << 32 | 1))
    XCTAssertNotEqual(firstWords(), firstWords(stream: .shuffle))
    XCTAssertNotEqual(firstWords(), firstWords(epoch: 3))
    XCTAssertNotEqual(firstWords(), firstWords(index: 1 << 32 | 3))
  }

  func testTheNextLongWordIsTwoWords() {
    let words = firstWords()
    var random = RandomStream(seed: 1, stream: .test, epoch: 2, index: 3)
    XCTAssertEqual(random.next(), UInt64(words[1]) << 32 | UInt64(words[0]))
    XCTAssertEqual(random.nextWord(), words[2])
  }

  func testIdentifiersKeepTheirNumbers() {
    XCTAssertEqual(StreamIdentifier.allCases.map(\.rawValue), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
  }
}
