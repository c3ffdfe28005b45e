import Pruning
import XCTest

final class GateDecisionTests: PruningTestCase {
  private func state(_ layout: GateLayout, _ prices: PriceModel, theta: [Double]) -> GateState {
    let scale = prices.unitPrices([Double](repeating: 1, count: layout.count))
    var state = GateState(layout, theta: 0.9, scale: scale)
    state.theta = theta
    return state
  }

  // MARK: - Without a budget

  func testWithoutABudgetEachGateTakesItsLikelierValue() throws {
    let layout = try layout("resnet20")
    let prices = try prices(layout)
    var theta = randomTheta(layout.count)
    let units = try layout.set("layer1.1.conv1", .units).range
    for unit in units { theta[unit] = 0.3 }
    theta[try layout.block("layer1.1")] = 0.9
    theta[try layout.block("layer2.0")] = 0.4
    for name in ["layer1.0", "layer1.2", "layer2.1", "layer2.2", "layer3.0", "layer3.1", "layer3.2"] {
      theta[try layout.block(name)] = 0.6
    }
    let closure = GateDecision.kept(
      state(layout, prices, theta: theta), in: layout, prices: prices, targetMacs: nil)
    let goneBlocks = Set(["layer1.1", "layer2.0"])
    for set in layout.sets {
      let block = set.kind == .block ? set.name : String(set.name.dropLast(".conv1".count))
      for gate in set.range {
        XCTAssertEqual(
          closure.isKept[gate], !goneBlocks.contains(block) && theta[gate] >= 0.5,
          "gate \(gate) of \(set.name)")
      }
    }
    XCTAssertEqual(closure.rescued, [])
  }

  // MARK: - With a budget

  /// What every number of kept units costs: the likeliest stay, but not those of blocks that go; needed groups keep one;
  /// blocks without units go.
  private func reachableCosts(_ layout: GateLayout, _ theta: [Double]) throws -> [Int] {
    let counter = try CostCounter(layout)
    let order = layout.groups.flatMap { Array($0.range) }.sorted { theta[$0] > theta[$1] }
    func block(of set: GateSet) -> GateSet? {
      set.kind == .units ? layout.blocks.first { $0.nodes.contains(set.nodes[0]) } : nil
    }
    return (0...order.count).map { count in
      var mask = [Bool](repeating: false, count: layout.count)
      for gate in order.prefix(count) { mask[gate] = true }
      for block in layout.blocks { mask[block.range.lowerBound] = theta[block.range.lowerBound] >= 0.5 }
      for set in layout.groups where !set.range.contains(where: { mask[$0] }) {
        if let block = block(of: set) {
          mask[block.range.lowerBound] = false
        } else {
          mask[set.range.lowerBound] = true
        }
      }
      return counter.cost(mask).macs
    }
  }

  private func assertClosest(
    _ layout: GateLayout, theta: [Double], target: Double, _ message: String, line: UInt = #line
  ) throws {
    let prices = try prices(layout)
    let targetMacs = target * prices.full.multiplyAccumulates
    let closure = GateDecision.kept(
      state(layout, prices, theta: theta), in: layout, prices: prices, targetMacs: targetMacs)
    let found = abs(Double(try rebuilt(layout, closure.isKept).multiplyAccumulates) - targetMacs)
    let reachable = try reachableCosts(layout, theta).map(Double.init)
    if let most = reachable.max(), most < targetMacs {
      // Unlikely blocks stay, so that the budget is spent; a VGG's groups keep a unit anyway, hence no exact bound.
      XCTAssertGreaterThanOrEqual(
        Double(try rebuilt(layout, closure.isKept).multiplyAccumulates) * 1.1, min(most, targetMacs),
        "\(message) to \(target)", line: line)
      return
    }
    let best = try XCTUnwrap(reachable.map { abs($0 - targetMacs) }.min())
    guard !layout.groups.isEmpty else {
      // There are only blocks to spend a budget on, likely or not.
      XCTAssertLessThanOrEqual(found, best, "\(message) to \(target)", line: line)
      return
    }
    XCTAssertEqual(found, best, "\(message) to \(target)", line: line)
    for set in layout.blocks where theta[set.range.lowerBound] < 0.5 {
      XCTAssertFalse(closure.isKept[set.range.lowerBound], message, line: line)
    }
    // Within and across groups the likelier unit stays, where its block does and no group had to be rescued.
    guard closure.rescued.isEmpty else { return }
    let gone = layout.blocks.filter { !closure.isKept[$0.range.lowerBound] }
    let units = layout.groups.filter { set in
      !gone.contains { $0.nodes.contains(set.nodes[0]) } || set.kind == .stream
    }
    .flatMap { Array($0.range) }
    let kept = units.filter { closure.isKept[$0] }.map { theta[$0] }.min() ?? 1
    let dropped = units.filter { !closure.isKept[$0] }.map { theta[$0] }.max() ?? 0
    XCTAssertGreaterThan(kept, dropped, "\(message) to \(target)", line: line)
  }

