import Bundles
import Datasets
import Devices
import ModelZoo
import NetworkOracle
import Networks
import Training
import XCTest

/// What a report says beside H: confidence, several draws, batch entropy, tolerances relative to a layer's size.
final class BundleReportTests: BundleTestCase {
  private func measurement(
    _ resolution: BundleMeasurement.Resolution = .reference(.networkMaximum, .float32)
  ) -> BundleMeasurement {
    BundleMeasurement(
      .init(resolution: resolution, values: .layers), learningRate: 1e-3, trainingBatchSize: 64)
  }

  /// All images as the network sees them.
  private func images(_ dataset: ImageDataset, _ normalization: Normalization) throws -> OracleTensor {
    let loader = try BatchLoader(
      dataset: dataset, normalization: normalization,
      sampler: BatchSampler(count: dataset.count, batchSize: dataset.count, purpose: .evaluation), epoch: 0)
    defer { loader.stop() }
    let batch = try XCTUnwrap(loader.next())
    return OracleTensor([dataset.count, 1, 28, 28], Array(batch.images))
  }

  /// From the activations of a plain network in double precision.
  func testBatchEntropyIsThatOfTheActivations() throws {
    let data = try fewImages()
    let probe = try data.training.limited(to: 40)
    var devices: [any Device] = [try openFallback()]
    if !OpenCLDevices.list().isEmpty {
      devices.append(try DeviceCatalog.open(.openCL(index: nil, family: .gpu)).device)
    }
    for model in ["mlp:width=9,depth=3", "resnet20:width=0.25,blocks=1.1.1"] {
      for device in devices {
        let session = try session(model, batchSize: 16, device: device)
        let values = try NetworkOracle.values(
          session.network, session.state(), images: images(probe, data.normalization))
        var measurement = measurement()
        measurement.measuresBatchEntropy = true
        let report = try session.bundles(
          of: probe, normalization: data.normalization, measurement: measurement)
        XCTAssertNil(report.input.batchEntropy)
        for layer in report.layers {
          let tensor = try XCTUnwrap(values[layer.name])
          let features = tensor.values.count / 40
          let terms = (0..<features).map { element -> Double in
            let unit = (0..<40).map { tensor.values[$0 * features + element] }
            let mean = unit.reduce(0, +) / 40
            let variance = unit.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40
            return 0.5 * log(.pi * exp(1) * variance + 1)
          }
          let expected = terms.reduce(0, +) / Double(features)
          XCTAssertGreaterThan(expected, 0)
          XCTAssertEqual(
            try XCTUnwrap(layer.batchEntropy), expected, accuracy: 1e-4 * max(1, expected),
            "\(model) \(layer.name) on \(device.information.identifier)")
        }
        measurement.measuresBatchEntropy = false
        let plain = try session.bundles(
          of: probe, normalization: data.normalization, measurement: measurement)
        XCTAssertTrue(plain.layers.allSatisfy { $0.batchEntropy == nil })
      }
    }
  }

  func testBatchEntropyOfDeadAndBrokenLayers() throws {
    let data = try fewImages()
    var measurement = measurement(.exact)
    measurement.measuresBatchEntropy = true
    for (value, expected) in [(Float(0), 0.0), (.nan, nil)] {
      let session = try session("mlp:width=6,depth=3")
      var state = try session.state()
      state.parameters["hidden.1.weight"] = state.parameters["hidden.1.weight"]?.map { _ in value }
      try session.load(state)
      let report = try session.bundles(
        of: data.training, normalization: data.normalization, measurement: measurement)
      XCTAssertEqual(report.layers[1].batchEntropy, expected)
    }
  }

  /// Weights four times as large make all activations of a perceptron without biases four times as large.
  func testARelativeToleranceDoesNotKnowScales() throws {
    let data = try fewImages()
    let session = try session("mlp:width=6,depth=4")
    func layers(_ resolution: BundleMeasurement.Resolution) throws -> [LayerBundles] {
      try session.bundles(
        of: data.training, normalization: data.normalization, measurement: measurement(resolution)
      ).layers
    }
    let resolutions: [BundleMeasurement.Resolution] = [.relativeTolerance(0.5), .tolerance(0.5)]
    let before = try resolutions.map(layers)
    var state = try session.state()
    state.parameters["hidden.0.weight"] = state.parameters["hidden.0.weight"]?.map { $0 * 4 }
    try session.load(state)
    let after = try resolutions.map(layers)
    XCTAssertEqual(before[0], after[0])
    XCTAssertNotEqual(before[1], after[1])
    XCTAssertLessThan(try XCTUnwrap(before[0].last?.bundles), 256)
    // Wider cells hold more.
    XCTAssertLessThan(
      try XCTUnwrap(layers(.relativeTolerance(2)).last?.bundles), try XCTUnwrap(after[0].last?.bundles))
  }

