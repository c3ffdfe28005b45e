import Foundation
import Pruning
import XCTest

/// Estimators on losses that are known as functions of the gates. Expected values go through all masks, so that there is
/// no noise.
final class GateEstimatorTests: XCTestCase {
  /// Three gates, of which the loss has all products up to the square of each.
  private struct Loss {
    /// By the exponents of the three gates in base 3.
    var coefficients: [Double]

    /// Of another size for each example.
    init(example: Int) {
      coefficients = (0..<27).map { index in Double((index * 7 + example * 5 + 3) % 11) / 8 - 0.5 }
    }

    private func sum(_ gates: [Double], _ factor: (Int, Int, Double) -> Double) -> Double {
      coefficients.indices.reduce(0) { sum, index in
        let powers = [index % 3, index / 3 % 3, index / 9]
        return sum + (0..<3).reduce(coefficients[index]) { $0 * factor($1, powers[$1], gates[$1]) }
      }
    }

    func value(_ gates: [Double]) -> Double {
      sum(gates) { _, power, gate in pow(gate, Double(power)) }
    }

    func derivative(_ gates: [Double], by wanted: Int) -> Double {
      sum(gates) { position, power, gate in
        guard position == wanted else { return pow(gate, Double(power)) }
        return power == 0 ? 0 : Double(power) * pow(gate, Double(power - 1))
      }
    }

    /// E[loss | gate = 1] − E[loss | gate = 0].
    func difference(_ theta: [Double], _ gate: Int) -> Double {
      func mean(_ value: Double) -> Double {
        var fixed = theta
        fixed[gate] = value
        return Enumeration.mean(fixed) { self.value($0.theta) }
      }
      return mean(1) - mean(0)
    }
  }

  private let probabilities = [0.25, 0.7, 0.95]

  /// The expected estimate of two rows with a loss each, `[gates]`.
  private func mean(
    rows: Int = 2, _ estimate: (_ masks: [[Bool]], _ estimates: inout [Double]) -> Void
  ) -> [Double] {
    var mean = [0.0, 0, 0]
    let all = (0..<rows).flatMap { _ in probabilities }
    Enumeration.forEach(all) { mask, probability in
      let masks = (0..<rows).map { Array(mask[(3 * $0)..<(3 * $0 + 3)]) }
      var estimates = [0.0, 0, 0]
      estimate(masks, &estimates)
      for gate in 0..<3 { mean[gate] += probability * estimates[gate] }
    }
    return mean
  }

  private func floats(_ masks: [[Bool]]) -> [Float] { masks.flatMap { $0.map { $0 ? 1 : 0 } } }

  /// The same for all rows, the mean of the rows' losses.
  private func differences(_ losses: [Loss]) -> [Double] {
    (0..<3).map { gate in
      losses.reduce(0) { $0 + $1.difference(probabilities, gate) } / Double(losses.count)
    }
  }

  func testTheTrapezoidIsExactForQuadraticLosses() {
    let losses = [Loss(example: 0), Loss(example: 1)]
    let mean = mean { masks, estimates in
      let gradients = zip(masks, losses).flatMap { mask, loss in
        (0..<3).map { Float(loss.derivative(mask.theta, by: $0) / 2) }
      }
      GateEstimators.trapezoid(
        gradients: gradients, masks: floats(masks), probabilities: probabilities, rows: 2, gates: [0, 1, 2],
        into: &estimates)
    }
    for (found, expected) in zip(mean, differences(losses)) {
      XCTAssertEqual(found, expected, accuracy: 1e-6)
    }
  }

  /// ξ³ changes by 1; the mean of its slopes at the ends is 3/2.
  func testTheTrapezoidIsBiasedByThirdPowers() {
    for q in [0.2, 0.9] {
      let mean = Enumeration.mean([q]) { mask in
        var estimates = [0.0]
        GateEstimators.trapezoid(
          gradients: [mask[0] ? 3 : 0], masks: [mask[0] ? 1 : 0], probabilities: [q], rows: 1, gates: [0],
          into: &estimates)
        return estimates[0]
      }
      XCTAssertEqual(mean, 1.5, accuracy: 1e-12)
    }
  }

  func testLeaveOneOutIsUnbiased() {
    for rows in 2...4 {
      let losses = (0..<rows).map(Loss.init)
      let mean = mean(rows: rows) { masks, estimates in
        GateEstimators.leaveOneOut(
          losses: zip(masks, losses).map { $1.value($0.theta) }, masks: floats(masks),
          probabilities: probabilities, gates: [0, 1, 2], into: &estimates)
      }
      for (found, expected) in zip(mean, differences(losses)) {
        XCTAssertEqual(found, expected, accuracy: 1e-11)
      }
    }
  }

