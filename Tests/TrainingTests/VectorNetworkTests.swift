import Devices
import Networks
import Randomness
import Training
import XCTest

/// Networks whose layers pass plain vectors on: their gradients are the loss's slopes.
final class VectorNetworkTests: TrainingTestCase {
  private let image = ImageShape(channels: 2, height: 3, width: 5)
  private let batch = 6

  func testFlattenedImagesWithBatchNormOfVectors() throws {
    try check([
      Node("flat", .flatten, Network.inputName), Node("a", .linear(.init(17)), "flat"),
      Node("bn", .batchNorm, "a"), Node("relu", .relu, "bn"), Node("linear", .linear(.init(4)), "relu"),
    ])
  }

  func testFlattenedFeatureMaps() throws {
    try check([
      Node("conv", .convolution(.init(5, kernel: 3, bias: true)), Network.inputName),
      Node("bn", .batchNorm, "conv"), Node("relu", .relu, "bn"), Node("flat", .flatten, "relu"),
      Node("linear", .linear(.init(4)), "flat"),
    ])
  }

  /// One vector is read by a linear layer and by a sum, and so has a gradient from each.
  func testResidualBlocksOfVectors() throws {
    try check([
      Node("flat", .flatten, Network.inputName), Node("stem", .linear(.init(9)), "flat"),
      Node("relu", .relu, "stem"), Node("a1", .linear(.init(12)), "relu"), Node("a2", .relu, "a1"),
      Node("a3", .linear(.init(9)), "a2"), Node("add", .add, "a3", "relu"), Node("out", .relu, "add"),
      Node("linear", .linear(.init(4)), "out"),
    ])
  }

  /// Three linear layers read one vector, and one reads the pooled maps that a convolution's skip reads too.
  func testVectorsWithSeveralReaders() throws {
    try check([
      Node("pool", .globalAveragePool, Network.inputName), Node("stem", .linear(.init(8)), "pool"),
      Node("a", .linear(.init(4)), "stem"), Node("b", .linear(.init(4)), "stem"),
      Node("c", .linear(.init(4)), "stem"), Node("ab", .add, "a", "b"), Node("abc", .add, "ab", "c"),
    ])
  }

  func testGatesScaleUnitsAndTheirGradients() throws {
    let nodes = [
      Node("conv", .convolution(.init(3, kernel: 3)), Network.inputName), Node("bn", .batchNorm, "conv"),
      Node("relu", .relu, "bn"), Node("gate", .gate, "relu"), Node("flat", .flatten, "gate"),
      Node("hidden", .linear(.init(7)), "flat"), Node("hidden.relu", .relu, "hidden"),
      Node("hidden.gate", .gate, "hidden.relu"), Node("linear", .linear(.init(4)), "hidden.gate"),
    ]
    let gates: [String: [Float]] = ["gate": [0.5, 0, 1], "hidden.gate": [1, 0, 2, 1, 0, 1, 1]]
    try check(nodes, gates: gates)
    let session = try makeSession(nodes)
    try session.setGates(gates)
    _ = try session.loss(images, labels)
    let gradient = try XCTUnwrap(session.gradients()["conv.weight"])
    XCTAssertTrue(gradient[18..<36].allSatisfy { $0 == 0 }, "a masked unit learns nothing")
    XCTAssertTrue(gradient[..<18].contains { $0 != 0 })
    XCTAssertThrowsError(try session.setGates(["gate": [1, 1]]))
  }

  // MARK: - Slopes

  private var images: [Float] {
    var random = RandomStream(seed: 3, stream: .augmentation)
    return (0..<batch * 30).map { _ in Float(random.standardNormal()) }
  }

  private let labels: [Int32] = [0, 1, 2, 3, 1, 2]

  private func makeSession(_ nodes: [Node]) throws -> TrainingSession {
    let session = try TrainingSession(
      network: Network(name: "net", input: image, classes: 4, nodes: nodes), device: openFallback(),
      batchSize: batch, optimizer: OptimizerConfiguration(momentum: 0, weightDecay: 0), labelSmoothing: 0)
    try session.initialise(seed: 2)
    return session
  }

  /// Along each tensor's own gradient the loss must rise by the gradient's squared length per unit of step.
  private func check(_ nodes: [Node], gates: [String: [Float]] = [:]) throws {
    let session = try makeSession(nodes)
    try session.setGates(gates)
    let state = try session.state()
    try session.poisonScratchMemory()
    _ = try session.loss(images, labels)
    let gradients = try session.gradients()
    XCTAssertEqual(Set(gradients.keys), Set(state.parameters.keys))
    for (name, gradient) in gradients.sorted(by: { $0.key < $1.key }) {
      let squares = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }
      guard squares > 1e-9 else { continue }
      let step = 4e-3 / squares.squareRoot()
      func loss(at distance: Double) throws -> Double {
        var moved = state
        moved.parameters[name] = zip(state.parameters[name] ?? [], gradient).map {
          $0 + Float(distance) * $1
        }
        try session.load(moved)
        return try session.loss(images, labels)
      }
      let slope = try (loss(at: step) - loss(at: -step)) / (2 * step)
      XCTAssertEqual(slope / squares, 1, accuracy: 0.02, "\(name), squared length \(squares)")
    }
    XCTAssertGreaterThan(gradients.values.joined().map(abs).max() ?? 0, 1e-3)
  }
}

extension TrainingSession {
  /// The mean loss in training mode, without learning.
  fileprivate func loss(_ images: [Float], _ labels: [Int32]) throws -> Double {
    try images.withUnsafeBufferPointer { images in
      try labels.withUnsafeBufferPointer { try trainingStep(images: images, labels: $0, learningRate: 0) }
    }
    var sums = MetricSums.zero
    try drainMetrics(into: &sums)
    return sums.meanLoss
  }
}
