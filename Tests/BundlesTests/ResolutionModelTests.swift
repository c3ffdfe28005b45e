import Bundles
import Randomness
import XCTest

final class ResolutionModelTests: BundlesTestCase {
  private func reference(
    _ amplitude: Double, _ rate: Double = 1e-3, _ batch: Int = 64, _ format: FloatFormat = .float32
  ) throws -> ResolutionModel {
    .reference(
      try ReferenceResolution(amplitude: amplitude, learningRate: rate, batchSize: batch, format: format))
  }

  /// The smallest activation that has another word than 0.
  private func edge(_ model: ResolutionModel) -> Double {
    var (low, high) = (UInt32(0), Float.greatestFiniteMagnitude.bitPattern)
    while high - low > 1 {
      let middle = (low + high) / 2
      if model.word(Float(bitPattern: middle)) == model.zeroWord { low = middle } else { high = middle }
    }
    return Double(Float(bitPattern: high))
  }

  /// From an implementation of its own in another language; to a unit of the last printed digit, which may be cut off.
  func testEdgesOfTheZeroCell() throws {
    let rows: [(amplitude: Double, edges: [FloatFormat: (value: Double, digit: Double)])] = [
      (0.0875, [.float16: (1.96, 0.01), .float32: (2.38e-4, 1e-6), .float64: (4.4e-13, 1e-14)]),
      (0.3, [.float16: (7.8, 0.1), .float32: (9.5e-4, 1e-5), .float64: (1.8e-12, 1e-13)]),
      (0.7746, [.float16: (15.6, 0.1), .float32: (1.91e-3, 1e-5), .float64: (3.6e-12, 1e-13)]),
      (1, [.float16: (15.6, 0.1), .float32: (1.91e-3, 1e-5), .float64: (3.6e-12, 1e-13)]),
      (1.2, [.float16: (31, 1), .float32: (3.8e-3, 1e-4), .float64: (7.1e-12, 1e-13)]),
      (3, [.float16: (62, 1), .float32: (7.6e-3, 1e-4), .float64: (1.4e-11, 1e-12)]),
    ]
    for row in rows {
      for (format, expected) in row.edges {
        let edge = edge(try reference(row.amplitude, 1e-3, 64, format))
        XCTAssertEqual(edge, expected.value, accuracy: expected.digit, "\(row.amplitude), \(format)")
      }
    }
  }

  /// The zero cell ends at γ / 2, to the format's own rounding of what is compared; of bfloat16 it is eight times as wide
  /// as of half precision.
  func testTheZeroCellIsHalfAWidth() throws {
    for format in FloatFormat.allCases {
      for amplitude in [0.0875, 0.3, 0.7746, 1, 1.2, 3] {
        let model = try ReferenceResolution(
          amplitude: amplitude, learningRate: 1e-3, batchSize: 64, format: format)
        let rounding = 4 * pow(2, -Double(min(format.significandBits, 24)))
        XCTAssertEqual(
          edge(.reference(model)) / (model.cellWidth / 2), 1, accuracy: rounding, "\(format), \(amplitude)")
      }
    }
    XCTAssertEqual(
      try ReferenceResolution(amplitude: 1, learningRate: 1e-3, batchSize: 64, format: .bfloat16).cellWidth,
      8 * 2 * 15.625, accuracy: 1e-9)
  }

  /// Three roundings each, written with the formats' own arithmetic.
  func testReferenceWordsAreTheThreeRoundings() throws {
    var random = random()
    let (amplitude, rate) = (0.8, 0.003)
    for batch in [1, 48, 64] {
      let models = try FloatFormat.allCases.map { try reference(amplitude, rate, batch, $0) }
      for _ in 0..<5000 {
        let a = random.uniform(in: -4..<4) * pow(2, Float(random.integer(below: 20) - 10))
        let single = Float(amplitude) - (a * Float(rate)) * (1 / Float(batch))
        let half = Float16(amplitude) - (Float16(a) * Float16(rate)) * Float16(1 / Double(batch))
        let short = FloatFormat.bfloat16
        let step = short.rounded(short.rounded(Double(a)) * short.rounded(rate))
        let update = short.rounded(step * short.rounded(1 / Double(batch)))
        let brain = Float(short.rounded(short.rounded(amplitude) - update))
        for model in models {
          guard case .reference(let reference) = model else { continue }
          let expected: Float? =
            switch reference.format {
            case .float32: single
            case .float16: Float(half)
            case .bfloat16: brain
            case .float64: nil
            }
          if let expected { XCTAssertEqual(model.word(a), (expected + 0).bitPattern, "\(model), \(a)") }
        }
      }
    }
  }

  /// Two activations have one word in double precision just where their results are equal.
  func testDoublePrecisionWordsAreFolded() throws {
    var random = random()
    let model = try reference(1, 1e-3, 64, .float64)
    func result(_ a: Float) -> Double { 1 - (Double(a) * 1e-3) * (1 / 64.0) }
    var equal = 0
    for _ in 0..<5000 {
      let a = random.uniform(in: 0..<1e-10)
      let b = random.integer(below: 2) == 0 ? a + random.uniform(in: 0..<1e-11) : a.nextUp
      XCTAssertEqual(model.word(a) == model.word(b), result(a) == result(b), "\(a), \(b)")
      equal += result(a) == result(b) ? 1 : 0
    }
    XCTAssertGreaterThan(equal, 500)
    XCTAssertLessThan(equal, 4500)
  }

