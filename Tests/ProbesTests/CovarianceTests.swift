import Probes
import XCTest

/// Covariances against plain loops.
final class CovarianceTests: ProbesTestCase {
  /// Rows, from images `[samples, channels, positions]`.
  private func rows(_ values: [Float], _ channels: Int, _ positions: Int, mean: Bool) -> [[Double]] {
    let samples = values.count / channels / positions
    return (0..<samples).flatMap { sample -> [[Double]] in
      func value(_ channel: Int, _ position: Int) -> Double {
        Double(values[(sample * channels + channel) * positions + position])
      }
      if mean {
        return [
          (0..<channels).map { channel in
            (0..<positions).reduce(0) { $0 + value(channel, $1) } / Double(positions)
          }
        ]
      }
      return (0..<positions).map { position in (0..<channels).map { value($0, position) } }
    }
  }

  func testPlainLoops() throws {
    for (samples, channels, positions) in [
      (1, 1, 1), (5, 3, 1), (7, 5, 9), (40, 4, 4), (3, 17, 100), (130, 6, 1),
    ] {
      let values = floats(samples * channels * positions, UInt64(channels)).map { $0 * 2 + 100 }
      for choice in CovarianceAccumulator.Rows.allCases {
        let rows = rows(values, channels, positions, mean: choice == .mean)
        let count = Double(rows.count)
        let means = (0..<channels).map { channel in rows.reduce(0) { $0 + $1[channel] } / count }
        let expected = (0..<(channels * channels)).map { place -> Double in
          let (a, b) = (place / channels, place % channels)
          return rows.reduce(0) { $0 + ($1[a] - means[a]) * ($1[b] - means[b]) } / count
        }
        var accumulator = try CovarianceAccumulator(channels: channels, positions: positions, rows: choice)
        try accumulator.add(values)
        let found = try XCTUnwrap(accumulator.covariance)
        XCTAssertEqual(found.count, rows.count)
        assertEqual(found.mean, means, accuracy: 1e-10)
        assertEqual(found.matrix, expected, accuracy: 1e-10, "\(samples)x\(channels)x\(positions) \(choice)")
        XCTAssertEqual(
          found.trace, (0..<channels).reduce(0) { $0 + expected[$1 * channels + $1] }, accuracy: 1e-9)
      }
    }
  }

  /// To the last bit.
  func testTheSizeOfBatchesDoesNotMatter() throws {
    let (samples, channels, positions) = (37, 6, 5)
    let values = floats(samples * channels * positions)
    for rows in CovarianceAccumulator.Rows.allCases {
      let results = try [1, 2, 13, 37].map { size in
        var accumulator = try CovarianceAccumulator(channels: channels, positions: positions, rows: rows)
        for first in stride(from: 0, to: samples, by: size) {
          let end = min(first + size, samples) * channels * positions
          try accumulator.add(Array(values[(first * channels * positions)..<end]))
          // Looking does not change anything.
          XCTAssertNotNil(accumulator.covariance)
        }
        return accumulator.covariance
      }
      XCTAssertEqual(Set(results).count, 1)
    }
  }

  /// A spread of 1e-3 around 1e4, which cancels where squares are added up as they are.
  func testALargeMeanDoesNotCancel() throws {
    let values = floats(2000).map { 8192 + ($0 * 64).rounded() / 1024 }
    var accumulator = try CovarianceAccumulator(channels: 1, positions: 1)
    try accumulator.add(values)
    let mean = values.reduce(0.0) { $0 + Double($1) } / 2000
    let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 2000
    XCTAssertEqual(try XCTUnwrap(accumulator.covariance).trace / variance, 1, accuracy: 1e-10)
  }

  func testBadInput() throws {
    XCTAssertThrowsError(try CovarianceAccumulator(channels: 0, positions: 1))
    XCTAssertThrowsError(try CovarianceAccumulator(channels: 4097, positions: 1))
    XCTAssertThrowsError(try CovarianceAccumulator(channels: 1, positions: 0))
    var accumulator = try CovarianceAccumulator(channels: 2, positions: 3)
    XCTAssertThrowsError(try accumulator.add([1, 2, 3, 4, 5, 6, 7]))
    XCTAssertNil(accumulator.covariance)
    XCTAssertEqual(accumulator.count, 0)
  }
}