  private let targets = [0, 0.02, 0.1, 0.3, 0.47, 0.5, 0.75, 0.9, 0.99, 1]

  func testABudgetIsMetAsCloselyAsSingleUnitsAllow() throws {
    let models = [
      "resnet20", "resnet20:shortcut=b,width=0.5", "vgg11:width=0.125", "vgg11:skips=1,width=0.1",
      "resnet50:width=0.0625,blocks=1.2.1.1,stem=cifar",
    ]
    for model in models {
      for scope in [GateScope.units, .both, .all] {
        let layout = try layout(model, scope)
        var theta = randomTheta(layout.count)
        // Every group has a likely unit, so that likely blocks can stay.
        for set in layout.groups { theta[set.range.lowerBound] = 0.5 + theta[set.range.lowerBound] / 2 }
        for target in targets {
          try assertClosest(layout, theta: theta, target: target, "\(model), \(scope)")
        }
      }
    }
  }

  /// All units are unlikely, but the budget has room for half of the network and the blocks are likely to stay.
  func testABudgetWithRoomKeepsUnlikelyUnits() throws {
    for scope in [GateScope.both, .all] {
      let layout = try layout("resnet20", scope)
      var theta = randomTheta(layout.count).map { $0 * 0.5 }
      for set in layout.blocks { theta[set.range.lowerBound] = 0.9 }
      for target in targets { try assertClosest(layout, theta: theta, target: target, "\(scope)") }
    }
  }

  func testEqualUnitsAreRankedByBenefitOverPrice() throws {
    let layout = try layout("resnet20")
    let prices = try prices(layout)
    var state = state(layout, prices, theta: [Double](repeating: 1, count: layout.count))
    let ratios = randomTheta(layout.count)
    for gate in ratios.indices { state.gradient[gate] = -ratios[gate] * state.scale[gate] }
    let target = 0.6 * prices.full.multiplyAccumulates
    let closure = GateDecision.kept(state, in: layout, prices: prices, targetMacs: target)
    let units = layout.groups.flatMap { Array($0.range) }
    let kept = units.filter { closure.isKept[$0] }.map { ratios[$0] }
    let dropped = units.filter { !closure.isKept[$0] }.map { ratios[$0] }
    XCTAssertGreaterThan(try XCTUnwrap(kept.min()), try XCTUnwrap(dropped.max()))
    let macs = Double(try rebuilt(layout, closure.isKept).multiplyAccumulates)
    // Half of the dearest unit.
    XCTAssertEqual(macs, target, accuracy: 294_912 / 2)
  }

  func testABudgetIsSpentInBlocksOfLanes() throws {
    let layout = try layout("resnet20")
    let prices = try prices(layout)
    for target in [0.3, 0.5, 0.8] {
      let targetMacs = target * prices.full.multiplyAccumulates
      let state = state(layout, prices, theta: randomTheta(layout.count).map { 0.5 + $0 / 2 })
      let closure = GateDecision.kept(state, in: layout, prices: prices, targetMacs: targetMacs, lanes: 8)
      for set in layout.groups {
        XCTAssertEqual(set.range.count { closure.isKept[$0] } % 8, 0, set.name)
        let kept = set.range.filter { closure.isKept[$0] }.map { state.theta[$0] }.min() ?? 1
        let dropped = set.range.filter { !closure.isKept[$0] }.map { state.theta[$0] }.max() ?? 0
        XCTAssertGreaterThan(kept, dropped, "\(set.name): the likelier units")
      }
      // Half of the dearest block of units.
      let macs = Double(try rebuilt(layout, closure.isKept).multiplyAccumulates)
      XCTAssertEqual(macs, targetMacs, accuracy: 8 * 294_912 / 2)
    }
  }

  /// A set of 27 units costs as much as one of 32: what is left over goes, in whatever way widths are rounded.
  func testWhatIsLeftOverOfASetGoes() throws {
    let layout = try layout("resnet20:inner=16.27.64", .units)
    let prices = try prices(layout)
    let state = state(layout, prices, theta: [Double](repeating: 1, count: layout.count))
    let closure = GateDecision.kept(
      state, in: layout, prices: prices, targetMacs: prices.full.multiplyAccumulates, lanes: 16)
    let rounded = GateDecision.rounded(
      [Bool](repeating: true, count: layout.count), to: 16, state: state, in: layout,
      prices: prices.unitPrices(state.theta), nu: 0.1)
    for set in layout.groups {
      let expected = set.count == 27 ? 16 : set.count
      XCTAssertEqual(set.range.count { closure.isKept[$0] }, expected, set.name)
      XCTAssertEqual(set.range.count { rounded[$0] }, expected, set.name)
    }
  }

