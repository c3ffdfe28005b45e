import Probes
import XCTest

/// The definition of saturation, its corners, and what it means.
final class SaturationTests: ProbesTestCase {
  private func dimension(_ values: [Double], _ delta: Double, delve: Bool = false) throws -> Int {
    try Saturation.Rule(delta: delta, isDelveCompatible: delve).dimension(eigenvalues: values)
  }

  func testTheFewestEigenvaluesThatHoldTheShare() throws {
    XCTAssertEqual(try dimension([90, 9, 0.5, 0.5], 0.99), 2, "0.99 is reached by exactly two")
    XCTAssertEqual(try dimension([90, 8.9, 0.6, 0.5], 0.99), 3)
    XCTAssertEqual(try dimension([1, 0, 0], 0.99), 1)
    XCTAssertEqual(try dimension([5], 1), 1)
    XCTAssertEqual(try dimension([3, 2, 1], 1), 3)
    XCTAssertEqual(try dimension([3, 2, 1, 0, 0], 1), 3)
    XCTAssertEqual(try dimension([3, 2, 1, -1e-9, -2e-9], 1), 3, "negative ones count as 0")
    XCTAssertEqual(try dimension([1, 1, 1, 1], 0.75), 3, "ties")
    XCTAssertEqual(try dimension([1, 1, 1, 1], 0.76), 4)
    XCTAssertEqual(try dimension([Double](repeating: 0.1, count: 10), 0.3), 3, "in spite of rounding")
    XCTAssertEqual(try dimension([0, 0], 0.99), 0)
    XCTAssertEqual(try dimension([-1, -2], 0.99), 0)
    XCTAssertEqual(try dimension([], 0.99), 0)
    XCTAssertEqual(try dimension([1, 1e-3], 1e-9), 1, "never fewer than one where there is variance")
  }

  /// Eigenvalues with cumulative share below δ, at least one, and one more if more than 0.02 is missing.
  func testDelve() throws {
    XCTAssertEqual(try dimension([90, 8.5, 1, 0.5], 0.99, delve: true), 2, "0.985 is near enough")
    XCTAssertEqual(try dimension([90, 8.5, 1, 0.5], 0.99), 3)
    XCTAssertEqual(try dimension([90, 5, 3, 2], 0.99, delve: true), 3, "0.98 is within 0.02")
    XCTAssertEqual(try dimension([90, 6, 4], 0.99, delve: true), 3, "0.96 is not")
    XCTAssertEqual(try dimension([99.5, 0.5], 0.99, delve: true), 1, "at least one")
    XCTAssertEqual(try dimension([0, 0], 0.99, delve: true), 0)
    // One less than the definition for most spectra.
    let spectra = (0..<200).map { index in normals(32, UInt64(index)).map { $0 * $0 }.sorted(by: >) }
    let less = try spectra.count { try dimension($0, 0.99, delve: true) == dimension($0, 0.99) - 1 }
    XCTAssertGreaterThan(less, 180)
  }

  func testSharesAreChecked() {
    for delta in [0, -0.1, 1.01, .nan, .infinity] {
      XCTAssertThrowsError(try Saturation.Rule(delta: delta)) {
        XCTAssertTrue("\($0)".contains("delta"), "\($0)")
      }
    }
  }

  private func saturation(_ values: [Float], channels: Int, delta: Double = 0.99) throws -> Saturation {
    var accumulator = try CovarianceAccumulator(channels: channels, positions: 1)
    try accumulator.add(values)
    return try Saturation(accumulator.covariance, channels: channels, rule: Saturation.Rule(delta: delta))
  }

  func testTwoDirectionsOfEight() throws {
    let (count, channels) = (300, 8)
    let (x, direction) = (normals(count * 2), normals(channels * 2, 1))
    let values = (0..<(count * channels)).map { place -> Float in
      let (sample, channel) = (place / channels, place % channels)
      let first = x[sample * 2] * direction[channel]
      let second = x[sample * 2 + 1] * direction[channels + channel]
      return Float(first + second + 5)
    }
    let found = try saturation(values, channels: channels)
    XCTAssertEqual(found.status, .measured)
    XCTAssertEqual(found.dimension, 2)
    XCTAssertEqual(found.value, 0.25)
    XCTAssertGreaterThan(try XCTUnwrap(found.trace), 0)
  }

