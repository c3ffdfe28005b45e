import Devices
import Foundation
import ModelZoo
import Networks
import Pruning
import Randomness
import Training
import XCTest

/// Prunes a small residual network while it trains.
final class PruningTrainerTests: TrainingTestCase {
  private static let isFast = ProcessInfo.processInfo.environment["ESPALIER_TEST_LEVEL"] == "fast"

  private func network() throws -> Network {
    try ModelZoo.network(
      "resnet20:width=0.5,blocks=2.1.1", input: ImageShape(channels: 1, height: 28, width: 28), classes: 10)
  }

  /// 5 epochs of 8 steps, gates learn in the second to the fourth and move fast.
  private func configuration(_ change: (inout PruningConfiguration) -> Void = { _ in })
    -> TrainingConfiguration
  {
    var configuration = shortConfiguration()
    configuration.epochs = 5
    var pruning = PruningConfiguration()
    pruning.warmupEpochs = 1
    pruning.freezeAt = 4
    pruning.thetaEpochs = 0.3
    pruning.nu = 0.1
    pruning.smoothing = 0.8
    change(&pruning)
    configuration.pruning = pruning
    return configuration
  }

  private func trainer(
    _ configuration: TrainingConfiguration, start: TrainingStart = .seed, in run: RunFolder? = nil,
    device: (any Device)? = nil
  ) throws -> Trainer {
    var network = try network()
    if case .resume(let checkpoint, _) = start { network = checkpoint.network }
    return try Trainer(
      network: network, data: fewImages(), configuration: configuration, device: device ?? openFallback(),
      start: start, folder: run)
  }

  func testAPruningWritesItsFilesAndASmallerModel() throws {
    let run = run("a")
    let result = try trainer(configuration(), in: run).train()
    let outcome = try XCTUnwrap(result.pruning)
    XCTAssertLessThan(outcome.macsFraction, 0.9)
    XCTAssertLessThan(outcome.liveUnits, outcome.units)
    XCTAssertLessThan(outcome.trainingCostFraction, 1)
    let model = try Checkpoint(path: run.model)
    XCTAssertNil(model.progress)
    XCTAssertEqual(try Complexity(model.network), result.complexity)
    let full = Double(try Complexity(network()).multiplyAccumulates)
    XCTAssertEqual(outcome.macsFraction, Double(result.complexity.multiplyAccumulates) / full)
    let evaluation = try model.evaluate(fewImages().test, on: openFallback(), batchSize: 32)
    XCTAssertEqual(evaluation.sums, result.test.sums)

    let rows = try EpochLog<PruningEpoch>(table: run.pruningTable, lines: run.pruningLines, keepingEpochs: 9)
      .rows
    XCTAssertEqual(rows.map(\.phase), [.warmUp, .gates, .gates, .plain, .plain])
    XCTAssertEqual(rows.last?.macs, Double(result.complexity.multiplyAccumulates))
    XCTAssertEqual(rows.last?.units, outcome.liveUnits)
    let spent = rows.map { $0.macs / full }
    // Each epoch costs what the network costs that was trained in it: the one before the epoch's removals.
    XCTAssertEqual(
      outcome.trainingCostFraction, ([1] + spent.dropLast()).reduce(0, +) / 5, accuracy: 1e-12)
    for picture in [run.thetaPicture, run.widthsPicture, run.accuracyPicture] {
      XCTAssertTrue(String(decoding: try bytes(picture), as: UTF8.self).hasPrefix("<svg"), picture)
    }
    let structure = try JSONSerialization.jsonObject(with: bytes(run.structure)) as? [String: Any]
    let removed = try XCTUnwrap(structure?["removed"] as? [Any])
    XCTAssertEqual(removed.count, outcome.units + outcome.blocks - outcome.liveUnits - outcome.liveBlocks)
    for gate in try XCTUnwrap(Checkpoint(path: run.checkpoint(.last)).pruning).removed {
      let theta = try XCTUnwrap(gate.theta)
      switch gate.reason {
      case .notWorthItsPrice: XCTAssertLessThanOrEqual(theta, 0.01)
      case .frozen: XCTAssertLessThan(theta, 0.5)
      case .blockRemoved, .blockEmpty: break
      case .rounding, .method: XCTFail("\(gate.reason) of a pruning without rounding")
      }
    }
  }

  func testWithoutAPriceItIsPlainTraining() throws {
    var plain = configuration()
    plain.pruning = nil
    let expected = try trainer(plain)
    let found = try trainer(configuration { $0.nu = 0 })
    let dense = try trainer(configuration { $0.method = .dense })
    for trainer in [expected, found, dense] { _ = try trainer.train() }
    let state = try expected.checkpoint().state
    XCTAssertTrue(try found.checkpoint().state == state)
    XCTAssertTrue(try dense.checkpoint().state == state)
  }

