import Foundation
import Interchange
import XCTest

/// Properties of many random files. A failure names its seed.
final class SafeTensorsRandomTests: XCTestCase {
  func testRoundTrip() throws {
    for seed in 0..<300 {
      var random = SplitMix64(state: UInt64(seed))
      let file = try randomFile(&random)
      let encoded = try file.encoded()
      let read = try SafeTensorsFile(parsing: encoded)
      XCTAssertEqual(read.metadata, file.metadata, "seed \(seed)")
      XCTAssertEqual(read.tensors.count, file.tensors.count, "seed \(seed)")
      for tensor in file.tensors { XCTAssertEqual(read[tensor.name], tensor, "seed \(seed)") }
      XCTAssertEqual(try read.encoded(), encoded, "seed \(seed)")
      let shuffled = try SafeTensorsFile(
        tensors: file.tensors.shuffled(using: &random), metadata: file.metadata)
      XCTAssertEqual(try shuffled.encoded(), encoded, "seed \(seed)")
      XCTAssertEqual(encoded.prefix(8).first.map { $0 % 8 }, 0, "seed \(seed)")
    }
  }

  func testMutationsEndInAFileOrATypedError() throws {
    var random = SplitMix64(state: 20)
    var readable = 0
    for _ in 0..<100 {
      let valid = try randomFile(&random).encoded()
      for _ in 0..<200 {
        let mutated = mutate(valid, &random)
        do {
          let file = try SafeTensorsFile(parsing: mutated)
          readable += 1
          for tensor in file.tensors { XCTAssertEqual(tensor.elementCount, tensor.shape.reduce(1, *)) }
          _ = try SafeTensorsFile(parsing: file.encoded())
        } catch {
          XCTAssertFalse("\(error)".isEmpty)
        }
      }
    }
    XCTAssertGreaterThan(readable, 100)
  }

  /// Up to eight tensors of any type and rank 0 to 4, some without elements, with awkward names.
  private func randomFile(_ random: inout SplitMix64) throws -> SafeTensorsFile {
    let tensors = try (0..<Int.random(in: 0...8, using: &random)).map { index in
      let dtype = try XCTUnwrap(SafeTensor.DType.allCases.randomElement(using: &random))
      let shape = (0..<Int.random(in: 0...4, using: &random)).map { _ in
        Int.random(in: 0...4, using: &random)
      }
      let byteCount = shape.reduce(dtype.byteCount, *)
      let bytes = Data((0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &random) })
      return try SafeTensor(name: "\(index)\(randomText(&random))", dtype: dtype, shape: shape, bytes: bytes)
    }
    let metadata = (0..<Int.random(in: 0...3, using: &random)).map { index in
      ("\(index)\(randomText(&random))", randomText(&random))
    }
    return try SafeTensorsFile(
      tensors: tensors, metadata: Dictionary(metadata, uniquingKeysWith: { first, _ in first }))
  }

  private func randomText(_ random: inout SplitMix64) -> String {
    let alphabet: [Character] = [
      "a", ".", "é", "漢", "😀", "\"", "\\", "\n", "\r\n", "\u{1}", "\u{7f}", "/", " ",
    ]
    let count = Int.random(in: 0...6, using: &random)
    return String((0..<count).compactMap { _ in alphabet.randomElement(using: &random) })
  }

  /// `data` with one to three bytes changed, bits flipped, pieces removed, repeated or inserted.
  private func mutate(_ data: Data, _ random: inout SplitMix64) -> Data {
    var bytes = [UInt8](data)
    let telling = Array(#"{}[]":,\u0123456789dtypeF32_"#.utf8)
    for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
      let index = Int.random(in: 0..<bytes.count, using: &random)
      let piece = index..<min(bytes.count, index + Int.random(in: 1...20, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.removeSubrange(piece)
      case 3: bytes.insert(contentsOf: bytes[piece], at: index)
      case 4: bytes.removeLast(bytes.count - index)
      default: bytes[index] = telling.randomElement(using: &random) ?? 0
      }
    }
    return Data(bytes)
  }
}
