import Bundles
import Datasets
import Foundation
import ModelZoo
import Networks
import Training
import XCTest

/// Trains networks too deep for their width, from which conflicting blocks go.
final class ConflictRemovalTests: TrainingTestCase {
  private static let isFast = ProcessInfo.processInfo.environment["ESPALIER_TEST_LEVEL"] == "fast"

  private func network(_ name: String = "mlp:width=10,depth=30") throws -> Network {
    try ModelZoo.network(name, input: ImageShape(channels: 1, height: 28, width: 28), classes: 10)
  }

  private func configuration(_ change: (inout ConflictRemovalConfiguration) -> Void = { _ in })
    -> TrainingConfiguration
  {
    var configuration = shortConfiguration()
    configuration.learningRate = 0.01
    configuration.augmentation = .none
    configuration.bundles = BundleMonitoring(every: 1)
    configuration.bundles?.probe.samples = 128
    var removal = ConflictRemovalConfiguration()
    change(&removal)
    configuration.conflictRemoval = removal
    return configuration
  }

  private func trainer(
    _ configuration: TrainingConfiguration, _ network: Network? = nil, data: TrainingData? = nil,
    start: TrainingStart = .seed, in run: RunFolder? = nil
  ) throws -> Trainer {
    var first = try network ?? self.network()
    if case .resume(let checkpoint, _) = start { first = checkpoint.network }
    return try Trainer(
      network: first, data: data ?? fewImages(), configuration: configuration, device: openFallback(),
      start: start,
      folder: run)
  }

  private final class Checks: TrainingObserver {
    var found: [ConflictCheck] = []
    func trainingJudgesConflicts(_ check: ConflictCheck) { found.append(check) }
  }

  /// Trains and returns what was decided.
  private func checks(
    _ configuration: TrainingConfiguration, _ network: Network? = nil
  ) throws -> (checks: [ConflictCheck], result: TrainingResult, trainer: Trainer) {
    let trainer = try trainer(configuration, network)
    let observer = Checks()
    trainer.observer = observer
    let result = try trainer.train()
    return (observer.found, result, trainer)
  }

  func testConflictsGoAndTheRunSaysWhich() throws {
    let run = run("a")
    let trainer = try trainer(configuration(), in: run)
    let result = try trainer.train()
    let outcome = try XCTUnwrap(result.conflicts)
    XCTAssertGreaterThan(outcome.restarts, 0)
    XCTAssertEqual(outcome.ending, .finished)
    XCTAssertFalse(outcome.removed.isEmpty)
    XCTAssertEqual(outcome.blocks, 29)
    XCTAssertLessThan(outcome.macsFraction, 1)
    let progress = try XCTUnwrap(Checkpoint(path: run.checkpoint(.last)).conflicts)
    let full = Double(try Complexity(network()).multiplyAccumulates)
    let spent = try progress.checks.filter { $0.step == .restart }.enumerated().map { attempt, check in
      let missing = attempt == 0 ? [] : progress.restarts.removed[attempt - 1]
      let network = try network().withoutBlocks(Set(missing))
      return Double(check.epoch) * Double(try Complexity(network).multiplyAccumulates) / full
    }
    XCTAssertEqual(
      outcome.trainingCostFraction, (spent.reduce(0, +) + 3 * outcome.macsFraction) / 3, accuracy: 1e-12)
    let model = try Checkpoint(path: run.model)
    XCTAssertEqual(try Complexity(model.network), result.complexity)
    XCTAssertEqual(model.network, try network().withoutBlocks(Set(outcome.removed)))
    let evaluation = try model.evaluate(fewImages().test, on: openFallback(), batchSize: 32)
    XCTAssertEqual(evaluation.sums, result.test.sums)

    let report = try XCTUnwrap(
      try JSONSerialization.jsonObject(with: bytes(run.conflictsReport)) as? [String: Any])
    let restarts = try XCTUnwrap(report["restarts"] as? [[String]])
    XCTAssertEqual(restarts.last, outcome.removed)
    let looks = try XCTUnwrap(report["checks"] as? [[String: Any]])
    XCTAssertEqual(looks.last?["step"] as? String, "finished")
    let table = String(decoding: try bytes(run.conflictsTable), as: UTF8.self).split(separator: "\n")
    XCTAssertEqual(table.count, 1 + looks.reduce(0) { $0 + (($1["blocks"] as? [Any])?.count ?? 0) })
    // What went conflicted, and nothing that did not.
    for line in table.dropFirst() where line.hasSuffix("true") {
      XCTAssertTrue(line.contains(",conflicting,"), "\(line)")
    }
    XCTAssertTrue(String(decoding: try bytes(run.conflictsPicture), as: UTF8.self).hasPrefix("<svg"))
    // Only the last training's epochs are in the tables.
    let rows = try EpochLog<EpochMetrics>(run, keepingEpochs: 9).rows
    XCTAssertEqual(rows.map(\.epoch), [1, 2, 3])
    XCTAssertEqual(trainer.bundleEpochs.map(\.epoch), [0, 1, 2, 3])
    XCTAssertEqual(trainer.bundleEpochs[0].report.layers.count, 30 - outcome.removed.count)
  }

