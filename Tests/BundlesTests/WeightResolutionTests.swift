import Bundles
import XCTest

final class WeightResolutionTests: XCTestCase {
  // [2 outputs, 2 channels, 3 taps].
  private let weights: [Float] = [
    1, -3, 0.5, 0.1, 0.2, 0.3,
    2, 0.75, -8, 0.9, -0.01, 6,
  ]

  private func widths(
    _ resolution: WeightResolution, _ factor: WeightResolution.StepFactor = .gradientDescent
  ) throws -> [Float] {
    try resolution.cellWidths(readBy: weights, outputs: 2, channels: 2, factor: factor).widths
  }

  /// The readers of channel 0 are 1, −3, ½, 2, ¾, −8, those of channel 1 the others.
  func testTheFinestAndTheMedianReader() throws {
    var resolution = WeightResolution(learningRate: 0.5, batchSize: 64)
    let scale: Float = 64 / 0.5
    // ½ is below 2^-1 and in the octave below: 2^-2 · 2^-23. 0.01 is above 2^-7: 2^-7 · 2^-23.
    XCTAssertEqual(try widths(resolution), [0x1p-25 * scale, 0x1p-30 * scale])
    resolution.reader = .median
    // Spacings: 2^-24, 2^-22, 2^-25, 2^-23, 2^-24, 2^-21. And 2^-27, 2^-26, 2^-25, 2^-24, 2^-30, 2^-21.
    let channel0: Float = (0x1p-24 + 0x1p-23) / 2
    let channel1: Float = (0x1p-26 + 0x1p-25) / 2
    XCTAssertEqual(try widths(resolution), [channel0 * scale, channel1 * scale])
  }

  func testTheFormatOfWeights() throws {
    let single = try widths(WeightResolution(learningRate: 1e-3, batchSize: 32))
    for (format, factor) in [(FloatFormat.float16, Float(0x1p13)), (.bfloat16, 0x1p16)] {
      let short = try widths(WeightResolution(learningRate: 1e-3, batchSize: 32, format: format))
      XCTAssertEqual(short, single.map { $0 * factor }, "\(format)")
    }
  }

  /// A weight that Adam moves far resolves more.
  func testAdamsSteps() throws {
    let resolution = WeightResolution(learningRate: 1, batchSize: 1)
    var moments = [Float](repeating: 1, count: 12)
    let plain = try widths(resolution)
    XCTAssertEqual(try widths(resolution, .adam(secondMoments: moments, epsilon: 0)), plain)
    XCTAssertEqual(try widths(resolution, .adam(secondMoments: moments, epsilon: 1)), plain.map { 2 * $0 })
    // The reader −8 of channel 0, with s = 2^20.
    moments[8] = 0x1p-40
    XCTAssertEqual(
      try widths(resolution, .adam(secondMoments: moments, epsilon: 0)), [0x1p-21 * 0x1p-20, plain[1]])
  }

  func testAWeightOf0ResolvesTheSmallestNumber() throws {
    let resolution = WeightResolution(learningRate: 0.25, batchSize: 1)
    let widths = try resolution.cellWidths(readBy: [0, 1], outputs: 1, channels: 2).widths
    XCTAssertEqual(widths, [Float(4 * Double(Float.leastNonzeroMagnitude)), 0x1p-22])
    // Still a model that can tell activations apart.
    let model = ResolutionModel.perWeight(try CellWidths(widths))
    XCTAssertNotEqual(model.word(1, channel: 0), model.word(Float(1).nextUp, channel: 0))
  }

  func testBadNumbersAreRefused() {
    let resolution = WeightResolution(learningRate: 1, batchSize: 1)
    for (weights, outputs, channels) in [
      ([], 1, 1), ([1, 2, 3], 2, 2), ([1], 0, 1), ([1], 1, -1), ([1], .max, 2), ([.nan], 1, 1),
      ([.infinity], 1, 1),
    ] as [([Float], Int, Int)] {
      XCTAssertThrowsError(try resolution.cellWidths(readBy: weights, outputs: outputs, channels: channels))
    }
    for (moments, epsilon) in [([1], 0), ([1, -1], 0), ([1, .nan], 0), ([1, 1], -1), ([1, 1], .nan)]
      as [([Float], Double)]
    {
      XCTAssertThrowsError(
        try resolution.cellWidths(
          readBy: [1, 2], outputs: 1, channels: 2, factor: .adam(secondMoments: moments, epsilon: epsilon)))
    }
    for (rate, batch) in [(0, 1), (.nan, 1), (1, 0)] as [(Double, Int)] {
      XCTAssertThrowsError(
        try WeightResolution(learningRate: rate, batchSize: batch)
          .cellWidths(readBy: [1], outputs: 1, channels: 1))
    }
  }
}