  /// With β = 1 units have no price and learn nothing, so no unit is better than another: a budget is for blocks to meet.
  func testGatesWithoutAPriceStay() throws {
    let layout = try layout("resnet20")
    let prices = try prices(layout, beta: 1)
    let scale = prices.unitPrices([Double](repeating: 1, count: layout.count))
    var state = GateState(layout, theta: 0.9, scale: scale)
    state.theta[try layout.block("layer2.1")] = 0.1
    let closure = GateDecision.kept(
      state, in: layout, prices: prices, targetMacs: 0.5 * prices.full.multiplyAccumulates)
    XCTAssertFalse(closure.isKept[try layout.block("layer2.1")])
    for block in layout.blocks {
      let isKept = closure.isKept[block.range.lowerBound]
      for set in layout.groups where block.nodes.contains(set.nodes[0]) {
        XCTAssertEqual(set.range.count { closure.isKept[$0] }, isKept ? set.count : 0, set.name)
      }
    }
    let macs = Double(try rebuilt(layout, closure.isKept).multiplyAccumulates)
    XCTAssertEqual(macs / prices.full.multiplyAccumulates, 0.5, accuracy: 0.06)
  }

  // MARK: - Rounding

  private func rounded(
    _ isKept: [Bool], to lanes: Int, _ layout: GateLayout, _ state: GateState, nu: Double = 0.1
  ) throws -> [Bool] {
    let prices = try prices(layout).unitPrices(isKept.theta)
    return GateDecision.rounded(isKept, to: lanes, state: state, in: layout, prices: prices, nu: nu)
  }

  func testWidthsBecomeMultiplesWhereGroupsAllow() throws {
    for (model, scope) in [
      ("resnet20", GateScope.both), ("resnet20:width=0.75", .all), ("vgg11:width=0.3", .all),
      ("resnet20:width=0.25", .both),
    ] {
      let layout = try layout(model, scope)
      for lanes in [1, 4, 8, 16] {
        for probability: Float in [0.1, 0.5, 0.9, 1] {
          let theta = randomTheta(layout.count)
          let drawn = randomGates(layout.count, probability: probability)
          let isKept = PruningRule.close(drawn, in: layout, theta: theta).isKept
          var state = try state(layout, prices(layout), theta: theta)
          for gate in theta.indices { state.gradient[gate] = -0.2 * theta[gate] * state.scale[gate] }
          let result = try rounded(isKept, to: lanes, layout, state)
          for set in layout.sets {
            let (before, after) = (set.range.count { isKept[$0] }, set.range.count { result[$0] })
            let message =
              "\(model), \(scope), \(lanes) lanes, \(set.name): \(before) of \(set.count) to \(after)"
            if set.kind == .block || before == 0 {
              XCTAssertEqual(before, after, message)
              continue
            }
            XCTAssertTrue(after % lanes == 0 || (set.count < lanes && after == set.count), message)
            XCTAssertLessThan(abs(after - before), lanes, message)
            XCTAssertGreaterThan(after, 0, message)
            // Units come or go, not both.
            XCTAssertEqual(set.range.count { isKept[$0] != result[$0] }, abs(after - before), message)
          }
          XCTAssertNoThrow(try rebuilt(layout, result))
        }
      }
    }
  }

  /// 20 of 32 units in lanes of 8: four more or four fewer.
  func testRoundingWeighsUnitsAgainstTheirLanes() throws {
    let layout = try layout("resnet20")
    let set = try layout.set("layer2.1.conv1", .units)
    let theta = randomTheta(layout.count)
    var isKept = [Bool](repeating: true, count: layout.count)
    let ranked = set.range.sorted { theta[$0] > theta[$1] }
    for gate in ranked.dropFirst(20) { isKept[gate] = false }
    let price = try prices(layout).unitPrices(isKept.theta)[set.range.lowerBound]
    // The block of lanes costs ν · 8 prices; four units are in it.
    for (benefit, expected) in [(0.0, 16), (1.9, 16), (2.1, 24), (100, 24)] {
      var state = try state(layout, prices(layout), theta: theta)
      for gate in set.range { state.gradient[gate] = -benefit * 0.1 * price }
      let result = try rounded(isKept, to: 8, layout, state)
      XCTAssertEqual(Set(set.range.filter { result[$0] }), Set(ranked.prefix(expected)), "\(benefit)")
    }
  }
}
