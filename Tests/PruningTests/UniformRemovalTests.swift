import Networks
import Pruning
import XCTest

final class UniformRemovalTests: PruningTestCase {
  private let models: [(model: String, scope: GateScope)] = [
    ("resnet20", .both), ("resnet20", .all), ("resnet20", .layers), ("resnet20:shortcut=b", .all),
    ("vgg11:width=0.25", .units), ("vgg11:skips=1,width=0.25", .all),
    ("resnet50:width=0.25,stem=cifar", .all),
    ("resnet20:stages=12.20.36,inner=9.15.27", .all),
    ("mlp:width=40,depth=3", .all),
  ]

  /// Scores that differ from group to group and have no order.
  private func scores(_ group: UnitGroup) -> [Double] {
    (0..<group.count).map { Double(($0 * 37 + group.name.count) % 101) + Double($0) / 1000 }
  }

  private func groups(_ network: Network, _ scope: GateScope) throws -> [UnitGroup] {
    try network.unitGroups().filter { scope == .all || !$0.isResidualStream }
  }

  /// The costs that an equal share of every group can have: between two shares at which some group's number is rounded
  /// differently, nothing changes.
  private func reachableCosts(_ network: Network, _ scope: GateScope) throws -> [Int] {
    let layout = try GateLayout(network, scope: scope == .layers ? .units : scope)
    let counter = try CostCounter(layout)
    var steps: Set<Double> = [0, 1]
    for count in Set(layout.groups.map(\.count)) {
      for unit in 0..<count { steps.insert((Double(unit) + 0.5) / Double(count)) }
    }
    let sorted = steps.sorted()
    return zip(sorted, sorted.dropFirst()).map { low, high in
      let share = (low + high) / 2
      var mask = [Bool](repeating: true, count: layout.count)
      for set in layout.groups {
        let kept = max(1, Int((share * Double(set.count)).rounded()))
        for gate in set.range.dropFirst(kept) { mask[gate] = false }
      }
      return counter.cost(mask).macs
    }
  }

  func testTheBudgetIsMetWithinAStep() throws {
    for (model, scope) in models {
      let network = try network(model)
      let full = Double(try Complexity(network).multiplyAccumulates)
      let reachable = try reachableCosts(network, scope)
      for target in [0, 0.05, 0.25, 0.5, 0.6, 0.85, 1] {
        let removal = try UniformRemoval.removal(
          from: network, scope: scope, targetMacs: target * full, scores: scores)
        let macs = Double(try Complexity(network.removing(removal).network).multiplyAccumulates)
        let best = try XCTUnwrap(reachable.map { abs(Double($0) - target * full) }.min())
        XCTAssertEqual(abs(macs - target * full), best, "\(model), \(scope) to \(target)")
        XCTAssertEqual(removal.blocks, [])
        try assertLowestScoresGo(network, scope, removal)
      }
    }
  }

  /// From every group the same share goes, and what goes has the lowest scores.
  private func assertLowestScoresGo(_ network: Network, _ scope: GateScope, _ removal: Removal) throws {
    let groups = try groups(network, scope)
    XCTAssertTrue(Set(removal.units.keys).isSubset(of: groups.map(\.name)))
    // The shares that round to the number that each group keeps have one in common.
    var (low, high) = (0.0, 1.0)
    for group in groups {
      let removed = removal.units[group.name] ?? []
      let kept = Double(group.count - removed.count)
      low = max(low, kept == 1 ? 0 : (kept - 0.5) / Double(group.count))
      high = min(high, (kept + 0.5) / Double(group.count))
      let scores = scores(group)
      let highestRemoved = removed.map { scores[$0] }.max() ?? -1
      let lowestKept = scores.indices.filter { !removed.contains($0) }.map { scores[$0] }.min()
      XCTAssertGreaterThan(try XCTUnwrap(lowestKept), highestRemoved, group.name)
    }
    XCTAssertLessThanOrEqual(low, high + 1e-9)
  }

  func testEqualScoresRemoveTheLastUnits() throws {
    let network = try network("resnet20")
    // What the zoo's network of half the width costs.
    let narrow = try Complexity(self.network("resnet20:width=0.5"))
    let removal = try UniformRemoval.removal(
      from: network, scope: .all, targetMacs: Double(narrow.multiplyAccumulates)
    ) { [Double](repeating: 1, count: $0.count) }
    XCTAssertEqual(removal.units["layer3.0.conv1"], Set(32..<64))
    XCTAssertEqual(removal.units["conv1"], Set(8..<16))
    XCTAssertEqual(try Complexity(network.removing(removal).network), narrow)
  }

  func testNormsOfAConvolution() {
    // Two units of 2 × 1 × 2 weights.
    let group = UnitGroup(name: "conv", count: 2, layers: ["conv"])
    XCTAssertEqual(
      UniformRemoval.norms(
        of: group, parameters: ["conv.weight": [1, -2, 0.5, 0, -4, 0.25, 0, 8], "conv.bias": [100, 100]]),
      [3.5, 12.25])
  }

  func testNormsOfAGroupAddUpItsLayers() {
    let group = UnitGroup(name: "a", count: 3, layers: ["a", "b"], isResidualStream: true)
    let parameters: [String: [Float]] = [
      "a.weight": [1, -1, 2], "b.weight": [1, 2, -3, 4, 0, 0.5], "c.weight": [9],
    ]
    XCTAssertEqual(UniformRemoval.norms(of: group, parameters: parameters), [4, 8, 2.5])
  }
}