  func testABudgetIsMet() throws {
    for target in [0.3, 0.6] {
      let result = try trainer(configuration { $0.targetMacs = target }).train()
      XCTAssertEqual(try XCTUnwrap(result.pruning).macsFraction, target, accuracy: 0.02 * target)
    }
    let full = Double(try Complexity(network()).multiplyAccumulates)
    let number = try trainer(configuration { $0.targetMacs = (0.5 * full).rounded() }).train()
    XCTAssertEqual(try XCTUnwrap(number.pruning).macsFraction, 0.5, accuracy: 0.01)
  }

  func testABudgetOfBlocks() throws {
    // Each of the four blocks has about a quarter of the cost.
    let result = try trainer(configuration { ($0.gates, $0.targetMacs) = (.layers, 0.5) }).train()
    XCTAssertEqual(try XCTUnwrap(result.pruning).macsFraction, 0.5, accuracy: 0.15)
  }

  func testPhasesThatCannotBeAreRefused() throws {
    for change in [
      { ($0.warmupEpochs, $0.freezeAt) = (3, 3) }, { $0.targetMacs = 1e12 },
    ] as [(inout PruningConfiguration) -> Void] {
      XCTAssertThrowsError(try trainer(configuration(change))) {
        XCTAssertTrue($0 is ConfigurationError, "\($0)")
      }
    }
    let late = try trainer(configuration { $0.freezeAt = 1e19 })
    XCTAssertEqual(late.totalEpochs, 5)
  }

  /// Fewer epochs than are done already would leave gates that are neither open nor closed.
  func testARunWithLiveGatesDoesNotEndEarlier() throws {
    let run = run("a")
    let first = try trainer(configuration(), in: run)
    first.observer = StoppingObserver(first, afterSteps: 20)
    XCTAssertThrowsError(try first.train())
    let checkpoint = try Checkpoint(path: run.checkpoint(.last))
    var shorter = configuration()
    shorter.epochs = 2
    XCTAssertThrowsError(try trainer(shorter, start: .resume(checkpoint, file: "f"))) {
      XCTAssertTrue("\($0)".contains("not frozen yet"), "\($0)")
    }
  }

  func testBaselinesMeetTheBudget() throws {
    for method in [PruningMethod.uniform, .l1, .random] {
      let result = try trainer(
        configuration {
          $0.method = method
          $0.targetMacs = 0.5
        }
      ).train()
      let outcome = try XCTUnwrap(result.pruning)
      XCTAssertEqual(outcome.macsFraction, 0.5, accuracy: 0.06, "\(method)")
      XCTAssertEqual(outcome.liveBlocks, outcome.blocks, "\(method)")
      XCTAssertEqual(
        outcome.trainingCostFraction,
        method == .uniform ? outcome.macsFraction : (4 + outcome.macsFraction) / 5,
        accuracy: 1e-12)
    }
  }

  func testAGivenCostDecidesOnTheEpochs() throws {
    let uniform = try trainer(
      configuration {
        $0.method = .uniform
        $0.targetMacs = 0.5
        $0.trainingCost = 0.8
      })
    XCTAssertEqual(uniform.totalEpochs, 8)
    let random = try trainer(
      configuration {
        $0.method = .random
        $0.targetMacs = 0.5
        $0.freezeAt = 0.5
        $0.trainingCost = 0.75
      })
    XCTAssertEqual(random.totalEpochs, 5)
  }

  /// Whatever the phase it is stopped in, before and after networks have become smaller.
  func testAResumedPruningEqualsAnUninterruptedOne() throws {
    let changes: [(String, (inout PruningConfiguration) -> Void)] = [
      ("difference", { ($0.layerEstimator, $0.auditImages) = (.difference, 32) }), ("example", { _ in }),
      ("batch", { ($0.masks, $0.targetMacs) = (.batch, 0.5) }),
      ("groups", { ($0.masks, $0.targetMacs, $0.auditImages) = (.groups(4), 0.5, 32) }),
      ("l1", { ($0.method, $0.targetMacs) = (.l1, 0.5) }),
    ]
    for (name, change) in Self.isFast ? Array(changes.prefix(1)) : changes {
      let configuration = configuration(change)
      let whole = run("\(name)-whole")
      _ = try trainer(configuration, in: whole).train()
      for steps in Self.isFast ? [8, 22, 32] : [3, 8, 13, 22, 26, 32, 37] {
        let parts = run("\(name)-\(steps)")
        let first = try trainer(configuration, in: parts)
        first.observer = StoppingObserver(first, afterSteps: steps)
        XCTAssertThrowsError(try first.train())
        let file = parts.checkpoint(.last)
        _ = try trainer(configuration, start: .resume(Checkpoint(path: file), file: file), in: parts).train()
        let context = "\(name), after \(steps) steps"
        XCTAssertEqual(try bytes(file), try bytes(whole.checkpoint(.last)), context)
        XCTAssertEqual(try bytes(parts.pruningTable), try bytes(whole.pruningTable), context)
        XCTAssertEqual(try bytes(parts.structure), try bytes(whole.structure), context)
        XCTAssertEqual(try bytes(parts.thetaPicture), try bytes(whole.thetaPicture), context)
      }
    }
  }

