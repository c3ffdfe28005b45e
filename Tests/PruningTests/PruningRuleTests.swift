import Pruning
import XCTest

final class PruningRuleTests: PruningTestCase {
  // MARK: - Checks

  /// Gates of three blocks with a price of 1 each.
  private func state(theta: [Double], gradient: [Double]) throws -> GateState {
    let layout = try layout("resnet20:blocks=1.1.1,width=0.25", .layers)
    var state = GateState(layout, theta: 0.9, scale: [1, 1, 1])
    state.theta = theta
    state.gradient = gradient
    return state
  }

  func testAGateGoesAtItsSecondCheckBelowItsPrice() throws {
    // At the floor and not worth it; at the floor and worth it; not worth it but likely.
    var state = try state(theta: [0.01, 0.01, 0.02], gradient: [-0.09, -0.11, -0.09])
    XCTAssertEqual(PruningRule.check(&state, prices: [1, 1, 1], nu: 0.1), [])
    XCTAssertEqual(state.wasNotWorthIt, [true, false, true])
    XCTAssertEqual(PruningRule.check(&state, prices: [1, 1, 1], nu: 0.1), [0])
    // The third comes down to the floor before the next check: two checks have seen it.
    state.theta[2] = 0.01
    XCTAssertEqual(PruningRule.check(&state, prices: [1, 1, 1], nu: 0.1), [0, 2])
  }

  func testACheckAtWhichAGateIsWorthItStartsAnew() throws {
    var state = try state(theta: [0.01, 0.9, 0.9], gradient: [0, 0, 0])
    XCTAssertEqual(PruningRule.check(&state, prices: [1, 1, 1], nu: 0.1), [])
    state.gradient[0] = -0.2
    XCTAssertEqual(PruningRule.check(&state, prices: [1, 1, 1], nu: 0.1), [])
    state.gradient[0] = 0
    XCTAssertEqual(PruningRule.check(&state, prices: [1, 1, 1], nu: 0.1), [])
    XCTAssertEqual(PruningRule.check(&state, prices: [1, 1, 1], nu: 0.1), [0])
  }

  /// The price at the present probabilities decides, not that of the full network.
  func testTheCheckTakesTheCurrentPrice() throws {
    var state = try state(theta: [0.01, 0.01, 0.01], gradient: [-0.05, -0.05, -0.05])
    for expected in [[], [0]] {
      XCTAssertEqual(PruningRule.check(&state, prices: [0.6, 0.4, 0.5], nu: 0.1), expected)
    }
  }

  func testGatesWithoutAPriceAreNotRemoved() throws {
    var state = try state(theta: [0.01, 0.01, 0.01], gradient: [1, 1, 1])
    state.scale = [0, 1, 0]
    for expected in [[], [1]] {
      XCTAssertEqual(PruningRule.check(&state, prices: [0, 1, 0], nu: 0.1), expected)
    }
  }

  // MARK: - Closures

  private func all(_ layout: GateLayout, except gates: [Int] = []) -> [Bool] {
    var isKept = [Bool](repeating: true, count: layout.count)
    for gate in gates { isKept[gate] = false }
    return isKept
  }

  func testABlockWithoutUnitsGoesWhole() throws {
    for scope in [GateScope.both, .all] {
      let layout = try layout("resnet20", scope)
      let units = try Array(layout.set("layer2.1.conv1", .units).range)
      let closure = PruningRule.close(
        all(layout, except: units), in: layout, theta: randomTheta(layout.count))
      XCTAssertEqual(closure.isKept, all(layout, except: units + [try layout.block("layer2.1")]))
      XCTAssertEqual(closure.rescued, [])
      // One unit is enough to keep it.
      let one = all(layout, except: Array(units.dropLast()))
      XCTAssertEqual(PruningRule.close(one, in: layout, theta: randomTheta(layout.count)).isKept, one)
    }
  }

  func testABlockTakesItsUnitsWithIt() throws {
    let layout = try layout("resnet20", .all)
    let block = try layout.block("layer3.0")
    let closure = PruningRule.close(
      all(layout, except: [block]), in: layout, theta: randomTheta(layout.count))
    XCTAssertEqual(
      closure.isKept, all(layout, except: [block] + Array(try layout.set("layer3.0.conv1", .units).range)))
    XCTAssertEqual(closure.rescued, [])
  }

  func testABottleneckWithoutOneOfItsGroupsGoesWhole() throws {
    let layout = try layout("resnet50:width=0.125,stem=cifar")
    for group in ["conv1", "conv2"] {
      let empty = Array(try layout.set("layer2.1.\(group)", .units).range)
      let closure = PruningRule.close(
        all(layout, except: empty), in: layout, theta: randomTheta(layout.count))
      let gone =
        try ["conv1", "conv2"].flatMap { Array(try layout.set("layer2.1.\($0)", .units).range) }
        + [try layout.block("layer2.1")]
      XCTAssertEqual(closure.isKept, all(layout, except: gone))
      XCTAssertEqual(closure.rescued, [])
    }
  }

  func testAGroupThatIsNeededKeepsItsLikeliestUnit() throws {
    let cases: [(model: String, scope: GateScope, groups: [String])] = [
      ("vgg11:width=0.25,head=2", .both, ["features.4", "classifier.linear1"]),
      // The residual stream, and units of a block whose own gate there is not.
      ("resnet20:width=0.5", .all, ["conv1", "layer3.0.conv2"]),
      ("resnet20:width=0.5", .units, ["layer1.2.conv1"]),
      ("vgg11:skips=1,width=0.25", .all, ["features.0"]),
    ]
    for row in cases {
      let layout = try layout(row.model, row.scope)
      let theta = randomTheta(layout.count)
      let sets = try row.groups.map { try layout.set($0) }
      let closure = PruningRule.close(
        all(layout, except: sets.flatMap { Array($0.range) }), in: layout, theta: theta)
      XCTAssertEqual(closure.rescued, sets, row.model)
      let dropped = sets.flatMap { set -> [Int] in
        let likeliest = theta[set.range].max()
        return set.range.filter { theta[$0] != likeliest }
      }
      XCTAssertEqual(closure.isKept, all(layout, except: dropped), row.model)
      XCTAssertNoThrow(try rebuilt(layout, closure.isKept), row.model)
    }
  }

  func testClosingTwiceChangesNothing() throws {
    for model in ["resnet20:width=0.25", "vgg11:width=0.05", "resnet50:width=0.0625,stem=cifar"] {
      for scope in GateScope.allCases {
        let layout = try layout(model, scope)
        let theta = randomTheta(layout.count)
        for probability: Float in [0, 0.2, 0.8, 1] {
          let drawn = randomGates(layout.count, probability: probability)
          let once = PruningRule.close(drawn, in: layout, theta: theta)
          let twice = PruningRule.close(once.isKept, in: layout, theta: theta)
          XCTAssertEqual(twice.isKept, once.isKept)
          XCTAssertEqual(twice.rescued, [])
          // Only a rescued group gains a unit, and no more than one.
          let gained = drawn.indices.filter { once.isKept[$0] && !drawn[$0] }
          XCTAssertEqual(
            gained.map { gate in layout.sets.first { $0.range.contains(gate) } }, once.rescued)
        }
      }
    }
  }
}