  func testARelativeToleranceOfADeadLayer() throws {
    let data = try fewImages()
    let session = try session("mlp:width=6,depth=3")
    var state = try session.state()
    state.parameters["hidden.1.weight"] = state.parameters["hidden.1.weight"]?.map { _ in 0 }
    try session.load(state)
    let report = try session.bundles(
      of: data.training, normalization: data.normalization, measurement: measurement(.relativeTolerance(0.1)))
    XCTAssertEqual(report.layers.map(\.status)[1...], [.dead, .dead])
  }

  private func checkpoint(_ model: String) throws -> Checkpoint {
    var configuration = shortConfiguration()
    configuration.epochs = 1
    let trainer = try Trainer(
      network: network(model), data: fewImages(), configuration: configuration, device: openFallback())
    return try trainer.checkpoint()
  }

  func testDrawsDecideTogether() throws {
    let data = try fewImages()
    let checkpoint = try checkpoint("mlp:width=10,depth=30")
    let device = try openFallback()
    var measurement = measurement()
    (measurement.samples, measurement.estimatesConfidence) = (60, true)
    func draws(_ required: Int, of count: Int) throws -> BundleDraws {
      try checkpoint.bundles(
        of: data.training, measurement, judgedBy: ConflictRule(required: required, draws: count), on: device,
        batchSize: 32)
    }
    let one = try draws(1, of: 1)
    XCTAssertEqual(
      one.reports, [try checkpoint.bundles(of: data.training, measurement, on: device, batchSize: 32)])
    XCTAssertEqual(one.verdicts, one.reports[0].layers.map(one.reports[0].verdict))
    let three = try draws(2, of: 3)
    XCTAssertEqual(three.reports[0], one.reports[0])
    XCTAssertEqual(three.reports.map(\.samples), [60, 60, 60])
    XCTAssertNotEqual(three.reports[1].layers.map(\.entropy), three.reports[0].layers.map(\.entropy))
    for (layer, verdict) in three.verdicts.enumerated() {
      let conflicts = three.reports.count { $0.verdict(on: $0.layers[layer]) == .conflicting }
      XCTAssertEqual(verdict, conflicts >= 2 ? .conflicting : .notConflicting)
    }
    XCTAssertTrue(three.verdicts.contains(.conflicting) && three.verdicts.contains(.notConflicting))
    XCTAssertTrue(three.reports[1].layers.allSatisfy { $0.confidence == nil })
    XCTAssertEqual(try draws(2, of: 3), three)
    measurement.samples = 256
    XCTAssertThrowsError(try draws(1, of: 2), "all images each time") { XCTAssertTrue($0 is DatasetError) }
    XCTAssertThrowsError(try BundleDraws(three.reports, judgedBy: .usual))
  }

  func testConfidenceOfALayer() throws {
    let data = try fewImages()
    let session = try session("mlp:width=10,depth=30")
    var measurement = measurement()
    measurement.estimatesConfidence = true
    let report = try session.bundles(
      of: data.training, normalization: data.normalization, measurement: measurement)
    XCTAssertNil(report.input.confidence)
    for layer in report.layers {
      let confidence = try XCTUnwrap(layer.confidence)
      XCTAssertEqual(confidence.level, 0.95)
      XCTAssertTrue(
        (confidence.lower...confidence.upper).contains(try XCTUnwrap(layer.entropyAboveInput)), layer.name)
      XCTAssertEqual(confidence.upper > 0, layer.conflictingBundles > 0, layer.name)
      XCTAssertEqual(layer.permutation == nil, layer.bundles == layer.samples, layer.name)
    }
    XCTAssertGreaterThan(try XCTUnwrap(report.layers.last?.confidence?.lower), 0)
    XCTAssertTrue(report.layers.contains { $0.confidence?.upper == 0 })
  }
}
