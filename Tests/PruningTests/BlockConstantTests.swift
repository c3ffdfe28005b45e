import Networks
import Pruning
import XCTest

/// The coefficients of the expected cost of a block, taken from differences of the polynomial's values.
final class BlockConstantTests: PruningTestCase {
  /// A polynomial and what gates around the full network change.
  private struct Probe {
    let polynomial: ComplexityPolynomial
    let count: Int

    init(_ quantity: ComplexityPolynomial.Quantity, _ layout: GateLayout) throws {
      polynomial = try ComplexityPolynomial(quantity, of: layout)
      count = layout.count
    }

    /// The cost of the network with only these gates at 0.
    func cost(without gates: [Int]) -> Double {
      var theta = [Double](repeating: 1, count: count)
      for gate in gates { theta[gate] = 0 }
      return polynomial.value(theta)
    }

    /// What a gate costs where those gates are 0.
    func price(_ gate: Int, without gates: [Int] = []) -> Double {
      cost(without: gates) - cost(without: gates + [gate])
    }
  }

  func testBasicBlocks() throws {
    struct Row {
      var units: Int
      var macs: Double
      var parameters: Double
      var constant: Double
      /// Unit's and block's share of the computation and of the parameters in per cent, as printed.
      var percents: [String]
    }
    let rows = [
      "layer1.0": Row(
        units: 16, macs: 294_912, parameters: 290, constant: 32,
        percents: ["0.2350", "0.0340", "3.760", "0.548"]),
      "layer2.0": Row(
        units: 32, macs: 110_592, parameters: 434, constant: 64,
        percents: ["0.0881", "0.0509", "2.820", "1.636"]),
      "layer2.1": Row(
        units: 32, macs: 147_456, parameters: 578, constant: 64,
        percents: ["0.1175", "0.0678", "3.760", "2.176"]),
      "layer3.0": Row(
        units: 64, macs: 55_296, parameters: 866, constant: 128,
        percents: ["0.0441", "0.1015", "2.820", "6.512"]),
      "layer3.1": Row(
        units: 64, macs: 73_728, parameters: 1_154, constant: 128,
        percents: ["0.0588", "0.1353", "3.760", "8.673"]),
    ]
    let layout = try layout("resnet56")
    let macs = try Probe(.multiplyAccumulates, layout)
    let parameters = try Probe(.parameters, layout)
    for stage in 1...3 {
      for index in 0..<9 {
        let row = try XCTUnwrap(rows["layer\(stage).\(index)"] ?? rows["layer\(stage).\(stage > 1 ? 1 : 0)"])
        let block = try layout.block("layer\(stage).\(index)")
        let units = try layout.set("layer\(stage).\(index).conv1", .units).range
        XCTAssertEqual(units.count, row.units)
        for unit in [units.lowerBound, units.upperBound - 1] {
          XCTAssertEqual(macs.price(unit), row.macs)
          XCTAssertEqual(parameters.price(unit), row.parameters)
          // The same where no other unit is left, and nothing where the block is gone.
          let others = units.filter { $0 != unit }
          XCTAssertEqual(macs.price(unit, without: others), row.macs)
          XCTAssertEqual(parameters.price(unit, without: others), row.parameters)
          XCTAssertEqual(parameters.price(unit, without: [block]), 0)
        }
        XCTAssertEqual(macs.price(block, without: Array(units)), 0)
        XCTAssertEqual(parameters.price(block, without: Array(units)), row.constant)
        let (fullMacs, fullParameters) = (macs.cost(without: []), parameters.cost(without: []))
        try assertPrinted(100 * macs.price(units.lowerBound) / fullMacs, row.percents[0])
        try assertPrinted(100 * parameters.price(units.lowerBound) / fullParameters, row.percents[1])
        try assertPrinted(100 * macs.price(block) / fullMacs, row.percents[2])
        try assertPrinted(100 * parameters.price(block) / fullParameters, row.percents[3])
      }
    }
  }

