import Networks
import Pruning
import XCTest

final class ComplexityPolynomialTests: PruningTestCase {
  /// Every family of the zoo, of a size that people use or of a small one.
  private let models: [(model: String, side: Int)] = [
    ("resnet20", 32), ("resnet56:shortcut=b", 32), ("resnet20:stem=8,stages=12.20.36,inner=5.7.9", 32),
    ("resnet32:width=0.5", 30), ("resnet18", 64), ("resnet34:stem=cifar,width=0.25", 32), ("resnet50", 64),
    ("vgg16", 32), ("vgg11:bias=0,head=2", 32), ("vgg13:head=3,width=0.5", 40),
    ("vgg16:skips=1", 32), ("vgg11:head=imagenet,width=0.0625", 64),
    ("bundle-vgg10", 32), ("bundle-resnet20", 60), ("mlp:width=50,depth=3,bn=1", 8), ("mlp", 8),
  ]

  /// Small enough to go through all masks.
  private let tinyModels: [(model: String, side: Int)] = [
    ("resnet20:width=0.125,blocks=1.1.0", 8), ("resnet20:width=0.0625,blocks=2.1.0,shortcut=b", 8),
    ("resnet20:width=0.0625,blocks=0.1.1,stem=20", 8), ("vgg11:width=0.004", 32),
    ("vgg11:width=0.004,head=2", 32),
    ("vgg11:width=0.0005,head=imagenet", 64), ("vgg11:skips=1,width=0.006", 32),
    ("mlp:width=4,depth=3,bn=1", 4), ("resnet18:width=0.03125,blocks=1.1.0.0", 32),
    ("resnet50:width=0.03125,blocks=1.0.0.0", 32), ("resnet50:width=0.015625,blocks=2.0.0.0,stem=cifar", 8),
    ("bundle-resnet10:width=0.02,blocks=1.1.0.0", 16), ("bundle-vgg10:width=0.01,blocks=1.1.1.0", 16),
  ]

  func testGatesOfZeroAndOneCostWhatTheRebuiltNetworkCosts() throws {
    for (model, side) in models {
      for scope in GateScope.allCases {
        let layout = try layout(model, scope, side: side)
        let macs = try ComplexityPolynomial(.multiplyAccumulates, of: layout)
        let parameters = try ComplexityPolynomial(.parameters, of: layout)
        for probability: Float in [1, 0.97, 0.6, 0.1, 0] {
          let drawn = randomGates(layout.count, probability: probability)
          let isKept = PruningRule.close(drawn, in: layout, theta: randomTheta(layout.count)).isKept
          let rebuilt = try rebuilt(layout, isKept)
          let message = "\(model), gates of \(scope) with \(probability)"
          XCTAssertEqual(macs.value(isKept.theta), Double(rebuilt.multiplyAccumulates), message)
          XCTAssertEqual(parameters.value(isKept.theta), Double(rebuilt.parameters), message)
        }
      }
    }
  }

  /// The counting that the next test relies on, where networks can be rebuilt.
  func testTheCounterAgreesWithRebuiltNetworks() throws {
    for (model, side) in tinyModels {
      for scope in GateScope.allCases {
        let layout = try layout(model, scope, side: side)
        let counter = try CostCounter(layout)
        for probability: Float in [1, 0.9, 0.5, 0.2] {
          let drawn = randomGates(layout.count, probability: probability)
          let isKept = PruningRule.close(drawn, in: layout, theta: randomTheta(layout.count)).isKept
          let rebuilt = try rebuilt(layout, isKept)
          let counted = counter.cost(isKept)
          XCTAssertEqual(counted.macs, rebuilt.multiplyAccumulates, "\(model) \(scope)")
          XCTAssertEqual(counted.parameters, rebuilt.parameters, "\(model) \(scope)")
        }
      }
    }
  }

  func testTheExpectedCostIsTheMeanOverAllMasks() throws {
    for (model, side) in tinyModels {
      for scope in GateScope.allCases {
        let layout = try layout(model, scope, side: side)
        XCTAssertLessThan(layout.count, 16, "\(model) has too many masks for this test")
        let counter = try CostCounter(layout)
        let theta = randomTheta(layout.count)
        var (macs, parameters) = (0.0, 0.0)
        Enumeration.forEach(theta) { mask, probability in
          let cost = counter.cost(mask)
          macs += probability * Double(cost.macs)
          parameters += probability * Double(cost.parameters)
        }
        let message = "\(model), gates of \(scope)"
        let expectedMacs = try ComplexityPolynomial(.multiplyAccumulates, of: layout).value(theta)
        let expectedParameters = try ComplexityPolynomial(.parameters, of: layout).value(theta)
        XCTAssertEqual(expectedMacs, macs, accuracy: 1e-9 * macs, message)
        XCTAssertEqual(expectedParameters, parameters, accuracy: 1e-9 * parameters, message)
      }
    }
  }

