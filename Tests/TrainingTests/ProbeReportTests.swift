import Datasets
import Devices
import Foundation
import Interchange
import ModelZoo
import Networks
import Probes
import ReceptiveFields
import Training
import XCTest

/// Saturation and probes of small networks.
final class ProbeReportTests: TrainingTestCase {
  private func checkpoint(_ model: String = "resnet20:width=0.25,blocks=1.2.1", epochs: Int = 2) throws
    -> Checkpoint
  {
    try shortlyTrained(model, epochs: epochs)
  }

  private func configuration(
    pool: Int = 4, featureBytes: Int = 1 << 30, softmax: SoftmaxRegression? = nil
  ) throws -> ProbeConfiguration {
    ProbeConfiguration(
      saturation: try Saturation.Rule(), pool: pool,
      softmax: try softmax ?? SoftmaxRegression(epochs: 3, batchSize: 32), ridge: try RidgeRegression(),
      featureBytes: featureBytes)
  }

  private func measure(
    _ checkpoint: Checkpoint, _ configuration: ProbeConfiguration, batchSize: Int = 32, threads: Int? = nil,
    fields: FieldAnalysis? = nil, dump: ActivationDump? = nil
  ) throws -> ProbeReport {
    let data = try fewImages()
    return try ProbeStudy(
      checkpoint, training: data.training, test: data.test, on: openFallback(), batchSize: batchSize,
      threads: threads
    ).measure(configuration, fields: fields, dump: dump)
  }

  func testLayers() throws {
    let network = try ModelZoo.network(
      "resnet20:width=0.25,blocks=1.1.1,shortcut=b", input: ImageShape(channels: 1, height: 28, width: 28),
      classes: 10)
    let layers = try network.probedLayers()
    XCTAssertEqual(layers.count { $0.kind == .sum }, 3)
    XCTAssertEqual(layers.count { $0.kind == .convolution }, 1 + 6 + 2)
    XCTAssertEqual(layers.last?.kind, .linear)
    XCTAssertEqual(layers.last?.count, 10)
    XCTAssertEqual(layers.first?.name, "conv1")
    XCTAssertEqual(layers.first?.positions, 28 * 28)
  }

  /// The logits are the network's own: a network that is right is also so after a linear map of what it says.
  func testATrainedNetwork() throws {
    let report = try measure(checkpoint(epochs: 10), configuration(softmax: SoftmaxRegression(epochs: 10)))
    XCTAssertEqual(report.samples, 96)
    XCTAssertEqual(report.trainingSamples, 256)
    XCTAssertEqual(report.layers.count, 1 + 8 + 4 + 1)
    for row in report.layers {
      XCTAssertEqual(row.saturation.status, .measured, row.layer.name)
      let value = try XCTUnwrap(row.saturation.value)
      XCTAssertTrue(value > 0 && value <= 1)
      for accuracy in [row.trainAccuracy, row.testAccuracy, row.ridgeTrainAccuracy, row.ridgeTestAccuracy] {
        XCTAssertTrue((0...1).contains(try XCTUnwrap(accuracy)))
      }
      XCTAssertGreaterThan(try XCTUnwrap(row.ridgeTrainAccuracy), 0.2, "chance is 0.1")
    }
    let logits = try XCTUnwrap(report.layers.last)
    XCTAssertEqual(try XCTUnwrap(logits.testAccuracy), report.networkAccuracy, accuracy: 0.15)
    XCTAssertTrue(report.layers[0].isProductive)
    var best = -1.0
    for row in report.layers {
      let accuracy = try XCTUnwrap(row.testAccuracy)
      XCTAssertEqual(row.isProductive, accuracy > best)
      best = max(best, accuracy)
    }
  }

