import Networks
import Pruning
import XCTest

final class GateLayoutTests: PruningTestCase {
  func testScopesChooseStructures() throws {
    let kinds: [GateScope: Set<GateSet.Kind>] = [
      .units: [.units], .layers: [.block], .both: [.units, .block], .all: [.units, .stream, .block],
    ]
    for scope in GateScope.allCases {
      let layout = try layout("resnet20", scope)
      XCTAssertEqual(Set(layout.sets.map(\.kind)), kinds[scope])
    }
  }

  /// Sets lie one behind another, units in node order first, then blocks.
  func testSetsOfResNet20() throws {
    let layout = try layout("resnet20:blocks=1.2.0", .all)
    XCTAssertEqual(
      layout.sets.map(\.name),
      ["conv1", "layer1.0.conv1", "layer2.0.conv1", "layer2.0.conv2", "layer2.1.conv1"]
        + ["layer1.0", "layer2.0", "layer2.1"])
    XCTAssertEqual(
      layout.sets.map(\.kind), [.stream, .units, .units, .stream, .units, .block, .block, .block])
    XCTAssertEqual(layout.sets.map(\.count), [16, 16, 32, 32, 32, 1, 1, 1])
    var next = 0
    for set in layout.sets {
      XCTAssertEqual(set.range.lowerBound, next)
      next = set.range.upperBound
    }
    XCTAssertEqual(layout.count, next)
    XCTAssertEqual(layout.sets[0].nodes, ["conv1", "layer1.0.conv2"])
    XCTAssertEqual(layout.sets[3].nodes, ["layer2.0.conv2", "layer2.1.conv2"])
    XCTAssertEqual(
      layout.sets[6].nodes,
      ["layer2.0.conv1", "layer2.0.bn1", "layer2.0.relu1", "layer2.0.conv2", "layer2.0.bn2"])
  }

  func testWhatIsNotKeptIsRemoved() throws {
    let layout = try layout("resnet20:blocks=1.2.0", .all)
    var isKept = [Bool](repeating: true, count: layout.count)
    XCTAssertEqual(layout.removal(keeping: isKept), Removal())
    // The last channel of the first stream, two units of a block, a block.
    for gate in [15, 32, 34, layout.count - 1] { isKept[gate] = false }
    XCTAssertEqual(
      layout.removal(keeping: isKept),
      Removal(units: ["conv1": [15], "layer2.0.conv1": [0, 2]], blocks: ["layer2.1"]))
  }

  func testStreamsCanBeRemovedWithoutCuttingTheNetwork() throws {
    let layout = try layout("resnet20", .all)
    let isKept = layout.sets.flatMap { set in set.range.map { set.kind != .stream || $0 % 3 == 0 } }
    let complexity = try rebuilt(layout, isKept)
    let macs = try ComplexityPolynomial(.multiplyAccumulates, of: layout).value(isKept.theta)
    XCTAssertEqual(Double(complexity.multiplyAccumulates), macs)
    XCTAssertLessThan(macs, 0.4 * 40_551_040)
  }
}