  /// η and B by the same power of two.
  func testPowersOfTwoMakeNoDifference() throws {
    var random = random()
    for format in FloatFormat.allCases {
      let model = try reference(0.77, 0.01, 16, format)
      // Half precision has too few exponents for more.
      for power in format == .float16 ? [1, 2] : [1, 3, 10] {
        let scaled = try reference(0.77, 0.01 * Double(1 << power), 16 << power, format)
        for _ in 0..<2000 {
          let a = random.uniform(in: 0..<8)
          XCTAssertEqual(model.word(a), scaled.word(a), "\(format), 2^\(power), \(a)")
        }
      }
    }
  }

  func testTheSignOfZeroMakesNoDifference() throws {
    for model in try models(scale: 1, features: 1) {
      XCTAssertEqual(model.word(-0.0), model.word(0), "\(model)")
      XCTAssertEqual(model.word(-0.0), model.zeroWord, "\(model)")
    }
    // An amplitude of 0 leaves q = −0 of an activation of 0.
    let model = try reference(0)
    XCTAssertEqual(model.word(0), 0)
    XCTAssertNotEqual(model.word(1e-9), model.word(2e-9))
  }

  func testExactWords() {
    XCTAssertEqual(ResolutionModel.exact.word(1.5), Float(1.5).bitPattern)
    XCTAssertNotEqual(ResolutionModel.exact.word(1), ResolutionModel.exact.word(Float(1).nextUp))
    XCTAssertEqual(ResolutionModel.exact.word(-.nan), ResolutionModel.notANumberWord)
  }

  func testCells() throws {
    let model = ResolutionModel.tolerance(try CellWidths(0.5))
    XCTAssertEqual(model.word(0.24), model.word(-0.24))
    XCTAssertEqual(model.word(0.25), model.word(0), "ties go to the even cell")
    XCTAssertEqual(model.word(0.75), model.word(1.2))
    XCTAssertNotEqual(model.word(0.26), model.word(0))
    XCTAssertNotEqual(model.word(0.5), model.word(-0.5))
    XCTAssertEqual(model.cellWidths, [0.5])
    XCTAssertEqual(model.zeroWord, 0)
  }

  /// Activations that are many cells from 0 must not fall into one.
  func testLargeActivationsAndNarrowCellsDoNotSaturate() throws {
    for width in [1, 1e-12, Float.leastNonzeroMagnitude] {
      let model = ResolutionModel.tolerance(try CellWidths(width))
      for a: Float in [1e4, 1e10, 1e18] {
        XCTAssertNotEqual(model.word(a), model.word(2 * a), "\(width)")
        XCTAssertNotEqual(model.word(-a), model.word(a), "\(width)")
      }
      XCTAssertEqual(model.word(0), 0)
    }
  }

  func testEachChannelHasItsWidth() throws {
    // Two channels of three elements.
    let model = ResolutionModel.perWeight(try CellWidths([1, 0.01]))
    let keys = try model.keys(
      of: ActivationMatrix([
        [0.1, 0.2, 0.3, 5, 6, 7], [0.3, 0.1, 0.2, 5, 6, 7], [0.1, 0.2, 0.3, 5, 6, 7.1],
      ]))
    XCTAssertEqual(keys[0], keys[1])
    XCTAssertNotEqual(keys[0], keys[2])
    XCTAssertThrowsError(try model.keys(of: ActivationMatrix([[1, 2, 3]])))
    XCTAssertThrowsError(try model.words(of: ActivationMatrix([[1, 2, 3]])))
  }

  func testKeysAreTheHashOfTheWords() throws {
    var random = random()
    let activations = try activations(samples: 12, features: 24, scale: 1, random: &random)
    for model in try models(scale: 1, features: 8) {
      let words = try model.words(of: activations)
      let keys = try model.keys(of: activations)
      let channels = model.cellWidths.count
      for sample in 0..<12 {
        var hash = ActivationHash()
        for element in 0..<24 {
          let activation = activations.values[sample * 24 + element]
          let word = model.word(activation, channel: element / (24 / channels))
          XCTAssertEqual(words[sample * 24 + element], word)
          hash.add(index: element, activation: activation, word: word, zeroWord: model.zeroWord)
        }
        XCTAssertEqual(keys[sample], hash.key)
      }
    }
  }

  func testBadNumbersAreRefused() {
    for amplitude in [-1, .nan, .infinity] { XCTAssertThrowsError(try reference(amplitude)) }
    for rate in [0, -1, .nan, .infinity] { XCTAssertThrowsError(try reference(1, rate)) }
    for batch in [0, -3] { XCTAssertThrowsError(try reference(1, 1e-3, batch)) }
    // 0 or infinite in half precision.
    XCTAssertThrowsError(try reference(1, 1e-9, 64, .float16))
    XCTAssertThrowsError(try reference(1, 1e-3, 1 << 30, .float16))
    XCTAssertThrowsError(try reference(1e6, 1e-3, 64, .float16))
    for widths in [[], [0], [1, -1], [.nan], [.infinity]] as [[Float]] {
      XCTAssertThrowsError(try CellWidths(widths))
    }
    XCTAssertThrowsError(try ActivationMatrix(samples: 2, features: 3, values: [1]))
    XCTAssertThrowsError(try ActivationMatrix(samples: 2, features: 0, values: []))
    XCTAssertThrowsError(try ActivationMatrix(samples: -1, features: 1, values: []))
    XCTAssertThrowsError(try ActivationMatrix(samples: .max, features: 4, values: []))
    XCTAssertThrowsError(try ActivationMatrix([[1, 2], [3]]))
  }
}