  func testThreadsInstructionSetsAndOpenCLGiveTheSameBits() throws {
    var devices = [
      try DeviceCatalog.open(.cpu(nil), threads: 1).device,
      try DeviceCatalog.open(.cpu(nil), threads: 3).device,
    ]
    if !OpenCLDevices.list().isEmpty {
      devices.append(try DeviceCatalog.open(.openCL(index: nil, family: .cpu)).device)
    }
    var first: Checkpoint?
    for device in devices {
      let trainer = try trainer(configuration(), device: device)
      _ = try trainer.train()
      let checkpoint = try trainer.checkpoint()
      XCTAssertTrue(checkpoint == first ?? checkpoint, device.information.identifier)
      first = checkpoint
    }
  }

  func testShrinkingBuildsNoProgram() throws {
    try requireOpenCL()
    for family in Self.isFast ? [.cpu] : DeviceRequest.Family.allCases {
      let device = try DeviceCatalog.open(.openCL(index: nil, family: family)).device
      let trainer = try trainer(configuration(), device: device)
      let observer = BuildCountingObserver(device, from: 2)
      trainer.observer = observer
      let result = try trainer.train()
      XCTAssertLessThan(try XCTUnwrap(result.pruning).macsFraction, 1)
      XCTAssertEqual(device.programBuilds, observer.builds, family.rawValue)
    }
  }

  /// What a training step sees is the same with masks and without what they mask.
  func testTheLossIsTheSameAfterAShrink() throws {
    let device = try openFallback()
    var random = RandomStream(seed: 3, stream: .test)
    for model in [
      "resnet20", "resnet20:shortcut=b,width=0.5", "vgg11:width=0.25", "vgg11:skips=1,width=0.25",
    ] {
      let network = try ModelZoo.network(
        model, input: ImageShape(channels: 3, height: 32, width: 32), classes: 10)
      let layout = try GateLayout(network, scope: .all)
      let drawn = (0..<layout.count).map { _ in random.uniform() < 0.6 }
      let theta = drawn.map { $0 ? 1.0 : 0 }
      let isKept = PruningRule.close(drawn, in: layout, theta: theta).isKept
      let surgery = try network.removing(layout.removal(keeping: isKept))
      let images = (0..<16 * 3 * 32 * 32).map { _ in Float(random.standardNormal()) }
      func session(_ network: Network, _ gates: StochasticGates?) throws -> TrainingSession {
        try TrainingSession(
          network: network, device: device, batchSize: 16, optimizer: OptimizerConfiguration(),
          labelSmoothing: 0, stochasticGates: gates)
      }
      func loss(_ session: TrainingSession) throws -> Double {
        try images.withUnsafeBufferPointer { images in
          try (0..<16).map { Int32($0 % 10) }.withUnsafeBufferPointer {
            try session.batchPass(images: images, labels: $0)
          }
        }
        var losses: [Float] = []
        try session.losses(into: &losses)
        return losses.reduce(0) { $0 + Double($1) } / 16
      }
      let masked = try session(layout.gated.network, StochasticGates(rows: 16))
      try masked.initialise(seed: 4)
      var values: [Float] = []
      let gates: [Float] = isKept.map { $0 ? 1 : 0 }
      layout.expand((0..<16).flatMap { _ in gates }, rows: 16, into: &values)
      try masked.setStochasticGates(values)
      let shrunk = try session(surgery.network, nil)
      try shrunk.load(surgery.apply(to: masked.state()))
      let before = try loss(masked)
      XCTAssertEqual(try loss(shrunk), before, accuracy: 1e-5 * before, model)
    }
  }

  func testANetworkThatDiesIsSaidSo() throws {
    XCTAssertThrowsError(try trainer(configuration { ($0.nu, $0.alpha) = (50, 0.5) }).train()) { error in
      guard case PruningError.networkDied = error else { return XCTFail("\(error)") }
      XCTAssertTrue("\(error)".contains("--nu 16.7"), "\(error)")
    }
  }