  /// To the last bit: neither threads nor how many layers go together matter; batches but for what the device rounds.
  func testWhatDoesNotMatter() throws {
    let checkpoint = try checkpoint()
    let report = try measure(checkpoint, configuration())
    XCTAssertEqual(try measure(checkpoint, configuration(), threads: 1), report)
    XCTAssertEqual(try measure(checkpoint, configuration(featureBytes: 1)), report, "each layer alone")
    XCTAssertEqual(try measure(checkpoint, configuration(featureBytes: 300_000)), report)
    let other = try measure(checkpoint, configuration(), batchSize: 13)
    XCTAssertEqual(
      other.layers.map { $0.saturation.dimension }, report.layers.map { $0.saturation.dimension })
  }

  /// What is dumped is what was measured: everything is found again from the files.
  func testADumpHasEverything() throws {
    let (checkpoint, data) = (try checkpoint(), try fewImages())
    let dump = try ActivationDump(folder: "\(folder)/dump")
    let configuration = try configuration()
    let report = try measure(checkpoint, configuration, dump: dump)
    XCTAssertEqual(try measure(checkpoint, configuration), report)
    let images = try SafeTensorsFile(path: "\(folder)/dump/images.safetensors")
    let labels: [Int32] = try images.tensor("testLabels").values()
    XCTAssertEqual(labels, data.test.labels)
    XCTAssertEqual(try images.tensor("order").shape, [3, 256])
    let files = files(below: "\(folder)/dump")
    XCTAssertEqual(files.count, 2 + 2 * report.layers.count)
    for (number, row) in report.layers.enumerated() {
      let stem = String(format: "%03d-", number) + row.layer.name
      let values: [Float] = try SafeTensorsFile(path: "\(folder)/dump/\(stem).values.safetensors")
        .tensor("values").values()
      XCTAssertEqual(values.count, 96 * row.layer.count)
      var covariance = try CovarianceAccumulator(channels: row.layer.channels, positions: row.layer.positions)
      try covariance.add(values)
      XCTAssertEqual(
        try Saturation(covariance.covariance, channels: row.layer.channels, rule: configuration.saturation),
        row.saturation)
      let file = try SafeTensorsFile(path: "\(folder)/dump/\(stem).probes.safetensors")
      let features: [Float] = try file.tensor("features").values()
      XCTAssertEqual(features.count, 256 * row.features)
      let table = try FeatureTable(features: row.features, values: features)
      let training: [Int32] = try images.tensor("trainLabels").values()
      let probe = try XCTUnwrap(try configuration.softmax.fit(table, labels: training, classes: 10))
      XCTAssertEqual(try file.tensor("softmax.weight").values(), probe.weights)
      XCTAssertEqual(Double(try probe.correct(table, labels: training)) / 256, row.trainAccuracy)
      let test =
        row.layer.isVector
        ? values
        : try AdaptiveAveragePooling(
          channels: row.layer.channels, height: row.layer.height, width: row.layer.width, size: 4
        ).pooled(values)
      let right = try probe.correct(FeatureTable(features: row.features, values: test), labels: labels)
      XCTAssertEqual(Double(right) / 96, row.testAccuracy)
    }
    // The last layer's values are the logits of an evaluation.
    var logits: [Float] = []
    _ = try checkpoint.evaluate(data.test, on: openFallback(), batchSize: 32) { logits += $0 }
    let last = try XCTUnwrap(files.last { $0.hasSuffix(".values.safetensors") })
    XCTAssertEqual(try SafeTensorsFile(path: "\(folder)/dump/\(last)").tensor("values").values(), logits)
  }

  func testVectorNetworksAndWidePooling() throws {
    let report = try measure(checkpoint("mlp:width=6,depth=2"), configuration())
    XCTAssertEqual(report.layers.map(\.layer.kind), [.linear, .linear, .linear])
    XCTAssertEqual(report.layers.map(\.features), [6, 6, 10])
    // 4·24·24 features are too many for the closed form, 4·22·22 are not.
    let trainer = try makeTrainer()
    _ = try trainer.train()
    let wide = try measure(trainer.checkpoint(), configuration(pool: 24))
    XCTAssertEqual(wide.layers.map(\.layer.name), ["conv", "linear"])
    XCTAssertEqual(wide.layers.map(\.features), [2304, 10])
    XCTAssertEqual(wide.layers.map(\.ridgeFeatures), [1936, 10])
    XCTAssertNotNil(wide.layers[0].ridgeTestAccuracy)
    XCTAssertThrowsError(try measure(trainer.checkpoint(), configuration(pool: 0)))
    XCTAssertThrowsError(try measure(trainer.checkpoint(), configuration(pool: 65)))
  }

