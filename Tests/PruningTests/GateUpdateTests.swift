import Pruning
import Randomness
import XCTest

final class GateUpdateTests: PruningTestCase {
  private let stepsPerEpoch = 10

  /// A state of a small network's gates, and prices as in the full network.
  private func state(theta: Double) throws -> (state: GateState, prices: [Double]) {
    let layout = try layout("resnet20:width=0.25")
    let prices = try prices(layout).unitPrices([Double](repeating: 1, count: layout.count))
    return (GateState(layout, theta: theta, scale: prices), prices)
  }

  private func update(smoothing: Double = 0.98, thetaEpochs: Double = 3) -> GateUpdate {
    GateUpdate(smoothing: smoothing, thetaEpochs: thetaEpochs, stepsPerEpoch: stepsPerEpoch)
  }

  func testAUselessGateFallsFromOneHalfInTheGivenEpochs() throws {
    for nu in [0.01, 0.2, 3] {
      var (state, prices) = try state(theta: 0.5)
      let estimates = [Double](repeating: 0, count: prices.count)
      for step in 1..<30 {
        update().apply(to: &state, estimates: estimates, prices: prices, nu: nu)
        for theta in state.theta { XCTAssertEqual(theta, 0.5 - Double(step) / 60, accuracy: 1e-12) }
      }
      update().apply(to: &state, estimates: estimates, prices: prices, nu: nu)
      XCTAssertEqual(Set(state.theta), [GateUpdate.lowestTheta])
    }
  }

  func testAnEstimateMovesAGateByItsShareOfTheFullPrice() throws {
    var (state, prices) = try state(theta: 0.5)
    let nu = 0.1
    // Without smoothing; the price has fallen to a half, and the gate is worth twice its full price.
    let estimates = state.scale.map { -2 * nu * $0 }
    update(smoothing: 0).apply(to: &state, estimates: estimates, prices: prices.map { $0 / 2 }, nu: nu)
    for theta in state.theta { XCTAssertEqual(theta, 0.5 + 1.5 / 60, accuracy: 1e-12) }
  }

  func testEstimatesAreSmoothed() throws {
    var (state, prices) = try state(theta: 0.5)
    var expected = 0.0
    for step in 0..<25 {
      let estimate = step % 3 == 0 ? -4.0 : 1
      expected = 0.875 * expected + 0.125 * estimate
      update(smoothing: 0.875).apply(
        to: &state, estimates: prices.map { _ in estimate }, prices: prices, nu: 1)
      XCTAssertEqual(state.gradient, prices.map { _ in expected })
    }
  }

  func testProbabilitiesStayBetweenTheLowestAndOne() throws {
    for (estimate, end) in [(1.0, GateUpdate.lowestTheta), (-1, 1)] {
      var (state, prices) = try state(theta: 0.6)
      for _ in 0..<200 {
        update().apply(to: &state, estimates: prices.map { _ in estimate }, prices: prices, nu: 0.1)
        XCTAssertTrue(state.theta.allSatisfy { (0.01...1).contains($0) })
      }
      XCTAssertEqual(Set(state.theta), [end])
    }
  }

  func testNoStepIsLargerThanTenTimesAUselessGates() throws {
    for (estimate, direction) in [(1e9, -1.0), (-1e9, 1)] {
      var (state, prices) = try state(theta: 0.5)
      // Known for certain.
      state.gradient = prices.map { _ in estimate }
      state.square = prices.map { _ in estimate * estimate }
      update(thetaEpochs: 50).apply(
        to: &state, estimates: prices.map { _ in estimate }, prices: prices, nu: 0.1)
      for theta in state.theta { XCTAssertEqual(theta, 0.5 + direction * 10 * 0.5 / 500, accuracy: 1e-12) }
    }
  }

  /// A price far below the noise must not send θ to one end by chance: steps are measured by the noise.
  func testNoiseMovesLittle() throws {
    var (state, prices) = try state(theta: 0.5)
    var random = RandomStream(seed: 1, stream: .test)
    let noise = 1000 * (prices.max() ?? 0)
    var widest = 0.0
    for _ in 0..<50 {
      let before = state.theta
      let estimates = prices.map { _ in noise * random.standardNormal() }
      update(thetaEpochs: 50).apply(to: &state, estimates: estimates, prices: prices, nu: 1e-3)
      widest = max(widest, zip(before, state.theta).map { abs($0 - $1) }.max() ?? 0)
    }
    // As far as ten standard errors, where the price alone would have sent every gate to the clip at each step.
    let moved = state.theta.map { abs($0 - 0.5) }
    XCTAssertLessThan(moved.reduce(0, +) / Double(moved.count), 50 * 10 * 0.5 / 500 / 4)
    XCTAssertGreaterThan(widest, 0)
  }

  func testGatesWithoutAPriceDoNotMove() throws {
    let layout = try layout("resnet20:width=0.25")
    for beta in [0.0, 1] {
      let prices = try prices(layout, beta: beta).unitPrices([Double](repeating: 1, count: layout.count))
      var state = GateState(layout, theta: 0.7, scale: prices)
      let isBlock = layout.sets.flatMap { set in set.range.map { _ in set.kind == .block } }
      XCTAssertEqual(state.isFixed, isBlock.map { $0 == (beta == 0) })
      XCTAssertEqual(state.theta, state.isFixed.map { $0 ? 1 : 0.7 })
      let before = state
      update().apply(to: &state, estimates: prices.map { _ in 0.5 }, prices: prices, nu: 0.1)
      for gate in state.theta.indices {
        XCTAssertEqual(state.theta[gate] == before.theta[gate], state.isFixed[gate])
        XCTAssertEqual(state.gradient[gate] == 0, state.isFixed[gate])
      }
    }
  }

  func testNothingMovesWithoutNu() throws {
    var (state, prices) = try state(theta: 0.7)
    let before = state
    update().apply(to: &state, estimates: prices.map { _ in 3 }, prices: prices, nu: 0)
    XCTAssertEqual(state, before)
  }

  func testAStepThatSaysNothingOfAGateKeepsItsGradient() throws {
    var (state, prices) = try state(theta: 0.5)
    let nu = 0.1
    state.gradient = state.scale.map { -3 * nu * $0 }
    let before = state
    var estimates = [Double](repeating: .nan, count: prices.count)
    estimates[1] = 0
    update(smoothing: 0.5).apply(to: &state, estimates: estimates, prices: prices, nu: nu)
    for gate in state.theta.indices where gate != 1 {
      XCTAssertEqual(state.gradient[gate], before.gradient[gate])
      XCTAssertEqual(state.theta[gate], 0.5 + 2.0 / 60, accuracy: 1e-12)
    }
    XCTAssertEqual(state.gradient[1], before.gradient[1] / 2)
  }
}
