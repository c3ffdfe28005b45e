import Datasets
import Devices
import Foundation
import Networks
import Training
import ModelZoo
import XCTest

/// A test with a folder of its own, a tiny network, and few small images.
class TrainingTestCase: XCTestCase {
  private(set) var folder = ""

  override func setUpWithError() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("training-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    folder = url.path
    addTeardownBlock { try FileManager.default.removeItem(at: url) }
  }

  /// relu(bn(conv x)), pooled, for images of the sample.
  func tinyNetwork(channels: Int = 4, classes: Int = 10) -> Network {
    Network(
      name: "tiny", input: ImageShape(channels: 1, height: 28, width: 28), classes: classes,
      nodes: [
        Node("conv", .convolution(.init(channels, kernel: 3, stride: 2)), Network.inputName),
        Node("bn", .batchNorm, "conv"),
        Node("relu", .relu, "bn"),
        Node("pool", .globalAveragePool, "relu"),
        Node("linear", .linear(.init(classes)), "pool"),
      ])
  }

  /// 256 training images, some of them held out if there is a fraction for that, and 96 test images.
  func fewImages(validationFraction: Double = 0) throws -> TrainingData {
    let data = try TrainingData(.sample, trainLimit: 256, validationFraction: validationFraction)
    return try TrainingData(
      training: data.training, validation: data.validation, test: data.test.limited(to: 96),
      normalization: data.normalization)
  }

  /// 3 epochs of 8 steps.
  func shortConfiguration() -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.epochs = 3
    configuration.batchSize = 32
    return configuration
  }

  func openFallback(memoryLimitBytes: Int? = nil) throws -> any Device {
    try DeviceCatalog.open(.cpu(nil), threads: 2, memoryLimitBytes: memoryLimitBytes).device
  }

  func makeTrainer(
    _ configuration: TrainingConfiguration? = nil, data: TrainingData? = nil, start: TrainingStart = .seed,
    in run: RunFolder? = nil
  ) throws -> Trainer {
    try Trainer(
      network: tinyNetwork(), data: data ?? fewImages(), configuration: configuration ?? shortConfiguration(),
      device: openFallback(), start: start, folder: run)
  }

  /// A model of the zoo after so many epochs on few images.
  func shortlyTrained(_ model: String, epochs: Int) throws -> Checkpoint {
    let network = try ModelZoo.network(
      model, input: ImageShape(channels: 1, height: 28, width: 28), classes: 10)
    var configuration = shortConfiguration()
    configuration.epochs = epochs
    let trainer = try Trainer(
      network: network, data: fewImages(), configuration: configuration, device: openFallback())
    _ = try trainer.train()
    return try trainer.checkpoint()
  }

  func run(_ name: String) -> RunFolder { RunFolder("\(folder)/\(name)") }

  func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

  /// Names of all files below a folder, sorted.
  func files(below path: String) -> [String] {
    (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []).sorted()
  }
}

/// Stops a training after a number of steps.
final class StoppingObserver: TrainingObserver {
  private let cancellation: Cancellation
  private var stepsLeft: Int

  init(_ trainer: Trainer, afterSteps steps: Int) {
    cancellation = trainer.cancellation
    stepsLeft = steps
  }

  func trainingAdvances(_ status: TrainingStatus) {
    stepsLeft -= 1
    if stepsLeft == 0 { cancellation.request() }
  }
}

/// Keeps a copy of a checkpoint as it is after a certain step.
final class CopyingObserver: TrainingObserver {
  private let source: String
  private let target: String
  private let epoch: Int
  private let step: Int

  init(from source: String, to target: String, epoch: Int, step: Int) {
    self.source = source
    self.target = target
    self.epoch = epoch
    self.step = step
  }

  func trainingAdvances(_ status: TrainingStatus) {
    guard status.epoch == epoch, status.step == step else { return }
    do {
      try FileManager.default.copyItem(atPath: source, toPath: target)
    } catch {
      XCTFail("\(error)")
    }
  }
}

/// The state of a small ResNet after `steps` steps on the sample.
func stateAfterTraining(
  on device: any Device, workers: Int, steps: Int, poison: Bool
) throws -> ModelState {
  let data = try DataSource.sample.load(split: .train)
  let network = try ModelZoo.network(
    "resnet20:width=0.7",
    input: ImageShape(channels: data.channels, height: data.height, width: data.width),
    classes: data.classes.count)
  let session = try TrainingSession(
    network: network, device: device, batchSize: 16, optimizer: OptimizerConfiguration(nesterov: true),
    labelSmoothing: 0.1)
  try session.initialise(seed: 7)
  let loader = try BatchLoader(
    dataset: data, normalization: DataSource.sample.normalization, augmentation: .cropFlip(padding: 4),
    sampler: try BatchSampler(count: data.count, batchSize: 16, purpose: .training, seed: 7), epoch: 0,
    workers: workers)
  for _ in 0..<steps {
    guard let batch = try loader.next() else { break }
    if poison { try session.poisonScratchMemory() }
    try session.trainingStep(images: batch.images, labels: batch.labels, learningRate: 0.05)
  }
  var metrics = MetricSums.zero
  try session.drainMetrics(into: &metrics)
  XCTAssertEqual(metrics.examples, steps * 16)
  XCTAssertTrue(metrics.loss.isFinite)
  return try session.state()
}
