import Devices
import Foundation
import ModelZoo
import Networks
import Pruning
import Training
import XCTest

/// Training with Adam and AdamW.
final class AdaptiveTrainingTests: TrainingTestCase {
  private func configuration(_ method: OptimizerMethod = .adamw) -> TrainingConfiguration {
    var configuration = shortConfiguration()
    configuration.learningRate = 0.01
    configuration.optimizer = OptimizerConfiguration(method: method, weightDecay: 0.01)
    return configuration
  }

  func testTrainingLearns() throws {
    for method in [OptimizerMethod.adam, .adamw] {
      var configuration = configuration(method)
      configuration.epochs = 6
      configuration.augmentation = .none
      let trainer = try makeTrainer(configuration)
      _ = try trainer.train()
      XCTAssertLessThan(trainer.epochs[5].trainLoss, trainer.epochs[0].trainLoss - 0.05, "\(method)")
    }
  }

  func testAResumedRunEqualsAnUninterruptedOne() throws {
    let whole = run("whole")
    _ = try makeTrainer(configuration(), in: whole).train()
    for steps in [0, 3, 8, 21] {
      let parts = run("parts\(steps)")
      let trainer = try makeTrainer(configuration(), in: parts)
      if steps == 0 { trainer.cancellation.request() }
      trainer.observer = StoppingObserver(trainer, afterSteps: steps)
      XCTAssertThrowsError(try trainer.train())
      let file = parts.checkpoint(.last)
      let checkpoint = try Checkpoint(path: file)
      XCTAssertEqual(checkpoint.state.adaptive?.updates, steps)
      _ = try makeTrainer(configuration(), start: .resume(checkpoint, file: file), in: parts).train()
      XCTAssertEqual(try bytes(file), try bytes(whole.checkpoint(.last)), "after \(steps) steps")
    }
  }

  func testAResumedPruningEqualsAnUninterruptedOne() throws {
    let network = try ModelZoo.network(
      "resnet20:width=0.5,blocks=2.1.1", input: ImageShape(channels: 1, height: 28, width: 28), classes: 10)
    var configuration = configuration()
    configuration.epochs = 5
    var pruning = PruningConfiguration()
    (pruning.warmupEpochs, pruning.freezeAt, pruning.thetaEpochs) = (1, 4, 0.3)
    (pruning.targetMacs, pruning.smoothing) = (0.5, 0.8)
    configuration.pruning = pruning
    func trainer(_ start: TrainingStart, in run: RunFolder) throws -> Trainer {
      var current = network
      if case .resume(let checkpoint, _) = start { current = checkpoint.network }
      return try Trainer(
        network: current, data: fewImages(), configuration: configuration, device: openFallback(),
        start: start, folder: run)
    }
    let whole = run("whole")
    let result = try trainer(.seed, in: whole).train()
    XCTAssertEqual(try XCTUnwrap(result.pruning).macsFraction, 0.5, accuracy: 0.02)
    let moments = try XCTUnwrap(Checkpoint(path: whole.checkpoint(.last)).state.adaptive)
    XCTAssertEqual(moments.updates, 40)
    let full = try ParameterTable(network)
    XCTAssertLessThan(
      moments.secondMoments.values.reduce(0) { $0 + $1.count }, full.parameterCount, "it has been cut")
    for steps in [3, 22, 32, 37] {
      let parts = run("parts\(steps)")
      let first = try trainer(.seed, in: parts)
      first.observer = StoppingObserver(first, afterSteps: steps)
      XCTAssertThrowsError(try first.train())
      let file = parts.checkpoint(.last)
      _ = try trainer(.resume(Checkpoint(path: file), file: file), in: parts).train()
      XCTAssertEqual(try bytes(file), try bytes(whole.checkpoint(.last)), "after \(steps) steps")
      XCTAssertEqual(try bytes(parts.structure), try bytes(whole.structure), "after \(steps) steps")
    }
  }

  func testATrainingDoesNotGoOnWithAnotherKindOfOptimiser() throws {
    for (first, second) in [(OptimizerMethod.sgd, OptimizerMethod.adam), (.adamw, .sgd)] {
      let checkpoint = try makeTrainer(configuration(first)).checkpoint()
      XCTAssertThrowsError(
        try makeTrainer(configuration(second), start: .resume(checkpoint, file: "f"))
      ) { error in
        guard case .otherTraining = (error as? CheckpointError)?.problem else { return XCTFail("\(error)") }
        XCTAssertTrue("\(error)".contains("second moments"), "\(error)")
      }
    }
  }

  func testWeightsOfAnotherRunBeginWithoutMoments() throws {
    let first = try makeTrainer(configuration())
    _ = try first.train()
    let checkpoint = try first.checkpoint()
    let state = try makeTrainer(configuration(), start: .weights(checkpoint, file: "f")).checkpoint().state
    XCTAssertEqual(state.parameters, checkpoint.state.parameters)
    let moments = try XCTUnwrap(state.adaptive)
    XCTAssertEqual(moments.updates, 0)
    for values in [state.momentum, moments.secondMoments] {
      XCTAssertTrue(values.values.allSatisfy { $0.allSatisfy { $0 == 0 } })
    }
    XCTAssertNil(
      try makeTrainer(start: .weights(checkpoint, file: "f")).checkpoint().state.adaptive, "sgd has none")
  }

  func testMomentsThatAreNoNumbersEndTheTraining() throws {
    let trainer = try makeTrainer(configuration())
    var checkpoint = try trainer.checkpoint()
    checkpoint.state.adaptive?.secondMoments["linear.bias"]?[3] = .infinity
    let resumed = try makeTrainer(configuration(), start: .resume(checkpoint, file: "f"))
    XCTAssertThrowsError(try resumed.checkpoint()) { error in
      guard case .diverged(let quantity, _, _, _, _) = error as? TrainingError else {
        return XCTFail("\(error)")
      }
      XCTAssertEqual(quantity, "tensor linear.bias")
    }
  }

  func testConversionLeavesTheMomentsOut() throws {
    let checkpoint = try makeTrainer(configuration()).checkpoint()
    let conversion = try Conversion(weightsOf: checkpoint)
    XCTAssertNil(conversion.checkpoint.state.adaptive)
    for name in ["optimizer.momentum.conv.weight", "optimizer.second_moment.conv.weight"] {
      XCTAssertTrue(conversion.ignored.contains(name), name)
    }
  }
}