  /// a1, a12, a2 and b of E[cost] = φ (a1 Σθ1 + a12 Σθ1 Σθ2 + a2 Σθ2 + b).
  private func bottleneck(
    _ probe: Probe, _ layout: GateLayout, _ name: String
  ) throws -> [Double] {
    let first = Array(try layout.set("\(name).conv1", .units).range)
    let second = Array(try layout.set("\(name).conv2", .units).range)
    let alone = probe.price(first[0], without: second)
    // With one unit of the second convolution, the bilinear term appears once more.
    let together = probe.price(first[0], without: Array(second.dropFirst()))
    return [
      alone, together - alone, probe.price(second[0], without: first),
      probe.price(try layout.block(name), without: first + second),
    ]
  }

  func testBottlenecks() throws {
    let rows: [String: (macs: [Double], parameters: [Double])] = [
      "1.0": ([200_704, 28_224, 802_816, 0], [66, 9, 258, 512]),
      "1.1": ([802_816, 28_224, 802_816, 0], [258, 9, 258, 512]),
      "2.0": ([802_816, 7_056, 401_408, 0], [258, 9, 514, 1024]),
      "2.1": ([401_408, 7_056, 401_408, 0], [514, 9, 514, 1024]),
      "3.0": ([401_408, 1_764, 200_704, 0], [514, 9, 1026, 2048]),
      "3.1": ([200_704, 1_764, 200_704, 0], [1026, 9, 1026, 2048]),
      "4.0": ([200_704, 441, 100_352, 0], [1026, 9, 2050, 4096]),
      "4.1": ([100_352, 441, 100_352, 0], [2050, 9, 2050, 4096]),
    ]
    let layout = try layout("resnet50", side: 224, classes: 1000)
    let macs = try Probe(.multiplyAccumulates, layout)
    let parameters = try Probe(.parameters, layout)
    for (stage, count) in [3, 4, 6, 3].enumerated() {
      for index in 0..<count {
        let row = try XCTUnwrap(rows["\(stage + 1).\(min(index, 1))"])
        let name = "layer\(stage + 1).\(index)"
        XCTAssertEqual(try bottleneck(macs, layout, name), row.macs, name)
        XCTAssertEqual(try bottleneck(parameters, layout, name), row.parameters, name)
        // The terms are all there is: a full block costs their sum.
        let width = Double(64 << stage)
        for (probe, terms) in [(macs, row.macs), (parameters, row.parameters)] {
          XCTAssertEqual(
            probe.price(try layout.block(name)),
            (terms[0] + terms[2]) * width + terms[1] * width * width + terms[3], name)
        }
      }
    }
  }

  /// E[cost] = Σ a_l Σθ_{l−1} Σθ_l with a_l = 9 H W for computation and 9 for parameters, the batch norms' 2 Σθ_l besides.
  func testVGG() throws {
    for (model, hidden) in [("vgg16:bias=0", 0), ("vgg16:head=2,bias=0", 1)] {
      let layout = try layout(model)
      let macs = try Probe(.multiplyAccumulates, layout)
      let parameters = try Probe(.parameters, layout)
      let sides = [32, 32, 16, 16, 8, 8, 8, 4, 4, 4, 2, 2, 2].map(Double.init)
      XCTAssertEqual(layout.sets.count, 13 + hidden)
      for (index, set) in layout.sets.enumerated() {
        let unit = set.range.lowerBound
        let area = index < 13 ? sides[index] * sides[index] : 1
        let taps = index < 13 ? 9.0 : 1
        // Neighbours meet in one term; what a unit costs is what remains of it without the units after it.
        let inputs = index == 0 ? [] : Array(layout.sets[index - 1].range)
        let outputs = index + 1 < layout.sets.count ? Array(layout.sets[index + 1].range) : []
        let logits = outputs.isEmpty ? 10.0 : 0
        let read = index == 0 ? 3 : Double(inputs.count)
        XCTAssertEqual(macs.price(unit, without: outputs), taps * area * read + logits)
        let bias: Double = index < 13 ? 0 : 1
        XCTAssertEqual(parameters.price(unit, without: outputs), taps * read + 2 + bias + logits)
        guard let neighbour = inputs.first else { continue }
        let rest = Array(inputs.dropFirst()) + outputs
        XCTAssertEqual(
          macs.price(unit, without: rest) - macs.price(unit, without: rest + [neighbour]), taps * area)
        XCTAssertEqual(
          parameters.price(unit, without: rest) - parameters.price(unit, without: rest + [neighbour]), taps)
      }
    }
  }
}
