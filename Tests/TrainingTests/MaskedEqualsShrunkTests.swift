import Devices
import Foundation
import ModelZoo
import Networks
import Randomness
import Training
import XCTest

/// Masking units and blocks with gates and removing them give the same logits, and surgery compiles nothing.
final class MaskedEqualsShrunkTests: XCTestCase {
  private static let models = [
    "resnet20", "resnet56", "resnet18:stem=cifar,width=0.25", "resnet50:stem=cifar,width=0.125",
    "vgg16:width=0.25",
  ]

  /// 200 draws in all; a few for every commit.
  private var drawsPerModel: Int {
    ProcessInfo.processInfo.environment["ESPALIER_TEST_LEVEL"] == "fast" ? 4 : 40
  }

  func testOnTheFallback() throws {
    try check(DeviceCatalog.open(.cpu(nil), threads: 2).device)
  }

  func testOnOpenCLWithTheCPUFamily() throws {
    try requireOpenCL()
    try check(DeviceCatalog.open(.openCL(index: nil, family: .cpu)).device)
  }

  func testOnOpenCLWithTheGPUFamily() throws {
    try requireOpenCL()
    try check(DeviceCatalog.open(.openCL(index: nil, family: .gpu)).device, models: ["resnet20"], draws: 4)
  }

  func testTheOtherShortcutsAndHeads() throws {
    let models = [
      "resnet20:shortcut=b", "vgg11:head=3,skips=1,width=0.25", "vgg11:head=2,width=0.25",
      "mlp:width=20,depth=4,bn=1",
    ]
    try check(DeviceCatalog.open(.cpu(nil), threads: 2).device, models: models, draws: 6)
  }

  /// A second removal from the smaller network is that of both from the first.
  func testSurgeryOfAShrunkNetwork() throws {
    let network = try ModelZoo.network(
      "resnet20", input: ImageShape(channels: 3, height: 16, width: 16), classes: 10)
    let first = try network.removing(Removal(units: ["conv1": [0, 5], "layer2.0.conv2": [1, 30]]))
    // Unit 3 of the remaining ones was unit 4; unit 0 of the second group is still unit 0.
    let second = try first.network.removing(
      Removal(units: ["conv1": [3], "layer2.0.conv2": [0]], blocks: ["layer3.1"]))
    let both = try network.removing(
      Removal(units: ["conv1": [0, 5, 4], "layer2.0.conv2": [0, 1, 30]], blocks: ["layer3.1"]))
    XCTAssertEqual(second.network, both.network)
    let session = try TrainingSession(
      evaluating: network, device: DeviceCatalog.open(.cpu(nil)).device, batchSize: 1)
    try session.initialise(seed: 3)
    let state = try session.state()
    XCTAssertEqual(try second.apply(to: first.apply(to: state)), try both.apply(to: state))
  }

  /// A training step too: gradients, statistics and momentum are the slices of the masked network's.
  func testATrainingStepOfMaskedAndShrunk() throws {
    let device = try DeviceCatalog.open(.cpu(nil), threads: 2).device
    for (position, model) in ["resnet20", "vgg11:skips=1,width=0.25", "mlp:width=20,depth=3,bn=1"]
      .enumerated()
    {
      let network = try ModelZoo.network(
        model, input: ImageShape(channels: 3, height: 32, width: 32), classes: 10)
      var random = RandomStream(seed: 5, stream: .subset, index: UInt64(position))
      let removal = try network.randomRemoval(&random)
      let surgery = try network.removing(removal)
      let gated = try GatedNetwork(network)
      let optimizer = OptimizerConfiguration(momentum: 0.9, weightDecay: 0)
      func session(_ network: Network) throws -> TrainingSession {
        try TrainingSession(
          network: network, device: device, batchSize: 8, optimizer: optimizer, labelSmoothing: 0)
      }
      let masked = try session(gated.network)
      let shrunk = try session(surgery.network)
      try masked.initialise(seed: 1)
      try masked.load(masked.state().withRandomNormalisation(seed: 1))
      try masked.setGates(gated.gates(masking: removal))
      try shrunk.load(surgery.apply(to: masked.state()))
      let images = (0..<8 * 3 * 32 * 32).map { _ in Float(random.standardNormal()) }
      for session in [masked, shrunk] {
        try session.poisonScratchMemory()
        for _ in 0..<2 { try session.step(images) }
      }
      try assertClose(shrunk.state(), surgery.apply(to: masked.state()), model)
    }
  }

