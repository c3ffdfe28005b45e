import Networks
import Pruning
import XCTest

/// The gates of a network that has lost some.
final class GateShrinkingTests: PruningTestCase {
  private struct Shrunk {
    var layout: GateLayout
    var surgery: Surgery
    var smaller: GateLayout
    var isKept: [Bool]
  }

  private func shrink(_ layout: GateLayout, _ scope: GateScope, keeping isKept: [Bool]) throws -> Shrunk {
    let surgery = try layout.network.removing(layout.removal(keeping: isKept))
    return Shrunk(
      layout: layout, surgery: surgery,
      smaller: try GateLayout(surgery.network, matching: GateStructure(layout)), isKept: isKept
    )
  }

  /// The outputs that stay of a set's layers, counted in the larger network: as its weights are cut.
  private func remainingUnits(_ shrunk: Shrunk, _ set: GateSet) throws -> [Int] {
    let slice = try XCTUnwrap(shrunk.surgery.slices.first { $0.name == "\(set.nodes[0]).weight" })
    return slice.kept[0] ?? Array(0..<slice.shape[0])
  }

  /// Whether each set of the smaller network was one of the larger network's, so that what is known of it can be kept.
  private func assertSetsAreKnown(_ shrunk: Shrunk, _ message: String, line: UInt = #line) -> Bool {
    let strangers = shrunk.smaller.sets.filter { set in
      !shrunk.layout.sets.contains { $0.kind == set.kind && $0.nodes.contains(set.nodes[0]) }
    }
    XCTAssertEqual(strangers.map { "\($0.kind) \($0.name)" }, [], message, line: line)
    return strangers.isEmpty
  }

  private func assertOrigins(_ shrunk: Shrunk, _ message: String, line: UInt = #line) throws {
    guard assertSetsAreKnown(shrunk, message, line: line) else { return }
    let origins = shrunk.layout.origins(of: shrunk.smaller, keeping: shrunk.isKept)
    XCTAssertEqual(origins.count, shrunk.smaller.count, message, line: line)
    XCTAssertTrue(origins.allSatisfy { shrunk.isKept[$0] }, message, line: line)
    XCTAssertEqual(Set(origins).count, origins.count, message, line: line)
    for set in shrunk.smaller.sets {
      let found = Array(origins[set.range])
      let origin = try XCTUnwrap(shrunk.layout.sets.first { $0.range.contains(found[0]) })
      XCTAssertEqual(origin.kind, set.kind, message, line: line)
      if set.kind == .block {
        XCTAssertEqual(origin.name, set.name, message, line: line)
      } else {
        XCTAssertTrue(origin.nodes.contains(set.nodes[0]), message, line: line)
        XCTAssertEqual(
          found.map { $0 - origin.range.lowerBound }, try remainingUnits(shrunk, set), message, line: line)
      }
    }
  }

  func testGatesAreFoundAgainAfterUnitsHaveGone() throws {
    for model in ["resnet20", "resnet20:shortcut=b", "vgg11", "vgg11:skips=1", "bundle-resnet10"] {
      for scope in GateScope.allCases {
        let layout = try layout(model, scope)
        let theta = randomTheta(layout.count)
        for probability: Float in [1, 0.9, 0.5] {
          var drawn = randomGates(layout.count, probability: probability)
          for block in layout.blocks { drawn[block.range.lowerBound] = true }
          let isKept = PruningRule.close(drawn, in: layout, theta: theta).isKept
          try assertOrigins(shrink(layout, scope, keeping: isKept), "\(model), gates of \(scope)")
        }
      }
    }
  }

  /// A stream that has lost its first layer goes by the name of the next.
  func testGatesAreFoundAgainAfterBlocksHaveGone() throws {
    for scope in [GateScope.layers, .both, .all] {
      let layout = try layout("resnet20", scope)
      var isKept = [Bool](repeating: true, count: layout.count)
      for name in ["layer1.1", "layer2.0", "layer3.0", "layer3.1"] { isKept[try layout.block(name)] = false }
      isKept[0] = scope == .layers
      let closed = PruningRule.close(isKept, in: layout, theta: randomTheta(layout.count)).isKept
      let shrunk = try shrink(layout, scope, keeping: closed)
      if scope == .all {
        XCTAssertEqual(
          shrunk.smaller.sets.filter { $0.kind == .stream }.map(\.name),
          ["conv1", "layer2.1.conv2", "layer3.2.conv2"])
      }
      try assertOrigins(shrunk, "\(scope)")
    }
  }

  /// A stage may lose all of its blocks. Nothing is added up in its channels any more, but they are the same channels.
  func testGatesAreFoundAgainAfterAStageHasGone() throws {
    for (model, blocks) in [
      ("resnet20", ["layer1.0", "layer1.1", "layer1.2"]), ("resnet20", ["layer2.0", "layer2.1", "layer2.2"]),
      ("resnet20", ["layer3.0", "layer3.1", "layer3.2"]),
      ("resnet20:shortcut=b", ["layer2.0", "layer2.1", "layer2.2"]),
      ("resnet20:shortcut=b", ["layer3.0", "layer3.1", "layer3.2"]),
      ("resnet50:width=0.125,stem=cifar", ["layer1.0", "layer1.1", "layer1.2"]),
      ("vgg11:skips=1", ["features.0"]),
    ] {
      for scope in [GateScope.layers, .both, .all] {
        let layout = try layout(model, scope)
        var isKept = [Bool](repeating: true, count: layout.count)
        for name in blocks { isKept[try layout.block(name)] = false }
        let closed = PruningRule.close(isKept, in: layout, theta: randomTheta(layout.count)).isKept
        try assertOrigins(
          shrink(layout, scope, keeping: closed), "\(model) without \(blocks[0]) and so on, gates of \(scope)"
        )
      }
    }
  }

  func testStructureSaysWhereGatesAre() throws {
    let layout = try layout("resnet20:blocks=1.1.0", .all)
    let structure = try GateStructure(layout)
    XCTAssertEqual(structure.entries.map(\.name), layout.sets.map(\.name))
    XCTAssertEqual(structure.entries.map(\.kind), layout.sets.map(\.kind))
    XCTAssertEqual(structure.entries.map(\.count), layout.sets.map(\.count))
    XCTAssertEqual(
      structure.entries.map(\.stage), ["32x32", "32x32", "16x16", "16x16", "32x32", "16x16"])
    XCTAssertEqual(structure.entries.map(\.block), [nil, "layer1.0", "layer2.0", nil, nil, nil])
    XCTAssertEqual(structure.stages, ["32x32", "16x16"])
    XCTAssertEqual(structure.count, layout.count)
    XCTAssertEqual(structure.counts(of: Array(0..<layout.count)), layout.sets.map(\.count))
    XCTAssertEqual(structure.counts(of: [0, 15, 16, 95, 97]), [2, 1, 0, 1, 0, 1])
    XCTAssertEqual(structure.counts(of: []), [0, 0, 0, 0, 0, 0])
  }
}
