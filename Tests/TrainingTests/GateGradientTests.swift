import Devices
import ModelZoo
import Networks
import Pruning
import Randomness
import Training
import XCTest

/// The gradients of gates that the backward pass leaves, beside finite differences of the loss: also of closed units, channels
/// of streams and blocks, where a ReLU behind a sum must not cut them off.
final class GateGradientTests: XCTestCase {
  func testOnTheFallback() throws { try check(DeviceCatalog.open(.cpu(nil), threads: 1).device) }

  func testOnTheGPUFamily() throws {
    try requireOpenCL()
    try check(
      DeviceCatalog.open(.openCL(index: nil, family: .gpu)).device,
      models: ["resnet20:width=0.25,blocks=1.1.1"])
  }

  private func check(_ device: any Device, models: [String]? = nil) throws {
    let all = [
      "resnet20:width=0.25,blocks=1.1.1", "resnet20:width=0.25,blocks=1.1.1,shortcut=b",
      "resnet50:width=0.0625,stem=cifar,blocks=1.1.1.1", "vgg11:width=0.0625,skips=1",
      "mlp:width=12,depth=2,bn=1",
    ]
    for model in models ?? all {
      let network = try ModelZoo.network(
        model, input: ImageShape(channels: 3, height: 32, width: 32), classes: 10)
      for start: Float in [0, 0.5, 1] { try check(network, device: device, start: start) }
    }
  }

  private func check(_ network: Network, device: any Device, start: Float) throws {
    let layout = try GateLayout(network, scope: .all)
    let batch = 8
    let session = try TrainingSession(
      network: layout.gated.network, device: device, batchSize: batch,
      optimizer: OptimizerConfiguration(momentum: 0, weightDecay: 0), labelSmoothing: 0,
      stochasticGates: StochasticGates(rows: 1))
    try session.initialise(seed: 2)
    var random = RandomStream(seed: 6, stream: .test)
    let images = (0..<batch * network.input.channels * network.input.height * network.input.width).map { _ in
      Float(random.standardNormal())
    }
    let labels = (0..<batch).map { Int32($0 % network.classes) }
    var (values, gradients, contracted, losses): ([Float], [Float], [Float], [Float]) = ([], [], [], [])
    func loss(_ gates: [Float]) throws -> Double {
      layout.expand(gates, rows: 1, into: &values)
      try session.setStochasticGates(values)
      try images.withUnsafeBufferPointer { images in
        try labels.withUnsafeBufferPointer { try session.batchPass(images: images, labels: $0) }
      }
      try session.losses(into: &losses)
      return losses.reduce(0) { $0 + Double($1) } / Double(batch)
    }
    for set in layout.sets {
      let gate = set.range.lowerBound + random.integer(below: set.count)
      var gates = [Float](repeating: 1, count: layout.count)
      gates[gate] = start
      layout.expand(gates, rows: 1, into: &values)
      try session.setStochasticGates(values)
      try images.withUnsafeBufferPointer { images in
        try labels.withUnsafeBufferPointer {
          try session.trainingStep(images: images, labels: $0, learningRate: 0)
        }
      }
      try session.gateGradients(into: &gradients)
      layout.contract(gradients, gates: gates, rows: 1, into: &contracted)
      // A closed gate opens, and nothing else: the loss has a kink at 0.
      let step: Float = 0.001
      let low = start == 0 ? start : start - step
      gates[gate] = low
      let before = try loss(gates)
      gates[gate] = start + step
      let after = try loss(gates)
      let difference = (after - before) / Double(start + step - low)
      XCTAssertEqual(
        Double(contracted[gate]), difference, accuracy: 0.1 * abs(difference) + 0.05,
        "\(network.name), \(set.name) at \(start)")
    }
  }
}
