import Foundation
import Pruning
import XCTest

final class HyperPriorTests: XCTestCase {
  private let gammas = [0.1, 2, 50, 1e4]
  private let thetas = [0.001, 0.1, 0.3, 0.5, 0.9, 0.999]

  /// The density as it is printed, with γ itself.
  private func density(_ pi: Double, gamma: Double) -> Double {
    (gamma - 1) / log(gamma) / (1 + (gamma - 1) * pi)
  }

  private func divergence(_ theta: Double, _ pi: Double) -> Double {
    theta * log(theta / pi) + (1 - theta) * log((1 - theta) / (1 - pi))
  }

  /// The π of a grid, even in its logit, at which the regulariser is least, and what it is there.
  private func gridMinimum(gamma: Double, theta: Double) -> (pi: Double, value: Double) {
    var best = (pi: 0.0, value: Double.infinity)
    for step in 0...40_000 {
      let pi = 1 / (1 + exp(20 - Double(step) / 1000))
      let value = divergence(theta, pi) - log(density(pi, gamma: gamma))
      if value < best.value { best = (pi, value) }
    }
    return best
  }

  func testTheFlatCostIsTheMinimumOverThePrior() {
    for gamma in gammas {
      let prior = HyperPrior(logGamma: log(gamma))
      for theta in thetas {
        let (pi, value) = gridMinimum(gamma: gamma, theta: theta)
        XCTAssertEqual(prior.cost(theta: theta), value, accuracy: 5e-6, "γ \(gamma), θ \(theta)")
        // Half a step of the grid in the logit.
        XCTAssertEqual(
          prior.bestPrior(theta: theta), pi, accuracy: pi * (1 - pi) * 1e-3, "γ \(gamma), θ \(theta)")
      }
    }
  }

  func testPrintedExamples() {
    let rows: [(gamma: Double, theta: Double, pi: Double, digit: Double, cost: Double)] = [
      (2, 0.3, 0.176471, 1e-6, -0.158569), (50, 0.3, 0.00849858, 1e-8, -1.354159),
      (50, 0.9, 0.152542, 1e-6, 0.993055), (1e4, 0.3, 4.28553e-5, 1e-10, -4.226811),
    ]
    for row in rows {
      let prior = HyperPrior(logGamma: log(row.gamma))
      XCTAssertEqual(prior.bestPrior(theta: row.theta), row.pi, accuracy: 0.51 * row.digit)
      XCTAssertEqual(prior.cost(theta: row.theta), row.cost, accuracy: 0.51e-6)
    }
  }

  func testTheDensityIsADensity() {
    for gamma in gammas {
      let prior = HyperPrior(logGamma: log(gamma))
      // Midpoints in the logit, where dπ = π (1 − π) d(logit).
      let step = 1e-3
      let total = stride(from: -40 + step / 2, to: 40, by: step).reduce(0.0) { sum, logit in
        let pi = 1 / (1 + exp(-logit))
        return sum + exp(prior.logDensity(pi)) * pi * (1 - pi) * step
      }
      XCTAssertEqual(total, 1, accuracy: 1e-6, "γ \(gamma)")
      for pi in [1e-6, 0.2, 0.7, 0.999] {
        XCTAssertEqual(prior.logDensity(pi), log(density(pi, gamma: gamma)), accuracy: 1e-10)
      }
    }
  }

  /// e^700 is just below the largest number.
  func testAHugeGammaDoesNotOverflow() {
    for sign in [1.0, -1] {
      let prior = HyperPrior(logGamma: sign * 700)
      // log(log γ / (γ − 1)) is log(700) − 700, and log(700) for 1 / γ.
      let constant = log(700.0) - (sign > 0 ? 700 : 0)
      for theta in thetas {
        XCTAssertEqual(prior.cost(theta: theta), sign * theta * 700 + constant, accuracy: 1e-9)
      }
      XCTAssertEqual(prior.logDensity(0.5), -log(700.0) - log(0.5), accuracy: 1e-9)
      for theta in thetas + [0, 1] {
        XCTAssertTrue((0...1).contains(prior.bestPrior(theta: theta)), "\(prior.bestPrior(theta: theta))")
      }
    }
  }

  /// A price is log γ over the number of training images: on the 1.28 million of ImageNet one of 1e-3 means e^1280, where γ
  /// itself is infinite.
  func testAGammaBeyondTheLargestNumberDoesNotOverflow() {
    let prior = HyperPrior(logGamma: 5000)
    for theta in thetas {
      XCTAssertEqual(prior.cost(theta: theta), theta * 5000 + log(5000.0) - 5000, accuracy: 1e-8)
    }
    XCTAssertEqual(prior.logDensity(0.5), -log(5000.0) - log(0.5), accuracy: 1e-8)
    XCTAssertEqual(prior.bestPrior(theta: 1), 1)
    XCTAssertEqual(prior.bestPrior(theta: 0.5), 0)
  }
}