  /// A network with NaN has no numbers, and a dead layer has none of its dimensions.
  func testDegenerateNetworks() throws {
    var checkpoint = try checkpoint(epochs: 1)
    let name = "layer2.0.conv1.weight"
    checkpoint.state.parameters[name] = checkpoint.state.parameters[name]?.map { _ in 0 }
    let dead = try measure(checkpoint, configuration())
    let row = try XCTUnwrap(dead.layers.first { $0.layer.name == "layer2.0.conv1" })
    XCTAssertEqual(row.saturation.status, .dead)
    XCTAssertEqual(row.saturation.value, 0)
    XCTAssertFalse(row.isProductive)
    checkpoint.state.parameters[name] = checkpoint.state.parameters[name]?.map { _ in .nan }
    let report = try measure(checkpoint, configuration())
    let place = try XCTUnwrap(report.layers.firstIndex { $0.layer.name == "layer2.0.conv1" })
    XCTAssertTrue(report.layers[..<place].allSatisfy { $0.saturation.status == .measured })
    XCTAssertEqual(report.layers[place].saturation.status, .notFinite)
    XCTAssertNil(report.layers[place].testAccuracy)
    XCTAssertNil(report.layers[place].ridgeTestAccuracy)
    XCTAssertTrue(report.json.prettyText.contains("\"status\": \"not-finite\""))
    XCTAssertTrue(report.picture.hasPrefix("<svg"))
  }

  func testForms() throws {
    func row(_ name: String, _ kind: ProbedLayer.Kind, _ accuracy: Double?) throws -> ProbeReport.Layer {
      ProbeReport.Layer(
        layer: ProbedLayer(
          name: name, kind: kind, shape: .maps(ImageShape(channels: 2, height: 1, width: 1))),
        saturation: try Saturation(nil, channels: 2, rule: Saturation.Rule()), features: 32,
        ridgeFeatures: 32,
        trainAccuracy: accuracy, testAccuracy: accuracy)
    }
    var report = ProbeReport(
      samples: 10, trainingSamples: 20, networkAccuracy: 0.8, delta: 0.99, pool: 4, tolerance: 0.1,
      layers: [
        try row("a", .convolution, 0.5), try row("b", .convolution, 0.55), try row("c", .sum, 0.7),
        try row("d", .linear, nil),
      ])
    XCTAssertNil(report.tailGain)
    report.border = "b"
    XCTAssertEqual(try XCTUnwrap(report.tailGain), 0.15, accuracy: 1e-12)
    XCTAssertEqual(report.layers.map(\.isProductive), [true, false, true, false])
    let lines = report.csv.split(separator: "\n")
    XCTAssertEqual(lines.count, 5)
    XCTAssertEqual(lines[2], "b,convolution,2,,,,empty,0.55,0.55,,,false,false,,,")
    for part in ["border: b", "probe of a sum", "the network"] {
      XCTAssertTrue(report.picture.contains(part), part)
    }
    for part in ["\"border\": \"b\"", "\"productive\": true", "\"kind\": \"sum\"", "\"samples\": 10"] {
      XCTAssertTrue(report.json.prettyText.contains(part), part)
    }
    var other = report
    other.border = "no such layer"
    XCTAssertFalse(other.picture.contains("border"))
    let data = try JSONEncoder().encode(report)
    XCTAssertEqual(try JSONDecoder().decode(ProbeReport.self, from: data), report)
  }
}