  /// Stopped before a restart, behind one, and in the last training.
  func testAResumedRemovalEqualsAnUninterruptedOne() throws {
    var settings: [(String, TrainingConfiguration, Double)] = []
    for restart in ConflictRemovalConfiguration.Restart.allCases {
      settings.append(("\(restart)", configuration { $0.restart = restart }, 0))
    }
    var adaptive = configuration { $0.restart = .warm }
    (adaptive.optimizer.method, adaptive.epochs) = (.adamw, 4)
    adaptive.bundles = BundleMonitoring(every: 2)
    adaptive.bundles?.probe.samples = 64
    settings.append(("adam", adaptive, 0.25))
    settings.append(("bisect", configuration { $0.rule = .bisect }, 0))
    for (name, configuration, validation) in Self.isFast ? Array(settings.suffix(2)) : settings {
      let data = try fewImages(validationFraction: validation)
      func train(_ run: RunFolder, stop: Int? = nil) throws {
        let file = run.checkpoint(.last)
        let start: TrainingStart =
          FileManager.default.fileExists(atPath: file)
          ? .resume(try Checkpoint(path: file), file: file) : .seed
        let trainer = try trainer(configuration, data: data, start: start, in: run)
        let observer = stop.map { StoppingObserver(trainer, afterSteps: $0) }
        trainer.observer = observer
        if stop == nil { _ = try trainer.train() } else { XCTAssertThrowsError(try trainer.train()) }
      }
      let whole = run(name)
      try train(whole)
      for steps in Self.isFast ? [8, 20] : [3, 8, 11, 16, 20] {
        let parts = run("\(name)-\(steps)")
        try train(parts, stop: steps)
        try train(parts)
        for path in [
          parts.conflictsReport, parts.conflictsTable, parts.bundlesTable, parts.model,
          parts.checkpoint(.last),
        ] + (validation > 0 ? [parts.checkpoint(.best)] : []) {
          let other = whole.path + path.dropFirst(parts.path.count)
          XCTAssertTrue(try bytes(path) == bytes(other), "\(path) after \(steps) steps")
        }
      }
    }
  }

  func testAWarmRestartKeepsWeights() throws {
    final class States: TrainingObserver {
      weak var trainer: Trainer?
      var before: [String: [Float]] = [:]
      var after: [String: [Float]] = [:]
      var removed: [String] = []
      func trainingJudgesConflicts(_ check: ConflictCheck) {
        guard check.attempt == 0, check.step == .restart else { return }
        removed = check.removed
        before = (try? trainer?.checkpoint().state.parameters) ?? [:]
      }
      func trainingMeasuresBundles(_ report: BundleReport, epoch: Int) {
        if !removed.isEmpty, after.isEmpty { after = (try? trainer?.checkpoint().state.parameters) ?? [:] }
      }
    }
    for restart in ConflictRemovalConfiguration.Restart.allCases {
      let trainer = try trainer(configuration { $0.restart = restart })
      let states = States()
      states.trainer = trainer
      trainer.observer = states
      _ = try trainer.train()
      XCTAssertFalse(states.removed.isEmpty)
      XCTAssertEqual(
        Set(states.before.keys).subtracting(states.after.keys),
        Set(states.removed.flatMap { ["\($0).weight", "\($0).bias"] }))
      // The last layer's place has changed, and with it what is drawn for it.
      XCTAssertEqual(
        states.after["linear.weight"] == states.before["linear.weight"], restart == .warm, "\(restart)")
    }
  }

