import Devices
import ModelZoo
import Networks
import Training
import Verification
import XCTest

/// Three steps of ResNet-20 against PyTorch: logits, losses, every gradient, running statistics, parameters.
final class GoldenStepTests: XCTestCase {
  func testFallbackAVX512() throws {
    try XCTSkipUnless(InstructionSet.avx512.isAvailable, "this processor has no AVX-512")
    try check(.cpu(.avx512))
  }

  func testFallbackAVX2() throws {
    try XCTSkipUnless(InstructionSet.avx2.isAvailable, "this processor has no AVX2")
    try check(.cpu(.avx2))
  }

  func testFallbackBaseline() throws { try check(.cpu(.baseline)) }

  func testOpenCLWithTheCPUFamily() throws {
    try requireOpenCL()
    try check(.openCL(index: nil, family: .cpu))
  }

  func testOpenCLWithTheGPUFamily() throws {
    try requireOpenCL()
    try check(.openCL(index: nil, family: .gpu))
  }

  private func check(_ request: DeviceRequest) throws {
    let golden = try GoldenResNetStep.load()
    let problem = golden.problem
    let network = try ModelZoo.network(
      "resnet20",
      input: ImageShape(channels: problem.image[0], height: problem.image[1], width: problem.image[2]),
      classes: problem.classes)
    let session = try TrainingSession(
      network: network, device: try DeviceCatalog.open(request, threads: 2).device,
      batchSize: problem.batch,
      optimizer: OptimizerConfiguration(momentum: problem.momentum, weightDecay: problem.weightDecay),
      labelSmoothing: 0)
    try session.initialise(seed: 1)
    var state = try session.state()
    for parameter in golden.parameters { state.parameters[parameter.name] = parameter.values }
    try session.load(state)

    for (step, batch) in golden.batches.enumerated() {
      // Whatever an earlier step left in the scratch memory must not matter.
      try session.poisonScratchMemory()
      try batch.images.withUnsafeBufferPointer { images in
        try batch.labels.withUnsafeBufferPointer { labels in
          try session.trainingStep(
            images: images, labels: labels, learningRate: problem.learningRate)
        }
      }
      var metrics = MetricSums.zero
      try session.drainMetrics(into: &metrics)
      XCTAssertEqual(metrics.examples, problem.batch)
      compare("loss", [Float(metrics.loss / Double(problem.batch))], [golden.losses[step]])
      if step == 0 {
        compare("logits", try session.logits(), golden.logits)
        try compareAll("gradient", session.gradients(), golden.gradients)
        try compareAll("statistics", session.state().statistics, golden.runningStatistics)
      }
    }
    let final = try session.state()
    compareAll("final parameter", final.parameters, golden.finalParameters)
    compareAll("final statistics", final.statistics, golden.finalRunningStatistics)
  }

  private func compareAll(_ kind: String, _ found: [String: [Float]], _ expected: [String: [Float]]) {
    XCTAssertEqual(Set(found.keys), Set(expected.keys), kind)
    for (name, values) in expected { compare("\(kind) \(name)", found[name] ?? [], values) }
  }

  /// max |a − b| / max |b| at most 1e-4.
  private func compare(_ name: String, _ found: [Float], _ expected: [Float]) {
    guard found.count == expected.count else {
      return XCTFail("\(name): \(found.count) values, expected \(expected.count)")
    }
    let scale = expected.reduce(0) { max($0, abs($1)) }
    let distance = zip(found, expected).reduce(Float(0)) {
      $1.0.isNaN ? .infinity : max($0, abs($1.0 - $1.1))
    }
    XCTAssertLessThanOrEqual(distance, 1e-4 * scale, name)
  }
}