  func testAWholeStageMayGo() throws {
    // Blocks are all that has gates, and cost nearly nothing but in the last stage.
    let result = try trainer(configuration { ($0.gates, $0.alpha, $0.nu, $0.beta) = (.layers, 0, 0.3, 1) })
      .train()
    let outcome = try XCTUnwrap(result.pruning)
    XCTAssertEqual(outcome.units, 0)
    XCTAssertGreaterThan(outcome.liveBlocks, 0)
    XCTAssertLessThan(outcome.liveBlocks, outcome.blocks)
  }

  func testGatesThatNeverSettleTakeTheMoreProbableValue() throws {
    final class Statuses: TrainingObserver {
      var last: PruningStatus?
      func trainingPrunes(_ status: PruningStatus) { last = status }
    }
    for theta in [0.6, 0.4] {
      // In three epochs, gates that take 1000 to fall do not move away from where they begin.
      let trainer = try trainer(
        configuration {
          ($0.initialTheta, $0.thetaEpochs, $0.targetMacs) = (theta, 1000, theta < 0.5 ? 0.5 : nil)
        })
      let statuses = Statuses()
      trainer.observer = statuses
      let outcome = try XCTUnwrap(trainer.train().pruning)
      XCTAssertEqual(outcome.undecidedFraction, 1)
      XCTAssertEqual(statuses.last?.undecidedFraction, 1)
      // Without a budget ½ decides; with one, the most probable gates that fit.
      if theta > 0.5 {
        XCTAssertEqual(outcome.macsFraction, 1)
      } else {
        XCTAssertLessThan(outcome.macsFraction, 0.55)
      }
      XCTAssertGreaterThan(outcome.macsFraction, 0.3)
    }
    XCTAssertThrowsError(
      try trainer(configuration { ($0.initialTheta, $0.thetaEpochs) = (0.4, 1000) }).train(),
      "nothing would be left"
    ) { XCTAssertTrue($0 is PruningError, "\($0)") }
  }

  func testWidthsAreRounded() throws {
    for (name, target) in [("price", nil), ("budget", 0.5)] as [(String, Double?)] {
      try checkRounding(targetMacs: target, in: run(name))
    }
  }

  private func checkRounding(targetMacs: Double?, in run: RunFolder) throws {
    _ = try trainer(
      configuration {
        ($0.rounding, $0.nu, $0.gates, $0.targetMacs) = (.multiples(of: 4), 0.3, .both, targetMacs)
      }, in: run
    ).train()
    let checkpoint = try Checkpoint(path: run.checkpoint(.last))
    let pruning = try XCTUnwrap(checkpoint.pruning)
    for (entry, count) in zip(pruning.structure.entries, pruning.structure.counts(of: pruning.survivors))
    where entry.kind == .units && count > 4 {
      XCTAssertEqual(count % 4, 0, entry.name)
    }
  }

  func testDamagedProgressIsRefused() throws {
    let run = run("a")
    let first = try trainer(configuration(), in: run)
    first.observer = StoppingObserver(first, afterSteps: 10)
    XCTAssertThrowsError(try first.train())
    let checkpoint = try Checkpoint(path: run.checkpoint(.last))
    let damages: [(inout PruningProgress) -> Void] = [
      { $0.state?.theta.removeLast() }, { $0.state?.theta[0] = 3 }, { $0.survivors.append(1 << 40) },
      { $0.state?.original[0] = -1 }, { $0.full.multiplyAccumulates = 0 },
    ]
    for (index, damage) in damages.enumerated() {
      var damaged = checkpoint
      if var pruning = damaged.pruning {
        damage(&pruning)
        damaged.pruning = pruning
      }
      XCTAssertThrowsError(try trainer(configuration(), start: .resume(damaged, file: "f")), "\(index)") {
        XCTAssertTrue($0 is CheckpointError, "\(index): \($0)")
      }
    }
    var plain = checkpoint
    plain.pruning = nil
    XCTAssertThrowsError(try trainer(configuration(), start: .resume(plain, file: "f")))
  }
}

/// Notes how many programs were built when an epoch began.
private final class BuildCountingObserver: TrainingObserver {
  private let device: any Device
  private let epoch: Int
  private(set) var builds = -1

  init(_ device: any Device, from epoch: Int) {
    self.device = device
    self.epoch = epoch
  }

  func trainingAdvances(_ status: TrainingStatus) {
    // Evaluation and what is compiled late have run once by then.
    if status.epoch == epoch, status.step == 1 { builds = device.programBuilds }
  }
}