  /// The baseline takes off what all rows have in common, at every mask.
  func testLeaveOneOutDoesNotSeeAConstant() {
    let masks: [Float] = [1, 0, 0, 1, 1, 1]
    var (plain, shifted) = ([0.0, 0], [0.0, 0])
    for (offset, isShifted) in [(0.0, false), (64, true)] {
      var estimates = [0.0, 0]
      GateEstimators.leaveOneOut(
        losses: [0.5 + offset, 1.25 + offset, 0.25 + offset], masks: masks, probabilities: [0.5, 0.5],
        gates: [0, 1], into: &estimates)
      if isShifted { shifted = estimates } else { plain = estimates }
    }
    XCTAssertEqual(plain, shifted)
    // Advantages −1/4, 7/8 and −5/8, scores ±2, a third of the sum.
    XCTAssertEqual(plain[0], (2 * -0.25 - 2 * 0.875 - 2 * 0.625) / 3, accuracy: 1e-15)
    XCTAssertEqual(plain[1], (2 * 0.25 + 2 * 0.875 - 2 * 0.625) / 3, accuracy: 1e-15)
  }

  /// A gate that is always drawn the same says nothing of its effect, which the update must be able to tell.
  func testLeaveOneOutOfCertainGatesIsNoNumber() {
    for certain in [0.0, 1] {
      var estimates = [0.0]
      GateEstimators.leaveOneOut(
        losses: [1, 2], masks: [Float(certain), Float(certain)], probabilities: [certain], gates: [0],
        into: &estimates)
      XCTAssertTrue(estimates[0].isNaN)
    }
  }

  func testOnlyTheGatesAskedForAreEstimated() {
    var estimates = [-7.0, -7, -7]
    GateEstimators.trapezoid(
      gradients: [1, 1, 1], masks: [1, 0, 1], probabilities: [0.5, 0.5, 0.25], rows: 1, gates: [1],
      into: &estimates)
    XCTAssertEqual(estimates, [-7, 1, -7])
    GateEstimators.leaveOneOut(
      losses: [1, 3], masks: [1, 0, 1, 0, 1, 1], probabilities: [0.5, 0.5, 0.5], gates: [0],
      into: &estimates)
    XCTAssertEqual(estimates, [-4, 1, -7])
    GateEstimators.trapezoid(
      gradients: [1, 1, 1], masks: [1, 0, 1], probabilities: [0.5, 0.5, 0.25], rows: 1, gates: [2],
      into: &estimates)
    XCTAssertEqual(estimates, [-4, 1, 2])
  }

  /// With losses linear in the masks, every row's flip gives its gate's effect on that row, whichever value it had.
  func testThePairedDifferenceIsExact() {
    let effects = [0.5, -0.25, 1.5]
    func loss(_ mask: [Float], _ row: Int) -> Double {
      zip(mask, effects).reduce(4) { sum, gate in sum + Double(gate.0) * gate.1 * Double(row + 1) }
    }
    let masks: [[Float]] = [[1, 0, 1], [0, 0, 1], [1, 1, 1], [0, 1, 0]]
    let flipped = [0, 2, 0, 2]
    let flippedMasks = zip(masks, flipped).map { mask, gate in
      mask.indices.map { $0 == gate ? 1 - mask[$0] : mask[$0] }
    }
    let estimates = GateEstimators.pairedDifference(
      losses: masks.indices.map { loss(masks[$0], $0) },
      flippedLosses: masks.indices.map { loss(flippedMasks[$0], $0) }, masks: masks.flatMap { $0 },
      flipped: flipped, count: 3)
    // Gate 0 in rows 1 and 3, gate 2 in rows 2 and 4.
    let expected: [Int: Double] = [0: 0.5 * 2, 2: 1.5 * 3]
    XCTAssertEqual(estimates, expected)
  }

  /// Over all masks and all choices of the flipped gate, for losses in which gates interact.
  func testThePairedDifferenceIsUnbiased() {
    let losses = [Loss(example: 2), Loss(example: 3)]
    for gate in 0..<3 {
      let mean = mean { masks, estimates in
        let flipped = masks.map { mask in mask.indices.map { ($0 == gate) != mask[$0] } }
        let found = GateEstimators.pairedDifference(
          losses: zip(masks, losses).map { $1.value($0.theta) },
          flippedLosses: zip(flipped, losses).map { $1.value($0.theta) }, masks: floats(masks),
          flipped: [gate, gate], count: 3)
        XCTAssertEqual(Array(found.keys), [gate])
        estimates[gate] = found[gate] ?? .nan
      }
      XCTAssertEqual(mean[gate], differences(losses)[gate], accuracy: 1e-11)
    }
  }
}
