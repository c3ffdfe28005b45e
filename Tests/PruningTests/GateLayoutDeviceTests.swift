import Networks
import Pruning
import XCTest

/// Between gates and the device's tensors. All numbers are small fractions of powers of two, so that sums are exact.
final class GateLayoutDeviceTests: PruningTestCase {
  private let models = [
    "resnet20:width=0.5", "resnet20:shortcut=b,width=0.25", "resnet50:width=0.0625,blocks=1.2.1.1,stem=cifar",
    "vgg11:skips=1,width=0.05", "vgg11:width=0.05,head=2", "mlp:width=9,bn=1", "bundle-resnet10:width=0.05",
  ]

  /// Multiples of 1/8 from −2 to 2.
  private func eighths(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float(random.integer(below: 33) - 16) / 8 }
  }

  private func expand(_ layout: GateLayout, _ gates: [Float], rows: Int) -> [Float] {
    var values: [Float] = []
    layout.expand(gates, rows: rows, into: &values)
    return values
  }

  /// Calls `body` with each gate tensor in the parameter table's order, its first value on the device, and the gates of
  /// the group and the block that it masks.
  private func forEachSite(
    _ layout: GateLayout, _ body: (Parameter, _ units: Range<Int>?, _ block: Int?) throws -> Void
  ) throws {
    for entry in try ParameterTable(layout.gated.network).gates {
      let site = try XCTUnwrap(layout.gated.sites.first { $0.gate == entry.name })
      XCTAssertEqual(site.channels, entry.count)
      let units = try site.group.map { name in
        try XCTUnwrap(layout.groups.first { $0.name == name }, name).range
      }
      try body(entry, units, try site.block.map(layout.block))
    }
  }

  func testTheDeviceHasTheGatesOfTheParameterTable() throws {
    for model in models {
      for scope in GateScope.allCases {
        let layout = try layout(model, scope)
        let table = try ParameterTable(layout.gated.network)
        XCTAssertEqual(layout.deviceCount, table.gateCount)
        XCTAssertEqual(table.gates.count, layout.gated.sites.count)
        XCTAssertEqual(Set(table.gates.map(\.name)), Set(layout.gated.sites.map(\.gate)))
      }
    }
  }

  /// Rows of a tensor stand together, tensors in the order of the table; where unit and block meet, their product stands.
  func testExpansion() throws {
    let rows = 3
    for model in models {
      for scope in GateScope.allCases {
        let layout = try layout(model, scope)
        let gates = eighths(rows * layout.count)
        let values = expand(layout, gates, rows: rows)
        XCTAssertEqual(values.count, rows * layout.deviceCount)
        var reached = Set<Int>()
        try forEachSite(layout) { entry, units, block in
          for row in 0..<rows {
            let gate = { gates[row * layout.count + $0] }
            let factor = block.map(gate) ?? 1
            let expected = (0..<entry.count).map { channel in
              (units.map { gate($0.lowerBound + channel) } ?? 1) * factor
            }
            let first = rows * entry.offset + row * entry.count
            XCTAssertEqual(
              Array(values[first..<(first + entry.count)]), expected, "\(model), \(scope): \(entry.name)")
          }
          reached.formUnion(units ?? 0..<0)
          if let block { reached.insert(block) }
        }
        XCTAssertEqual(reached, Set(0..<layout.count), "\(model), \(scope): gates that mask nothing")
      }
    }
  }

  /// The room that values are written to does not matter.
  func testExpansionOverwritesWhatWasThere() throws {
    let layout = try layout("resnet20:width=0.25", .all)
    let gates = eighths(2 * layout.count)
    let expected = expand(layout, gates, rows: 2)
    for count in [0, 5, 2 * layout.deviceCount, 9 * layout.deviceCount] {
      var values = [Float](repeating: .nan, count: count)
      layout.expand(gates, rows: 2, into: &values)
      XCTAssertEqual(values, expected)
    }
  }

  /// Contraction is the derivative of a linear function of the expanded values: the function is affine in each gate, so a
  /// difference is exact.
  func testContractionIsTheDerivativeOfExpansion() throws {
    let rows = 2
    for model in models {
      for scope in GateScope.allCases {
        let layout = try layout(model, scope)
        let gates = eighths(rows * layout.count)
        let weights = eighths(rows * layout.deviceCount)
        func functional(_ gates: [Float]) -> Double {
          zip(expand(layout, gates, rows: rows), weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        var gradients = [Float](repeating: 9, count: 3)
        layout.contract(weights, gates: gates, rows: rows, into: &gradients)
        XCTAssertEqual(gradients.count, rows * layout.count)
        // Some gates of each set, the same in no two rows.
        for set in layout.sets {
          for row in 0..<rows {
            let index = row * layout.count + set.range.lowerBound + random.integer(below: set.count)
            var (low, high) = (gates, gates)
            low[index] -= 1
            high[index] += 1
            XCTAssertEqual(
              Double(gradients[index]), (functional(high) - functional(low)) / 2,
              "\(model), \(scope): row \(row) of \(set.name)")
          }
        }
      }
    }
  }

  /// A branch that ends in pooling has a gate at its end; the channels of the stream are masked where they are read.
  func testABranchThatEndsInPooling() throws {
    let network = Network(
      name: "pooled", input: ImageShape(channels: 2, height: 4, width: 4), classes: 2,
      nodes: [
        Node("stem", .convolution(.init(3, kernel: 3)), Network.inputName),
        Node("conv", .convolution(.init(3, kernel: 3)), "stem"),
        Node("pool", .pooling(.init(.average, kernel: 3, stride: 1, padding: 1)), "conv"),
        Node("sum.add", .add, "pool", "stem"),
        Node("mean", .globalAveragePool, "sum.add"),
        Node("linear", .linear(.init(2)), "mean"),
      ])
    let layout = try GateLayout(network, scope: .all)
    XCTAssertEqual(layout.sets.map(\.name), ["stem", "sum"])
    XCTAssertEqual(
      try ParameterTable(layout.gated.network).gates.map(\.name), ["stem.gate", "sum.gate", "mean.gate"])
    XCTAssertEqual(
      expand(layout, [2, 3, 5, 7], rows: 1), [2, 3, 5, 7, 7, 7, 2, 3, 5])
    var gradients: [Float] = []
    layout.contract([1, 10, 100, 2, 20, 200, 4, 40, 400], gates: [2, 3, 5, 7], rows: 1, into: &gradients)
    XCTAssertEqual(gradients, [5, 50, 500, 222])
  }
}
