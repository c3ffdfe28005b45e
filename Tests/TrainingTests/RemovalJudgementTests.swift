import Datasets
import Devices
import Foundation
import ModelZoo
import Networks
import Pruning
import Training
import XCTest

/// What is removed was not worth its price, as measured at that moment; and gates end at 0 or 1.
final class RemovalJudgementTests: XCTestCase {
  private static let level = ProcessInfo.processInfo.environment["ESPALIER_TEST_LEVEL"]

  override func setUpWithError() throws {
    try XCTSkipIf(Self.level == "fast", "takes a minute; tools/test without --fast runs it")
  }

  private var seeds: ClosedRange<UInt64> { Self.level == "all" ? 1...5 : 1...1 }

  func testOnTheToy() throws {
    var configuration = TrainingConfiguration()
    configuration.epochs = 40
    configuration.learningRate = 0.05
    configuration.augmentation = .none
    configuration.optimizer.weightDecay = 5e-4
    var pruning = PruningConfiguration()
    pruning.nu = 0.05
    pruning.gates = .both
    pruning.warmupEpochs = 0
    pruning.initialTheta = 0.5
    pruning.freezeAt = 32
    pruning.thetaEpochs = 4
    pruning.auditImages = 2048
    configuration.pruning = pruning
    try check(
      configuration, network: ToyTeacher.student(blocks: 6),
      data: ToyTeacher.data(training: 10_000, test: 1000))
  }

  func testOnTheSample() throws {
    var configuration = TrainingConfiguration()
    configuration.epochs = 10
    configuration.batchSize = 32
    configuration.optimizer.nesterov = true
    var pruning = PruningConfiguration()
    pruning.nu = 0.1
    pruning.gates = .both
    pruning.freezeAt = 8
    pruning.thetaEpochs = 1.5
    pruning.smoothing = 0.995
    pruning.auditImages = 512
    configuration.pruning = pruning
    let data = try TrainingData(.sample)
    try check(
      configuration,
      network: ModelZoo.network("resnet20:blocks=1.1.1", input: data.input, classes: 10), data: data)
  }

  private func check(_ configuration: TrainingConfiguration, network: Network, data: TrainingData) throws {
    var (justified, removed) = (0, 0)
    for seed in seeds {
      var configuration = configuration
      configuration.seed = seed
      let trainer = try Trainer(
        network: network, data: data, configuration: configuration,
        device: DeviceCatalog.open(.cpu(nil)).device)
      let result = try trainer.train()
      let progress = try XCTUnwrap(trainer.checkpoint().pruning)
      let undecided = try XCTUnwrap(progress.undecidedShare)
      let outcome = try XCTUnwrap(result.pruning)
      print("seed \(seed): top-1 \(result.test.top1), \(outcome); undecided \(undecided)")
      XCTAssertLessThanOrEqual(undecided, 0.1, "seed \(seed)")
      XCTAssertEqual(undecided, outcome.undecidedFraction)
      for gate in progress.removed {
        guard let change = gate.lossChange, let error = gate.lossChangeError, let price = gate.price else {
          continue
        }
        removed += 1
        if change <= price + 2 * error { justified += 1 }
      }
      XCTAssertLessThan(outcome.liveUnits, outcome.units, "seed \(seed): nothing was removed")
    }
    XCTAssertGreaterThan(removed, 5)
    print("\(justified) of \(removed) removals justified")
    // One seed removes too few to tell 95 % from 90 %.
    let share = Self.level == "all" ? 0.95 : 0.9
    XCTAssertGreaterThanOrEqual(
      Double(justified), share * Double(removed), "\(justified) of \(removed)")
  }
}
