import Foundation
import Pruning
import XCTest

final class MacControllerTests: XCTestCase {
  /// A share of a network's computation that answers to ν.
  private struct Plant {
    var name: String
    var start: Double
    /// The share after a step with ν, of so many.
    var advance: (_ share: Double, _ nu: Double, _ steps: Int) -> Double

    /// What has gone does not come back. What is left is worth the more the less is left: the share falls where ν is above
    /// that, faster the higher ν is, up to `fastest` per phase.
    static func falling(fastest: Double) -> Plant {
      Plant(name: "falling at \(fastest) at most", start: 0.95) { share, nu, steps in
        let worth = 0.02 + 2 * (1 - share) * (1 - share)
        return share - fastest / Double(steps) * max(0, 1 - worth / nu)
      }
    }

    /// Gates of many worths, which fall where ν is higher and rise where it is lower, with the steps of the update: ½ in
    /// three tenths of the phase.
    static func gates(power: Double) -> Plant {
      let worths = (0..<400).map { 0.02 + 2 * pow(Double($0) / 400, power) }
      var theta = [Double](repeating: 0.9, count: worths.count)
      return Plant(name: "gates of worths with the power \(power)", start: 0.9) { _, nu, steps in
        let rate = 0.5 / (0.3 * Double(steps))
        for gate in theta.indices {
          let step = rate * min(max(1 - worths[gate] / nu, -10), 10)
          theta[gate] = min(max(theta[gate] - step, 0.01), 1)
        }
        return theta.reduce(0, +) / Double(theta.count)
      }
    }
  }

  /// Runs a phase and sees that the share ends within 2 % of the full network of the target.
  private func assertReached(_ target: Double, _ plant: Plant, nu: Double, steps: Int, line: UInt = #line) {
    var controller = MacController(target: target, start: plant.start, nu: nu)
    var share = plant.start
    var nus: [Double] = []
    for step in 0..<steps {
      nus.append(controller.nu(share: share, phase: Double(step) / Double(steps), steps: steps))
      share = plant.advance(share, nus[step], steps)
    }
    let message = "target \(target) from ν = \(nu) in \(steps) steps, \(plant.name)"
    XCTAssertEqual(share, target, accuracy: 0.02, message, line: line)
    assertBounds(nus, nu, message, line: line)
  }

  func testMiddlingTargetsAreReached() {
    for target in [0.7, 0.5, 0.3] {
      for steps in [300, 3000] {
        for fastest in [1.5, 3] {
          assertReached(target, .falling(fastest: fastest), nu: 0.15, steps: steps)
        }
      }
    }
  }

  func testTargetsAreReachedFromOtherPricesAndWhereGatesRecover() {
    for nu in [0.05, 0.15] {
      for target in [0.9, 0.15] { assertReached(target, .falling(fastest: 1.5), nu: nu, steps: 1000) }
      for target in [0.8, 0.7, 0.5, 0.3, 0.15] {
        for power in [1.0, 2] { assertReached(target, .gates(power: power), nu: nu, steps: 1000) }
      }
    }
  }

  private func assertBounds(_ nus: [Double], _ initial: Double, _ message: String, line: UInt = #line) {
    XCTAssertTrue(nus.allSatisfy { $0.isFinite && $0 > 0 }, message, line: line)
    XCTAssertLessThanOrEqual(nus.max() ?? 0, 100 * initial * (1 + 1e-12), message, line: line)
    XCTAssertGreaterThanOrEqual(nus.min() ?? 0, initial / 100 * (1 - 1e-12), message, line: line)
  }

  /// What cannot be moved drives ν to its bounds and no further; the sum does not wind up beyond them.
  func testNuStaysWithinItsBoundsAndComesBack() {
    for (share, bound) in [(1.0, 15.0), (0, 0.0015)] {
      var controller = MacController(target: 0.3, start: 1, nu: 0.15)
      var nu = 0.15
      for step in 0..<1000 { nu = controller.nu(share: share, phase: Double(step) / 1000, steps: 1000) }
      XCTAssertEqual(nu, bound, accuracy: 1e-9 * bound)
      // At the other end of the line, ν is on the other side of where it began within a fifth of a phase.
      for _ in 0..<200 { nu = controller.nu(share: 1 - share, phase: 1, steps: 1000) }
      XCTAssertEqual(nu < 0.15, share > 0.3)
    }
  }

  func testNuStaysOnTheLineAndRisesAboveIt() {
    var controller = MacController(target: 0.5, start: 1, nu: 0.2)
    for step in 0...100 {
      let phase = Double(step) / 100
      XCTAssertEqual(
        controller.nu(share: max(0.5, 1 - 0.5 * phase / 0.8), phase: phase, steps: 100), 0.2, accuracy: 1e-9)
    }
    let above = controller.nu(share: 0.55, phase: 1, steps: 100)
    XCTAssertGreaterThan(above, 0.2)
    XCTAssertGreaterThan(controller.nu(share: 0.55, phase: 1, steps: 100), above)
    XCTAssertLessThan(controller.nu(share: 0.4, phase: 1, steps: 100), 0.2)
  }

  func testAControllerGoesOnWhereItWasWritten() throws {
    var controller = MacController(target: 0.4, start: 0.9, nu: 0.1)
    for step in 0..<30 { _ = controller.nu(share: 0.8, phase: Double(step) / 100, steps: 100) }
    var restored = try JSONDecoder().decode(MacController.self, from: JSONEncoder().encode(controller))
    XCTAssertEqual(restored, controller)
    XCTAssertEqual(
      restored.nu(share: 0.7, phase: 0.3, steps: 100), controller.nu(share: 0.7, phase: 0.3, steps: 100))
  }
}