  /// In a section that adds its input, the convolution reads and writes the channels of one stream: pairs of a unit with
  /// itself count once with its probability, not with its square.
  func testALayerWithinAStreamCountsEachUnitOnceWithItself() throws {
    let network = Network(
      name: "loop", input: ImageShape(channels: 1, height: 1, width: 1), classes: 2,
      nodes: [
        Node("stem", .convolution(.init(2, kernel: 1)), Network.inputName),
        Node("conv", .convolution(.init(2, kernel: 1)), "stem"),
        Node("sum", .add, "conv", "stem"),
        Node("pool", .globalAveragePool, "sum"),
        Node("linear", .linear(.init(2)), "pool"),
      ])
    let layout = try GateLayout(network, scope: .all)
    XCTAssertEqual(layout.sets.map(\.kind), [.stream, .block])
    let macs = try ComplexityPolynomial(.multiplyAccumulates, of: layout)
    let (first, second, block) = (0.25, 0.5, 0.75)
    // 1 per live unit of the stem, 2 in the linear layer; (number of live units)² in the branch.
    let squared = first + second + 2 * first * second
    XCTAssertEqual(
      macs.value([first, second, block]), 3 * (first + second) + block * squared, accuracy: 1e-14)
    let gradient = macs.gradient([first, second, block])
    XCTAssertEqual(gradient[0], 3 + block * (1 + 2 * second), accuracy: 1e-14)
    XCTAssertEqual(gradient[1], 3 + block * (1 + 2 * first), accuracy: 1e-14)
    XCTAssertEqual(gradient[2], squared, accuracy: 1e-14)
  }

  func testGroupedConvolutionsAreCountedAndHaveNoGates() throws {
    let network = Network(
      name: "grouped", input: ImageShape(channels: 3, height: 6, width: 6), classes: 4,
      nodes: [
        Node("stem", .convolution(.init(8, kernel: 3)), Network.inputName),
        Node("grouped", .convolution(.init(12, kernel: 3, stride: 2, groups: 4, bias: true)), "stem"),
        Node("bn", .batchNorm, "grouped"),
        Node("conv", .convolution(.init(5, kernel: 1)), "bn"),
        Node("flatten", .flatten, "conv"),
        Node("linear", .linear(.init(4)), "flatten"),
      ])
    let layout = try GateLayout(network, scope: .all)
    XCTAssertEqual(layout.sets.map(\.name), ["conv"])
    let macs = try ComplexityPolynomial(.multiplyAccumulates, of: layout)
    let parameters = try ComplexityPolynomial(.parameters, of: layout)
    for kept in 1...5 {
      let isKept = (0..<5).map { $0 < kept }
      XCTAssertEqual(
        macs.value(isKept.theta), Double(36 * 9 * 3 * 8 + 9 * 9 * 2 * 12 + 9 * 12 * kept + 9 * kept * 4))
      XCTAssertEqual(
        parameters.value(isKept.theta), Double(9 * 3 * 8 + 9 * 2 * 12 + 12 + 24 + 12 * kept + 36 * kept + 4))
      XCTAssertEqual(try rebuilt(layout, isKept).multiplyAccumulates, Int(macs.value(isKept.theta)))
    }
  }

  /// The cost is affine in each gate: any central difference is the derivative, and second differences vanish.
  func testTheGradientIsTheSlopeAndTheCostIsMultilinear() throws {
    let small = [
      ("resnet20:width=0.25", 32), ("resnet20:shortcut=b,width=0.25", 32), ("vgg11:skips=1,width=0.02", 32),
      ("vgg11:width=0.02,head=2", 32), ("resnet50:width=0.0625,blocks=1.2.1.1", 64), ("mlp:width=20,bn=1", 8),
      ("bundle-resnet10:width=0.05", 32),
    ]
    for (model, side) in small {
      for scope in GateScope.allCases {
        let layout = try layout(model, scope, side: side)
        for quantity in ComplexityPolynomial.Quantity.allCases {
          let polynomial = try ComplexityPolynomial(quantity, of: layout)
          let theta = randomTheta(layout.count)
          let gradient = polynomial.gradient(theta)
          XCTAssertEqual(gradient.count, layout.count)
          let middle = polynomial.value(theta)
          for gate in theta.indices {
            var (low, high) = (theta, theta)
            low[gate] -= 0.5
            high[gate] += 0.5
            let (below, above) = (polynomial.value(low), polynomial.value(high))
            let message = "\(model), gate \(gate) of \(scope)"
            XCTAssertEqual(gradient[gate], above - below, accuracy: 1e-10 * middle, message)
            XCTAssertEqual(above + below - 2 * middle, 0, accuracy: 1e-10 * middle, message)
          }
        }
      }
    }
  }
}