  private func assertClose(_ found: ModelState, _ expected: ModelState, _ context: String) throws {
    for part in [\ModelState.parameters, \.statistics, \.momentum] {
      XCTAssertEqual(found[keyPath: part].keys, expected[keyPath: part].keys, context)
      for (name, values) in expected[keyPath: part] {
        let largest = values.map(abs).max() ?? 0
        let difference = zip(values, found[keyPath: part][name] ?? []).map { abs($0 - $1) }.max() ?? .infinity
        XCTAssertLessThanOrEqual(difference, 1e-4 * max(largest, 1e-2), "\(context): \(name)")
      }
    }
  }

  private func check(_ device: any Device, models: [String]? = nil, draws: Int? = nil) throws {
    for (position, model) in (models ?? Self.models).enumerated() {
      let network = try ModelZoo.network(
        model, input: ImageShape(channels: 3, height: 32, width: 32), classes: 10)
      var comparison = try MaskingComparison(network, device: device, seed: UInt64(position))
      for draw in 0..<(draws ?? drawsPerModel) {
        var random = RandomStream(seed: 17, stream: .subset, epoch: UInt32(position), index: UInt64(draw))
        let removal = try network.randomRemoval(&random)
        let difference = try comparison.difference(removal)
        XCTAssertLessThanOrEqual(difference, 1e-5, "\(model), draw \(draw): \(removal)")
        try checkCounts(network, removal, "\(model), draw \(draw)")
      }
      XCTAssertEqual(device.programBuilds, comparison.programBuilds, "\(model): surgery compiles nothing")
    }
  }

  private func checkCounts(_ network: Network, _ removal: Removal, _ context: String) throws {
    let shrunk = try Complexity(network.removing(removal).network)
    let expected = try MaskedCounts(network, removal)
    XCTAssertEqual(shrunk.parameters, expected.parameters, context)
    XCTAssertEqual(shrunk.multiplyAccumulates, expected.multiplyAccumulates, context)
  }
}

/// A gated network with random weights on a device, to compare smaller ones with.
private struct MaskingComparison {
  let programBuilds: Int
  private let network: Network
  private let gated: GatedNetwork
  private let session: TrainingSession
  private let device: any Device
  private let state: ModelState
  private let images: [Float]
  private static let batch = 3

  init(_ network: Network, device: any Device, seed: UInt64) throws {
    self.network = network
    self.device = device
    gated = try GatedNetwork(network)
    session = try TrainingSession(evaluating: gated.network, device: device, batchSize: Self.batch)
    programBuilds = device.programBuilds
    try session.initialise(seed: seed)
    state = try session.state().withRandomNormalisation(seed: seed)
    try session.load(state)
    var random = RandomStream(seed: seed, stream: .augmentation)
    images = (0..<Self.batch * 3 * 32 * 32).map { _ in Float(random.standardNormal()) }
  }

  /// The largest difference of a logit between the masked and the smaller network.
  mutating func difference(_ removal: Removal) throws -> Float {
    try session.setGates(gated.gates(masking: removal))
    let masked = try session.logits(of: images)
    let surgery = try network.removing(removal)
    let shrunk = try TrainingSession(evaluating: surgery.network, device: device, batchSize: Self.batch)
    try shrunk.load(surgery.apply(to: state))
    let logits = try shrunk.logits(of: images)
    let largest = masked.map(abs).max() ?? 0
    XCTAssertGreaterThan(largest, 1e-3)
    XCTAssertLessThan(largest, 100)
    return zip(masked, logits).map { abs($0 - $1) }.max() ?? .infinity
  }
}

extension TrainingSession {
  fileprivate func step(_ images: [Float]) throws {
    let labels = (0..<batchSize).map { Int32($0 % network.classes) }
    try images.withUnsafeBufferPointer { images in
      try labels.withUnsafeBufferPointer {
        try trainingStep(images: images, labels: $0, learningRate: 0.01)
      }
    }
  }

  fileprivate func logits(of images: [Float]) throws -> [Float] {
    let labels = [Int32](repeating: 0, count: batchSize)
    try images.withUnsafeBufferPointer { images in
      try labels.withUnsafeBufferPointer { try evaluationStep(images: images, labels: $0) }
    }
    var sums = MetricSums.zero
    try drainMetrics(into: &sums)
    return try logits()
  }
}