  /// Bisection ends with the largest network that does not conflict, where depth decides on that.
  func testBisectionFindsTheDeepestNetworkWithoutConflict() throws {
    let deep = try network("mlp:width=10,depth=13")
    for deepest in 4...11 {
      var configuration = ConflictRemovalConfiguration()
      (configuration.rule, configuration.checkEpochs) = (.bisect, 1)
      var remover = try ConflictRemover(
        configuration, network: deep, saved: nil, epochs: 5, measuresEvery: 1)
      var current = deep
      while remover.progress.ending == nil {
        let names = try current.removableBlocks().map(\.name)
        let conflicting = names.count > deepest ? names.dropFirst(3) : []
        current =
          try remover.decide(report(current, conflicting: Set(conflicting)), network: current, epoch: 0)
          ?? current
      }
      XCTAssertEqual(remover.progress.ending, .finished)
      XCTAssertEqual(try current.removableBlocks().count, deepest)
      XCTAssertLessThanOrEqual(remover.progress.attempt, 5)
      XCTAssertEqual(
        remover.progress.checks.contains { !$0.restored.isEmpty }, deepest > 4, "\(deepest)")
    }
  }

  func testBisectionTrains() throws {
    let some = try checks(configuration { $0.rule = .bisect })
    XCTAssertEqual(some.result.conflicts?.ending, .finished)
    XCTAssertGreaterThan(try XCTUnwrap(some.result.conflicts).restarts, 1)
    // The network it ends with was measured, and did not conflict.
    XCTAssertTrue(try XCTUnwrap(some.checks.last).blocks.allSatisfy { $0.verdict == .notConflicting })
  }

  func testThereIsAnEnd() throws {
    let few = try checks(configuration { ($0.rule, $0.maximumRestarts) = (.earliestOnly, 2) })
    XCTAssertEqual(few.result.conflicts?.ending, .tooManyRestarts)
    XCTAssertEqual(few.result.conflicts?.restarts, 2)
    XCTAssertEqual(few.result.conflicts?.removed.count, 2)
    XCTAssertEqual(few.result.epochs, 3, "it trains to its end anyway")
    let none = try checks(configuration { ($0.maximumRestarts) = 0 })
    XCTAssertEqual(none.result.conflicts?.ending, .tooManyRestarts)
    XCTAssertEqual(none.result.conflicts?.macsFraction, 1)
    let calm = try checks(configuration { $0.threshold = 3 })
    XCTAssertEqual(calm.result.conflicts?.ending, .finished)
    XCTAssertEqual(calm.checks.count, 3, "before each of the three epochs")
  }

  /// A search that may not restart any more ends with the network that it has, if that is without conflict.
  func testABisectionThatMayNotGoOnIsFinished() throws {
    let deep = try network("mlp:width=10,depth=13")
    var configuration = ConflictRemovalConfiguration()
    (configuration.rule, configuration.checkEpochs, configuration.maximumRestarts) = (.bisect, 1, 1)
    var remover = try ConflictRemover(
      configuration, network: deep, saved: nil, epochs: 5, measuresEvery: 1)
    let half = try XCTUnwrap(
      remover.decide(
        report(deep, conflicting: ["hidden.9", "hidden.10", "hidden.11", "hidden.12"]), network: deep,
        epoch: 0))
    XCTAssertNil(try remover.decide(report(half, conflicting: []), network: half, epoch: 0))
    XCTAssertEqual(remover.progress.ending, .finished)
  }

