import Networks
import Pruning
import XCTest

/// Whole networks: the totals by which prices are normalised, what no gate reaches, and numbers of gates.
final class NormaliserTests: PruningTestCase {
  private struct Costs: Equatable {
    var macs: Double
    var parameters: Double
  }

  private func costs(_ layout: GateLayout, theta: Double) throws -> Costs {
    let gates = [Double](repeating: theta, count: layout.count)
    return Costs(
      macs: try ComplexityPolynomial(.multiplyAccumulates, of: layout).value(gates),
      parameters: try ComplexityPolynomial(.parameters, of: layout).value(gates))
  }

  private func assertGates(_ layout: GateLayout, blocks: Int, units: Int, line: UInt = #line) {
    XCTAssertEqual(layout.blocks.count, blocks, line: line)
    XCTAssertEqual(layout.groups.reduce(0) { $0 + $1.count }, units, line: line)
    XCTAssertEqual(layout.count, blocks + units, line: line)
  }

  func testResNetsForSmallImages() throws {
    struct Row {
      var model: String
      var classes: Int
      var full: Costs
      var fixed: Costs
      var percents: (String, String)
      var blocks: Int
      var units: Int
    }
    func row(
      _ model: String, _ classes: Int, _ full: (Double, Double), _ fixed: (Double, Double),
      _ percents: (String, String), _ blocks: Int, _ units: Int
    ) -> Row {
      Row(
        model: model, classes: classes, full: Costs(macs: full.0, parameters: full.1),
        fixed: Costs(macs: fixed.0, parameters: fixed.1), percents: percents, blocks: blocks, units: units)
    }
    let rows = [
      row("resnet20", 10, (40_551_040, 269_722), (443_008, 1_114), ("1.09", "0.41"), 9, 336),
      row("resnet56", 10, (125_485_696, 853_018), (443_008, 1_114), ("0.35", "0.13"), 27, 1008),
      row("resnet56", 100, (125_491_456, 858_868), (448_768, 6_964), ("0.36", "0.81"), 27, 1008),
      row("resnet56:shortcut=b", 10, (125_747_840, 855_770), (705_152, 3_866), ("0.56", "0.45"), 27, 1008),
      row("resnet110", 10, (252_887_680, 1_727_962), (443_008, 1_114), ("0.18", "0.06"), 54, 2016),
      row("resnet110", 100, (252_893_440, 1_733_812), (448_768, 6_964), ("0.18", "0.40"), 54, 2016),
    ]
    for row in rows {
      let layout = try layout(row.model, classes: row.classes)
      assertGates(layout, blocks: row.blocks, units: row.units)
      XCTAssertEqual(try costs(layout, theta: 1), row.full, row.model)
      XCTAssertEqual(try costs(layout, theta: 0), row.fixed, row.model)
      try assertPrinted(100 * row.fixed.macs / row.full.macs, row.percents.0, row.model)
      try assertPrinted(100 * row.fixed.parameters / row.full.parameters, row.percents.1, row.model)
      let rebuilt = try rebuilt(layout, [Bool](repeating: false, count: layout.count))
      XCTAssertEqual(Double(rebuilt.multiplyAccumulates), row.fixed.macs, row.model)
      XCTAssertEqual(Double(rebuilt.parameters), row.fixed.parameters, row.model)
    }
  }

  func testResNet50() throws {
    let layout = try layout("resnet50", side: 224, classes: 1000)
    let full = try costs(layout, theta: 1)
    XCTAssertEqual(full, Costs(macs: 4_089_184_256, parameters: 25_557_032))
    let inside = layout.groups.filter { set in layout.blocks.contains { $0.nodes.contains(set.nodes[0]) } }
    XCTAssertEqual(inside.reduce(0) { $0 + $1.count }, 7552)
    XCTAssertEqual(layout.blocks.count, 16)
    var theta = [Double](repeating: 1, count: layout.count)
    for set in inside + layout.blocks {
      for gate in set.range { theta[gate] = 0 }
    }
    let macs = try ComplexityPolynomial(.multiplyAccumulates, of: layout).value(theta)
    let parameters = try ComplexityPolynomial(.parameters, of: layout).value(theta)
    try assertPrinted(100 * macs / full.macs, "11.73")
    try assertPrinted(100 * parameters / full.parameters, "18.92")
  }

  /// The stem of a residual network is never pruned unless streams are.
  func testTheStemOfResNet50HasNoGates() throws {
    let layout = try layout("resnet50", side: 224, classes: 1000)
    XCTAssertFalse(layout.sets.contains { $0.name == "conv1" })
    assertGates(layout, blocks: 16, units: 7552)
  }

  /// Every layer of VGG reads or writes gated units; what stays are the biases of the logits.
  func testVGG() throws {
    let rows: [(model: String, full: Costs, units: Int)] = [
      ("vgg16:bias=0", Costs(macs: 313_201_664, parameters: 14_724_042), 4224),
      ("vgg16:head=2,bias=0", Costs(macs: 313_463_808, parameters: 14_987_722), 4224 + 512),
    ]
    for row in rows {
      let layout = try layout(row.model)
      XCTAssertEqual(try costs(layout, theta: 1), row.full, row.model)
      XCTAssertEqual(try costs(layout, theta: 0), Costs(macs: 0, parameters: 10), row.model)
      assertGates(layout, blocks: 0, units: row.units)
    }
    XCTAssertEqual(try layout("vgg16:bias=0,skips=1").blocks.count, 13)
  }

  /// With gates on residual streams too, nothing of a residual network is out of reach but the logits' biases.
  func testStreamsReachEverything() throws {
    let layout = try layout("resnet56", .all)
    assertGates(layout, blocks: 27, units: 1008 + 16 + 32 + 64)
    XCTAssertEqual(layout.sets.filter { $0.kind == .stream }.map(\.count), [16, 32, 64])
    XCTAssertEqual(try costs(layout, theta: 1), Costs(macs: 125_485_696, parameters: 853_018))
    XCTAssertEqual(try costs(layout, theta: 0), Costs(macs: 0, parameters: 10))
  }
}