extension ModelState {
  /// Scales, shifts and statistics other than those of an untrained network. Scales are around ½, so that the sum over
  /// many blocks does not grow without bound.
  fileprivate func withRandomNormalisation(seed: UInt64) -> ModelState {
    var state = self
    var random = RandomStream(seed: seed, stream: .initialisation, epoch: 1)
    for (name, values) in state.parameters.sorted(by: { $0.key < $1.key }) where values.count > 0 {
      if name.hasSuffix(".bias") {
        state.parameters[name] = values.map { _ in Float(0.3 * random.standardNormal()) }
      } else if statistics[name.replacingOccurrences(of: ".weight", with: ".running_mean")] != nil {
        state.parameters[name] = values.map { _ in Float(0.25 + 0.5 * random.uniform()) }
      }
    }
    for (name, values) in state.statistics.sorted(by: { $0.key < $1.key }) {
      state.statistics[name] = values.map { _ in
        let normal = random.standardNormal()
        return Float(name.hasSuffix("var") ? 2 + min(max(normal, -1), 1) : 0.2 * normal)
      }
    }
    return state
  }
}

extension Network {
  /// Masks of all densities, blocks among them; every group keeps at least one unit.
  fileprivate func randomRemoval(_ random: inout RandomStream) throws -> Removal {
    var removal = Removal()
    for group in try unitGroups() {
      let density = [0, 0.3, 0.7, 0.97][random.integer(below: 4)]
      var units = Set((0..<group.count).filter { _ in Double(random.integer(below: 1000)) < 1000 * density })
      if units.count == group.count { units.remove(random.integer(below: group.count)) }
      removal.units[group.name] = units
    }
    let density = random.integer(below: 4)
    for block in residualBlocks() where random.integer(below: 6) < density {
      removal.blocks.insert(block.name)
    }
    return removal
  }
}

/// Parameters and multiply-accumulates of what the masks leave, counted on the masks themselves.
private struct MaskedCounts {
  var parameters = 0
  var multiplyAccumulates = 0

  init(_ network: Network, _ removal: Removal) throws {
    let shapes = try network.shapes()
    let groups = try network.unitGroups()
    let dead = Set(
      network.residualBlocks().filter { removal.blocks.contains($0.name) }.flatMap(\.branch))
    /// How many values are alive at each node, one by one.
    var alive = [Network.inputName: [Bool](repeating: true, count: network.input.channels)]
    for node in network.nodes {
      let inputs = node.inputs.map { alive[$0, default: []] }
      let width = shapes[node.name].map(\.channels) ?? 0
      // A shortcut's outputs are the channels of the stream that its block writes.
      let layer = node.name.hasSuffix(".shortcut") ? node.name.dropLast(8) + "conv2" : node.name
      let mask = groups.first { $0.layers.contains(layer) }.flatMap { removal.units[$0.name] } ?? []
      let units = (0..<width).map { !mask.contains($0) }
      let outputs = units.count { $0 }
      let sources = inputs[0].count { $0 }
      let isDead = dead.contains(node.name)
      switch (node.layer, shapes[node.name]) {
      case (.convolution(let layer), .maps(let maps)):
        alive[node.name] = units
        let weights = outputs * sources * layer.kernel[0] * layer.kernel[1]
        if isDead { continue }
        parameters += weights + (layer.bias ? outputs : 0)
        multiplyAccumulates += weights * maps.height * maps.width
      case (.linear(let layer), _):
        alive[node.name] = units
        parameters += outputs * sources + (layer.bias ? outputs : 0)
        multiplyAccumulates += outputs * sources
      case (.batchNorm, _):
        alive[node.name] = inputs[0]
        if !isDead { parameters += 2 * sources }
      case (.add, _):
        alive[node.name] =
          dead.contains(node.inputs[0]) ? inputs[1] : zip(inputs[0], inputs[1]).map { $0 || $1 }
      case (.flatten, .vector(let count)):
        alive[node.name] = inputs[0].flatMap { [Bool](repeating: $0, count: count / inputs[0].count) }
      case (.shortcut, _): alive[node.name] = units
      default: alive[node.name] = inputs[0]
      }
    }
  }
}