  func testBlocksOfOneNameAreRefused() throws {
    let twice = Network(
      name: "twice", input: ImageShape(channels: 1, height: 8, width: 8), classes: 3,
      nodes: [
        Node("conv1", .convolution(.init(4, kernel: 3)), Network.inputName), Node("relu", .relu, "conv1"),
        Node("b.0.conv1", .convolution(.init(4, kernel: 3)), "relu"), Node("b.0.relu1", .relu, "b.0.conv1"),
        Node("b.0.pool", .pooling(.init(.maximum, kernel: 2, stride: 2)), "b.0.relu1"),
        Node("b.0.conv2", .convolution(.init(4, kernel: 3)), "b.0.pool"),
        Node("b.0.relu2", .relu, "b.0.conv2"),
        Node("pool", .globalAveragePool, "b.0.relu2"), Node("linear", .linear(.init(3)), "pool"),
      ])
    XCTAssertEqual(twice.chainBlocks().map(\.name), ["b.0", "b.0"])
    XCTAssertThrowsError(
      try ConflictRemover(.init(), network: twice, saved: nil, epochs: 5, measuresEvery: 1)
    ) { XCTAssertEqual($0 as? BundleError, .duplicateBlock("b.0")) }
  }

  func testLaterLooksDecideNothing() throws {
    let early = try checks(configuration { ($0.checkEpochs, $0.threshold) = (1, 3) })
    XCTAssertEqual(early.checks.map(\.epoch), [0])
    XCTAssertEqual(early.checks.last?.step, .finished)
    XCTAssertEqual(early.trainer.bundleEpochs.count, 4, "they are noted all the same")
  }

  /// What was found in the blocks of a network, of which some mix two labels.
  private func report(_ network: Network, conflicting: Set<String>) throws -> BundleReport {
    func layer(_ name: String, mixes: Bool) throws -> LayerBundles {
      var collector = BundleCollector()
      for sample in 0..<8 {
        try collector.add([BundleKey(UInt32(mixes ? 1 : sample), 0, 0, 0)], labels: [sample % 2])
      }
      return LayerBundles(name: name, collector.partition, inputEntropy: 0)
    }
    return BundleReport(
      samples: 8, input: try layer(Network.inputName, mixes: false),
      layers: try network.removableBlocks().map {
        try layer($0.branchEnd, mixes: conflicting.contains($0.name))
      })
  }

  /// Blocks that change a size and the last of their kind stay, unless protection is off; then the guard of
  /// multiply-accumulates holds those without which the network would cost more.
  func testProtectionAndTheGuard() throws {
    let deep = try network("bundle-vgg10:width=0.05,blocks=1.3.4.2")
    let all = Set(try deep.removableBlocks().map(\.name))
    func left(
      _ conflicting: Set<String>, in network: Network? = nil,
      _ change: (inout ConflictRemovalConfiguration) -> Void = { _ in }
    )
      throws -> (blocks: [String], step: RemovalStep?)
    {
      var configuration = ConflictRemovalConfiguration()
      change(&configuration)
      let network = network ?? deep
      var remover = try ConflictRemover(
        configuration, network: network, saved: nil, epochs: 5, measuresEvery: 1)
      let next = try remover.decide(report(network, conflicting: conflicting), network: network, epoch: 0)
      return (try (next ?? network).removableBlocks().map(\.name), remover.progress.checks.last?.step)
    }
    let protected = try left(all)
    XCTAssertEqual(protected.blocks, ["layer1.0", "layer2.0", "layer3.0", "layer4.0"])
    XCTAssertEqual(protected.step, .restart)
    let nothing = try left(["layer1.0", "layer2.0"])
    XCTAssertEqual(nothing.blocks.count, 10)
    XCTAssertEqual(nothing.step, .noProgress)
    // Without its second type the third would work on maps four times as large.
    let second: Set = ["layer2.0", "layer2.1", "layer2.2"]
    let guarded = try left(second) { $0.protection = .none }
    XCTAssertEqual(guarded.blocks.filter { $0.hasPrefix("layer2") }, ["layer2.0"])
    let unguarded = try left(second) { ($0.protection, $0.guardsMacs) = (.none, false) }
    XCTAssertEqual(unguarded.blocks.filter { $0.hasPrefix("layer2") }, [])
    XCTAssertGreaterThan(
      try Complexity(deep.withoutBlocks(second)).multiplyAccumulates,
      try Complexity(deep).multiplyAccumulates)
    // Where the first block is held, the next has its turn.
    let single = try network("bundle-vgg10:width=0.05,blocks=1.1.2.1")
    let next = try left(["layer2.0", "layer3.1"], in: single) {
      ($0.protection, $0.rule) = (.none, .earliestOnly)
    }
    XCTAssertEqual(next.blocks, ["layer1.0", "layer2.0", "layer3.0", "layer4.0"])
    let empty = try left(all) { ($0.protection, $0.guardsMacs) = (.none, false) }
    XCTAssertEqual(empty.step, .emptyNetwork)
    XCTAssertEqual(empty.blocks.count, 10)
  }