  func testNothingVaries() throws {
    let dead = try saturation([Float](repeating: 0, count: 12), channels: 3)
    XCTAssertEqual(dead.status, .dead)
    XCTAssertEqual(dead.dimension, 0)
    XCTAssertEqual(dead.value, 0)
    XCTAssertEqual(dead.trace, 0)
    let constant = try saturation([1, 2, 0.1, 1, 2, 0.1], channels: 3)
    XCTAssertEqual(constant.status, .constant)
    XCTAssertEqual(constant.value, 0)
  }

  func testNoNumbers() throws {
    for value in [Float.nan, .infinity, -.infinity] {
      for place in [0, 5] {
        var values = floats(9)
        values[place] = value
        let found = try saturation(values, channels: 3)
        XCTAssertEqual(found.status, .notFinite)
        XCTAssertNil(found.value)
        XCTAssertNil(found.trace)
      }
    }
    let empty = try Saturation(nil, channels: 3, rule: Saturation.Rule())
    XCTAssertEqual(empty.status, .empty)
    XCTAssertNil(empty.dimension)
    XCTAssertEqual(Saturation(channels: 5000, status: .tooWide).dimension, nil)
  }

  /// On the space that holds 99 % of the variance a classifier answers as before; on a random one it does not.
  func testProjection() throws {
    let (channels, positions, classes, samples) = (24, 4, 4, 200)
    let basis = normals(channels * classes, 5)
    var noise = random(6)
    func pattern(_ label: Int, _ place: Int) -> Double { 3 * basis[place / positions * classes + label] + 1 }
    let values: [Float] = (0..<(samples * channels * positions)).map { index in
      let (sample, place) = (index / (channels * positions), index % (channels * positions))
      return Float(pattern(sample % classes, place) + 0.05 * noise.standardNormal())
    }
    /// The share of samples that are nearest to their class's pattern.
    func accuracy(_ values: [Float]) -> Double {
      let right = (0..<samples).count { sample in
        let distances = (0..<classes).map { label -> Double in
          (0..<(channels * positions)).reduce(0.0) { sum, place in
            let distance = Double(values[sample * channels * positions + place]) - pattern(label, place)
            return sum + distance * distance
          }
        }
        return distances.indices.min { distances[$0] < distances[$1] } == sample % classes
      }
      return Double(right) / Double(samples)
    }
    var accumulator = try CovarianceAccumulator(channels: channels, positions: positions)
    try accumulator.add(values)
    let covariance = try XCTUnwrap(accumulator.covariance)
    let rule = try Saturation.Rule()
    let space = try XCTUnwrap(try ActivationSubspace(covariance, rule: rule))
    XCTAssertEqual(space.dimension, try Saturation(covariance, channels: channels, rule: rule).dimension)
    XCTAssertEqual(space.dimension, classes - 1)
    XCTAssertEqual(accuracy(values), 1)
    let projected = try space.projecting(values, positions: positions)
    XCTAssertEqual(accuracy(projected), 1)
    let twice = try space.projecting(projected, positions: positions)
    assertEqual(twice.map(Double.init), projected.map(Double.init), accuracy: 1e-5, "a projection")
    // What it takes away is at most 1 % of the variance.
    var left = try CovarianceAccumulator(channels: channels, positions: positions)
    try left.add(zip(values, projected).map { $0 - $1 })
    XCTAssertLessThan(try XCTUnwrap(left.covariance).trace, 0.01 * covariance.trace)

    // As many random directions lose most of it.
    let vectors = try XCTUnwrap(
      try SymmetricEigensystem(positiveMatrix(channels, 8), order: channels, withVectors: true)
    ).vectors
    let random = try ActivationSubspace(
      mean: covariance.mean, directions: Array(vectors.prefix(space.dimension * channels)))
    var lost = try CovarianceAccumulator(channels: channels, positions: positions)
    try lost.add(zip(values, try random.projecting(values, positions: positions)).map { $0 - $1 })
    XCTAssertGreaterThan(try XCTUnwrap(lost.covariance).trace, 0.5 * covariance.trace)

    XCTAssertThrowsError(try space.projecting([1, 2, 3], positions: positions))
    XCTAssertThrowsError(try ActivationSubspace(mean: [1, 2], directions: [1]))
  }
}
