import Networks
import Pruning
import XCTest

final class PriceModelTests: PruningTestCase {
  private let nu = 0.05

  private func fullPrices(_ layout: GateLayout, alpha: Double, beta: Double = 0.5) throws -> [Double] {
    try prices(layout, alpha: alpha, beta: beta).unitPrices([Double](repeating: 1, count: layout.count))
  }

  func testPrintedPricesOfResNet56() throws {
    let rows: [(block: String, alpha: Double, unit: String, layer: String)] = [
      ("layer1.0", 1, "1.175082e-4", "1.880131e-3"), ("layer1.8", 1, "1.175082e-4", "1.880131e-3"),
      ("layer2.0", 1, "4.406558e-5", "1.410099e-3"), ("layer2.1", 1, "5.875411e-5", "1.880131e-3"),
      ("layer2.8", 1, "5.875411e-5", "1.880131e-3"), ("layer3.0", 1, "2.203279e-5", "1.410099e-3"),
      ("layer3.1", 1, "2.937705e-5", "1.880131e-3"), ("layer3.8", 1, "2.937705e-5", "1.880131e-3"),
      ("layer1.0", 0, "1.699847e-5", "2.738512e-4"), ("layer3.1", 0, "6.764218e-5", "4.336603e-3"),
    ]
    let layout = try layout("resnet56")
    for row in rows {
      let prices = try fullPrices(layout, alpha: row.alpha)
      for unit in try layout.set("\(row.block).conv1", .units).range {
        try assertPrinted(nu * prices[unit], row.unit, "\(row.block), α \(row.alpha)")
      }
      try assertPrinted(nu * prices[layout.block(row.block)], row.layer, "\(row.block), α \(row.alpha)")
    }
  }

  /// At the full network a gate's price is what the network without it saves.
  func testFullPricesAreWhatRemovalSaves() throws {
    for (model, side) in [
      ("resnet20:shortcut=b", 32), ("resnet50:width=0.125", 64), ("vgg11:width=0.25", 32),
    ] {
      for scope in [GateScope.both, .all] {
        let layout = try layout(model, scope, side: side)
        let full = try Complexity(layout.network)
        for alpha in [0, 0.3, 1] {
          let prices = try fullPrices(layout, alpha: alpha)
          for set in layout.sets {
            var isKept = [Bool](repeating: true, count: layout.count)
            isKept[set.range.lowerBound] = false
            let smaller = try rebuilt(layout, isKept)
            let macs = 1 - Double(smaller.multiplyAccumulates) / Double(full.multiplyAccumulates)
            let parameters = 1 - Double(smaller.parameters) / Double(full.parameters)
            // Layers that read and write one stream lose a row and a column of weights at once.
            XCTAssertEqual(
              prices[set.range.lowerBound], alpha * macs + (1 - alpha) * parameters, accuracy: 1e-12,
              "\(model): \(set.name)")
          }
        }
      }
    }
  }

  func testPricesAreTheSlopeOfTheExpectedComplexity() throws {
    let alpha = 0.4
    let layout = try layout("resnet20:width=0.25", .all)
    let model = try prices(layout, alpha: alpha)
    func relative(_ theta: [Double]) -> Double {
      let expected = model.expected(theta)
      return alpha * expected.multiplyAccumulates / model.full.multiplyAccumulates
        + (1 - alpha) * expected.parameters / model.full.parameters
    }
    let theta = randomTheta(layout.count)
    let prices = model.unitPrices(theta)
    for gate in theta.indices {
      var (low, high) = (theta, theta)
      low[gate] -= 0.5
      high[gate] += 0.5
      XCTAssertEqual(prices[gate], relative(high) - relative(low), accuracy: 1e-12)
    }
    XCTAssertEqual(relative([Double](repeating: 1, count: layout.count)), 1, accuracy: 1e-14)
  }

  func testBetaDividesThePriceBetweenBlocksAndUnits() throws {
    let layout = try layout("resnet20", .all)
    let theta = randomTheta(layout.count)
    let even = try prices(layout, alpha: 0.7).unitPrices(theta)
    for beta in [0, 0.2, 0.8, 1] {
      let prices = try prices(layout, alpha: 0.7, beta: beta).unitPrices(theta)
      for set in layout.sets {
        let factor = set.kind == .block ? 2 * beta : 2 * (1 - beta)
        for gate in set.range { XCTAssertEqual(prices[gate], factor * even[gate], accuracy: 1e-15) }
      }
    }
  }

  func testAlphaMixesComputationAndParameters() throws {
    let layout = try layout("resnet50:width=0.25", side: 64)
    let theta = randomTheta(layout.count)
    let computation = try prices(layout, alpha: 1).unitPrices(theta)
    let parameters = try prices(layout, alpha: 0).unitPrices(theta)
    for alpha in [0.25, 0.5, 0.9] {
      let mixed = try prices(layout, alpha: alpha).unitPrices(theta)
      for gate in theta.indices {
        XCTAssertEqual(
          mixed[gate], alpha * computation[gate] + (1 - alpha) * parameters[gate], accuracy: 1e-15)
      }
    }
  }

  func testExpectedComplexityOfTheFullNetwork() throws {
    let layout = try layout("resnet20")
    let expected = try prices(layout).expected([Double](repeating: 1, count: layout.count))
    XCTAssertEqual(expected, ExpectedComplexity(multiplyAccumulates: 40_551_040, parameters: 269_722))
  }

  /// A unit's price carries the probability of its layer, and so does its benefit: unlikely layers do not lose their
  /// units early.
  func testBenefitOverPriceDoesNotDependOnTheLayersProbability() throws {
    for model in ["resnet20", "resnet20:shortcut=b"] {
      let layout = try layout(model)
      let prices = try prices(layout, alpha: 0.5)
      let units = try layout.set("layer2.1.conv1", .units).range
      let block = try layout.block("layer2.1")
      func unitPrices(_ phi: Double, _ theta: [Double]) -> [Double] {
        var theta = theta
        theta[block] = phi
        return prices.unitPrices(theta)
      }
      let theta = randomTheta(layout.count)
      let certain = unitPrices(1, theta)
      for phi in [0.1, 0.37, 0.9] {
        let dynamic = unitPrices(phi, theta)
        for unit in units {
          XCTAssertEqual(dynamic[unit] / certain[unit], phi, accuracy: 1e-12)
          let ratio = benefit(phi: phi) / dynamic[unit]
          XCTAssertEqual(ratio, benefit(phi: 1) / certain[unit], accuracy: 1e-12 * abs(ratio))
        }
        for set in layout.groups where !set.range.contains(units.lowerBound) {
          for gate in set.range { XCTAssertEqual(dynamic[gate], certain[gate]) }
        }
        // A block's own price does not depend on its probability.
        XCTAssertEqual(dynamic[block], certain[block])
      }
    }
  }

  /// What a unit saves in loss, E[loss | 1] − E[loss | 0], where the loss is 0.2 − 0.03125 · unit · layer: by its estimator,
  /// over all masks.
  private func benefit(phi: Double) -> Double {
    let probabilities = [0.6, phi]
    var mean = 0.0
    Enumeration.forEach(probabilities) { mask, probability in
      let masks = mask.map { $0 ? Float(1) : 0 }
      var estimates = [0.0, 0]
      GateEstimators.trapezoid(
        gradients: [-0.03125 * masks[1], -0.03125 * masks[0]], masks: masks, probabilities: probabilities,
        rows: 1, gates: [0], into: &estimates)
      mean += probability * estimates[0]
    }
    return -mean
  }
}