  func testAResidualNetworkIsJudgedByItsBranches() throws {
    var configuration = configuration { $0.threshold = 0.5 }
    configuration.epochs = 1
    let found = try checks(configuration, network("resnet20:width=0.25,blocks=2.1.1"))
    let check = try XCTUnwrap(found.checks.first)
    XCTAssertEqual(check.blocks.map(\.block.name), ["layer1.0", "layer1.1", "layer2.0", "layer3.0"])
    XCTAssertEqual(check.blocks.map(\.block.isProtected), [false, false, true, true])
    XCTAssertTrue(found.trainer.bundleEpochs[0].report.layers.contains { $0.name == "layer1.0.bn2" })
  }

  func testWhatCannotBeIsRefused() throws {
    func refusal(_ configuration: TrainingConfiguration, _ network: Network? = nil) -> String {
      var message = ""
      XCTAssertThrowsError(try trainer(configuration, network).train()) { message = "\($0)" }
      return message
    }
    XCTAssertTrue(refusal(configuration { ($0.rule, $0.restart) = (.bisect, .warm) }).contains("bisect"))
    var blind = configuration()
    blind.bundles = nil
    XCTAssertTrue(refusal(blind).contains("bundles"))
    var other = configuration()
    other.bundles?.probe.values = .blocks
    XCTAssertTrue(refusal(other).contains("layers"), refusal(other))
    XCTAssertTrue(refusal(configuration(), tinyNetwork()).contains("no blocks"))
    // A checkpoint of a plain training, and damaged progress.
    let plain = run("plain")
    var simple = configuration()
    simple.conflictRemoval = nil
    _ = try trainer(simple, in: plain).train()
    let file = plain.checkpoint(.last)
    XCTAssertThrowsError(
      try trainer(configuration(), start: .resume(Checkpoint(path: file), file: file))
    ) { XCTAssertTrue("\($0)".contains("removes no conflicts"), "\($0)") }
    let run = run("b")
    _ = try trainer(configuration(), in: run).train()
    for damage: (inout ConflictRemovalProgress) throws -> Void in [
      { $0.original = try self.network("mlp:width=10,depth=8") }, { $0.lostCost = -.infinity },
      { $0.ending = .restart }, { $0.restarts = RemovalProgress() },
    ] {
      var damaged = try Checkpoint(path: run.checkpoint(.last))
      try damage(&damaged.conflicts!)
      XCTAssertThrowsError(try trainer(configuration(), start: .resume(damaged, file: "f"))) {
        XCTAssertTrue($0 is CheckpointError, "\($0)")
      }
    }
    // A search is over, or would begin again, with other epochs.
    let whole = run.checkpoint(.last)
    for (epochs, isAllowed) in [(2, false), (3, true), (20, false)] {
      var other = configuration()
      other.epochs = epochs
      let resumed = Result { try trainer(other, start: .resume(Checkpoint(path: whole), file: whole)) }
      if isAllowed { XCTAssertNoThrow(try resumed.get()) } else { XCTAssertThrowsError(try resumed.get()) }
    }
  }
}
