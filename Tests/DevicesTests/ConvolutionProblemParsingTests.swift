import Devices
import XCTest

final class ConvolutionProblemParsingTests: XCTestCase {
  /// A linear congruential generator, so that every run draws the same problems.
  private struct Draws {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return range.lowerBound + Int(state >> 33) % range.count
    }

    /// The same size along both axes every other time.
    mutating func extent(_ range: ClosedRange<Int>) -> Extent {
      let height = number(range)
      return number(0...1) == 0 ? Extent(height) : Extent(height: height, width: number(range))
    }
  }

  private func randomProblem(_ draws: inout Draws) throws -> ConvolutionProblem {
    let image = draws.extent(20...260)
    return try ConvolutionProblem(
      input: ActivationShape(
        batch: draws.number(1...300), channels: draws.number(1...600), height: image.height,
        width: image.width), outputChannels: draws.number(1...600), kernel: draws.extent(1...7),
      stride: draws.extent(1...4), padding: draws.extent(0...3), dilation: draws.extent(1...3))
  }

  func testRoundTrip() throws {
    var draws = Draws(seed: 1)
    var texts: Set<String> = []
    for _ in 0..<2000 {
      let problem = try randomProblem(&draws)
      texts.insert("\(problem)")
      XCTAssertEqual(try ConvolutionProblem(parsing: "\(problem)"), problem, "\(problem)")
    }
    XCTAssertGreaterThan(texts.count, 1900)
  }

  func testKeysInAnyOrder() throws {
    let problem = try ConvolutionProblem(parsing: "mb32ic3ih224iw96oc64kh7kw5sh2sw1ph3pw2dh1dw3")
    XCTAssertEqual(problem.input, ActivationShape(batch: 32, channels: 3, height: 224, width: 96))
    XCTAssertEqual(problem.kernel, Extent(height: 7, width: 5))
    XCTAssertEqual(problem.stride, Extent(height: 2, width: 1))
    XCTAssertEqual(problem.padding, Extent(height: 3, width: 2))
    XCTAssertEqual(problem.dilation, Extent(height: 1, width: 3))
    XCTAssertEqual(
      try ConvolutionProblem(parsing: "dw3pw2ph3sw1kw5sh2kh7oc64iw96ih224ic3mb32"), problem)
    XCTAssertEqual(
      try ConvolutionProblem(parsing: "mb1ic2ih8oc3kh3sw2").stride, Extent(height: 1, width: 2))
  }

  func testWhatIsNoProblem() throws {
    let messages: KeyValuePairs = [
      "": "expected mb at character 1, found the end",
      "mb1ic2ih8oc3": "expected kh at character 13, found the end",
      "ic2ih8oc3kh3": "expected mb at character 13, found the end",
      "mb1xx2": "expected one of ic, ih, iw, oc, kh, kw, sh, sw, ph, pw, dh, dw at character 4, found 'xx2'",
      "mb1mb2": "at character 4, found 'mb2'",
      "MB1": "expected one of mb, ic,",
      "mb": "expected a whole number up to 2147483647 for mb at character 3, found the end",
      "mbic2": "for mb at character 3, found 'ic2'",
      "mb-1ic2": "for mb at character 3, found '-1ic2'",
      "mb1 ic2": "at character 4, found ' ic2'",
      "mb1ic2ih8oc3kh3,": "at character 16, found ','",
      "mb2147483648ic2": "for mb at character 3, found '2147483648ic'",
      "mb99999999999999999999ic2": "for mb at character 3",
      "mb1\u{301}ic2": "at character 3",
      "mb٣ic2": "at character 3",
      "mb0ic2ih8oc3kh3": "must be positive",
      "mb1ic2ih8oc3kh9": "larger than the padded input",
      "mb1ic2ih8oc3kh3sh0": "must be positive",
      "mb1ic2ih8oc3kh2147483647dh2147483647": "larger than the padded input",
      "mb2147483647ic2147483647ih2147483647oc1kh1": "64 bits",
      "mb1ic1ih1oc2147483647kh2147483647ph2147483647": "64 bits",
    ]
    for (text, message) in messages {
      XCTAssertThrowsError(try ConvolutionProblem(parsing: text), text) { error in
        guard case .invalidProblem = error as? OperatorError else { return XCTFail("\(text): \(error)") }
        XCTAssertTrue("\(error)".contains(message), "\(text): \(error)")
      }
    }
  }

  /// Whatever a text says, the answer is a problem or an error.
  func testDamagedTexts() throws {
    var draws = Draws(seed: 2)
    let alphabet = Array("mbicihowkspd0123456789-. é")
    for _ in 0..<5000 {
      var text = Array("\(try randomProblem(&draws))")
      for _ in 0..<draws.number(1...3) {
        let place = draws.number(0...text.count - 1)
        switch draws.number(0...2) {
        case 0: text[place] = alphabet[draws.number(0...alphabet.count - 1)]
        case 1: text.insert(alphabet[draws.number(0...alphabet.count - 1)], at: place)
        default: text.remove(at: place)
        }
      }
      do {
        let problem = try ConvolutionProblem(parsing: String(text))
        XCTAssertEqual(try ConvolutionProblem(parsing: "\(problem)"), problem)
      } catch {
        XCTAssertTrue(error is OperatorError, "\(error)")
      }
    }
  }
}
