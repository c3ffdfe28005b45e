import Bundles
import Datasets
import Devices
import ModelZoo
import Networks
import Randomness
import Training
import XCTest

/// Bundles of whole networks on devices.
final class BundleMeasurementTests: BundleTestCase {
  private func measurement(_ change: (inout BundleMeasurement) -> Void = { _ in }) -> BundleMeasurement {
    var measurement = BundleMeasurement()
    measurement.learningRate = 1e-3
    measurement.trainingBatchSize = 64
    change(&measurement)
    return measurement
  }

  private static let resolutions: [BundleMeasurement.Resolution] =
    ReferenceVersion.allCases.map { .reference($0, .float32) } + [
      .exact, .perWeight(.minimum), .perWeight(.median), .tolerance(0.1), .relativeTolerance(0.1),
    ]

  /// 16 bytes per image that the device leaves say what the activations themselves do.
  func testTheDeviceHashesAsTheHost() throws {
    let data = try fewImages()
    let probe = try data.training.limited(to: 75)
    for model in [
      "mlp:width=7,depth=6", "resnet20:width=0.25,blocks=1.1.1", "bundle-vgg10:width=0.1",
    ] {
      let session = try session(model)
      for resolution in Self.resolutions {
        for values in model.hasPrefix("resnet") ? MeasuredValues.allCases : [.layers]
        where values != .scaledBranches {
          for batchStatistics in [false, true] {
            let measurement = measurement {
              ($0.resolution, $0.values, $0.usesBatchStatistics) = (resolution, values, batchStatistics)
            }
            let found = try session.bundles(
              of: probe, normalization: data.normalization, measurement: measurement)
            let expected = try session.bundles(
              of: probe, normalization: data.normalization, measurement: measurement, usesHost: true)
            XCTAssertEqual(found, expected, "\(model) \(resolution) \(values)")
            XCTAssertEqual(found.samples, batchStatistics ? 64 : 75)
          }
        }
      }
    }
  }

  func testAllDevicesFindTheSame() throws {
    let data = try fewImages()
    var devices: [any Device] = [
      try openFallback(), try DeviceCatalog.open(.cpu(nil), threads: 1).device,
    ]
    if !OpenCLDevices.list().isEmpty {
      devices.append(try DeviceCatalog.open(.openCL(index: nil, family: .cpu)).device)
    }
    var reports: [BundleReport] = []
    for device in devices {
      let session = try session("mlp:width=5,depth=12", device: device)
      reports.append(
        try session.bundles(of: data.training, normalization: data.normalization, measurement: measurement()))
    }
    XCTAssertGreaterThan(reports[0].layers.last?.entropy ?? 0, 0.1)
    for report in reports { XCTAssertEqual(report, reports[0]) }
  }

  /// What ran before must not matter: a batch that is not full has other images' statistics.
  func testBatchStatisticsAreOfTheImagesAlone() throws {
    let data = try fewImages()
    let measurement = measurement { $0.usesBatchStatistics = true }
    let (fresh, used) = (
      try session("resnet20:width=0.25,blocks=1.1.1"), try session("resnet20:width=0.25,blocks=1.1.1")
    )
    _ = try used.evaluate(data.test, normalization: data.normalization)
    let probe = try data.training.limited(to: 75)
    XCTAssertEqual(
      try used.bundles(of: probe, normalization: data.normalization, measurement: measurement),
      try fresh.bundles(of: probe, normalization: data.normalization, measurement: measurement))
    XCTAssertThrowsError(
      try fresh.bundles(
        of: data.training.limited(to: 31), normalization: data.normalization, measurement: measurement))
  }

  func testWhatIsMeasured() throws {
    let data = try fewImages()
    func names(_ model: String, _ values: MeasuredValues) throws -> [String] {
      try session(model).bundles(
        of: data.test, normalization: data.normalization, measurement: measurement { $0.values = values }
      ).layers.map(\.name)
    }
    let residual = "resnet20:width=0.25,blocks=1.1.1"
    XCTAssertEqual(try names(residual, .auto), ["layer1.0.relu2", "layer2.0.relu2", "layer3.0.relu2"])
    XCTAssertEqual(try names(residual, .branches), ["layer1.0.bn2", "layer2.0.bn2", "layer3.0.bn2"])
    XCTAssertEqual(try names(residual, .layers).count, 7)
    XCTAssertEqual(try names("mlp:width=4,depth=3", .auto).count, 3)
    XCTAssertThrowsError(try names("mlp:width=4,depth=3", .branches))
  }

  /// No reader of a layer has a loss below its H: the network's own head reads the last one.
  func testTheLossIsAtLeastTheEntropy() throws {
    let data = try fewImages()
    let session = try session("mlp:width=3,depth=10")
    let report = try session.bundles(
      of: data.training, normalization: data.normalization,
      measurement: measurement { $0.resolution = .exact })
    let evaluation = try session.evaluate(data.training, normalization: data.normalization)
    let last = try XCTUnwrap(report.layers.last)
    XCTAssertGreaterThanOrEqual(evaluation.loss, try XCTUnwrap(last.entropy))
    XCTAssertLessThanOrEqual(evaluation.top1, try XCTUnwrap(last.accuracyCeiling))
    // Equal activations stay equal: bundles only grow with depth.
    let entropies = report.layers.compactMap(\.entropy)
    XCTAssertEqual(entropies.count, 10)
    for (before, after) in zip(entropies, entropies.dropFirst()) {
      XCTAssertGreaterThanOrEqual(after, before)
    }
  }

  func testDegenerateNetworksAndImages() throws {
    let data = try fewImages()
    func report(
      _ probe: ImageDataset,
      _ resolution: BundleMeasurement.Resolution = BundleMeasurement.Probe().resolution,
      _ change: (inout ModelState, Network) -> Void = { _, _ in }
    ) throws -> BundleReport {
      let session = try session("mlp:width=6,depth=3", batchSize: 16)
      var state = try session.state()
      change(&state, session.network)
      try session.load(state)
      return try session.bundles(
        of: probe, normalization: data.normalization, measurement: measurement { $0.resolution = resolution })
    }
    let one = try report(data.training.limited(to: 1))
    XCTAssertEqual(one.layers.map(\.status), [.singleSample, .singleSample, .singleSample])
    let dead = try report(data.training) { state, _ in
      state.parameters["hidden.1.weight"] = state.parameters["hidden.1.weight"]?.map { _ in 0 }
    }
    XCTAssertEqual(dead.layers.map(\.status)[1...], [.dead, .dead])
    XCTAssertEqual(dead.layers[1].bundles, 1)
    let labels = data.training.labels
    let shares = Set(labels).map { label in
      Double(labels.count { $0 == label }) / Double(labels.count)
    }
    XCTAssertEqual(
      try XCTUnwrap(dead.layers[1].entropy), -shares.reduce(0) { $0 + $1 * log($1) }, accuracy: 1e-9)
    let large = try report(data.training, .exact) { state, _ in
      for name in ["hidden.1.weight", "hidden.2.weight"] {
        state.parameters[name] = state.parameters[name]?.map { $0 * 1e38 }
      }
    }
    XCTAssertEqual(large.layers[0].status, .healthy)
    XCTAssertTrue([.infinite, .notANumber].contains(large.layers[2].status), "\(large.layers[2])")
    let broken = try report(data.training, .exact) { state, _ in
      state.parameters["hidden.1.weight"]?[0] = .nan
    }
    XCTAssertEqual(broken.layers.map(\.status)[1...], [.notANumber, .notANumber])
    XCTAssertNil(broken.layers[1].entropy)
    XCTAssertThrowsError(
      try report(data.training) { state, _ in state.parameters["hidden.1.weight"]?[0] = .nan }
    ) { XCTAssertTrue("\($0)".contains("amplitude"), "\($0)") }
    let firstClass = data.training.subset(labels.indices.filter { labels[$0] == labels[0] })
    XCTAssertEqual(try report(firstClass).layers[0].status, .singleClass)
  }

  /// Of 20 images, each twice, one pair has two labels.
  func testOneImageWithTwoLabels() throws {
    var random = RandomStream(seed: 3, stream: .test)
    let images = (0..<20).map { _ in (0..<784).map { _ in UInt8(random.integer(below: 256)) } }
    var labels = (0..<40).map { Int32($0 / 2 % 10) }
    labels[7] = 9
    let dataset = try ImageDataset(
      name: "pairs", classes: (0..<10).map { "\($0)" }, channels: 1, height: 28, width: 28,
      images: images.flatMap { $0 + $0 }, labels: labels)
    let session = try session("mlp:width=64,depth=2", batchSize: 16)
    let report = try session.bundles(
      of: dataset, normalization: Normalization(measuring: dataset), measurement: measurement())
    for layer in [report.input] + report.layers {
      XCTAssertEqual(layer.bundles, 20, layer.name)
      XCTAssertEqual(try XCTUnwrap(layer.entropy), 2 * log(2) / 40, accuracy: 1e-12)
      XCTAssertEqual(layer.entropyAboveInput, 0)
      XCTAssertEqual(layer.status, .conflicting)
    }
    XCTAssertEqual(try ConflictRule().verdict([report.layers[1]]), .notConflicting)
  }

  private func monitored(usesBatchStatistics: Bool = false) -> TrainingConfiguration {
    var configuration = shortConfiguration()
    configuration.epochs = 4
    configuration.bundles = BundleMonitoring(
      every: 2, probe: .init(samples: 100, usesBatchStatistics: usesBatchStatistics))
    return configuration
  }

  private func trainer(
    _ configuration: TrainingConfiguration, in run: RunFolder? = nil, start: TrainingStart = .seed
  ) throws -> Trainer {
    try Trainer(
      network: network("mlp:width=6,depth=4"), data: fewImages(), configuration: configuration,
      device: openFallback(), start: start, folder: run)
  }

  /// Looking does not change what is looked at.
  func testAMonitoredTrainingIsTheSameTraining() throws {
    let run = run("a")
    let watched = try trainer(monitored(usesBatchStatistics: true), in: run)
    let result = try watched.train()
    XCTAssertEqual(result.bundles.map(\.epoch), [0, 2, 4])
    XCTAssertEqual(result.bundles.map(\.report.samples), [96, 96, 96], "whole batches")
    var plain = monitored()
    plain.bundles = nil
    let unwatched = try trainer(plain)
    _ = try unwatched.train()
    XCTAssertTrue(try watched.checkpoint() == unwatched.checkpoint())
    let table = String(decoding: try bytes(run.bundlesTable), as: UTF8.self).split(separator: "\n")
    XCTAssertEqual(table.count, 1 + 3 * 5)
    XCTAssertTrue(table[7].hasPrefix("2,hidden.0.relu,"), String(table[7]))
    let above = try XCTUnwrap(result.bundles[1].report.layers[0].entropyAboveInput)
    XCTAssertTrue(table[7].hasSuffix(",\(above)"), String(table[7]))
    XCTAssertTrue(String(decoding: try bytes(run.result), as: UTF8.self).contains("timeIntegral"))
    let integral = result.bundles.dropLast().compactMap { $0.report.layers[3].entropy }.reduce(0, +) / 2
    XCTAssertGreaterThan(integral, 0)
    guard case .object(let json) = result.json, case .array(let layers)? = json["bundleEntropies"],
      case .object(let last)? = layers.last, case .number(let found)? = last["timeIntegral"]
    else { return XCTFail("\(result.json)") }
    XCTAssertEqual(found, integral, accuracy: 1e-12)
  }

  func testAResumedTrainingHasTheSameMeasurements() throws {
    let whole = run("whole")
    _ = try trainer(monitored(), in: whole).train()
    for steps in [3, 8, 18, 24] {
      let cut = run("cut-\(steps)")
      let first = try trainer(monitored(), in: cut)
      first.observer = StoppingObserver(first, afterSteps: steps)
      XCTAssertThrowsError(try first.train())
      let file = cut.checkpoint(.last)
      _ = try trainer(monitored(), in: cut, start: .resume(Checkpoint(path: file), file: file)).train()
      for path in [\RunFolder.bundlesTable, \.bundlesLines] {
        XCTAssertEqual(try bytes(cut[keyPath: path]), try bytes(whole[keyPath: path]), "\(steps) steps")
      }
    }
  }

  /// With running statistics of a fresh network batch norm changes nothing, so that weights times c make a branch's two
  /// variances c² and c⁴ times as large, and its end c² times: what remains of that is 1 / c.
  func testScaledBranchesFollowTheVariances() throws {
    let data = try fewImages()
    let probe = try data.training.limited(to: 48)
    let block = "layer1.0"
    /// Bundles of the block, with weights of its convolutions times a factor.
    func bundles(_ values: MeasuredValues, factor: Float, tolerance: Float) throws -> Int? {
      let session = try self.session("resnet20:width=0.25,blocks=1.1.1", batchSize: 64)
      var state = try session.state()
      for name in ["\(block).conv1.weight", "\(block).conv2.weight"] {
        state.parameters[name] = state.parameters[name]?.map { $0 * factor }
      }
      try session.load(state)
      let report = try session.bundles(
        of: probe, normalization: data.normalization,
        measurement: measurement { ($0.values, $0.resolution) = (values, .tolerance(tolerance)) })
      return report.layers.first { $0.name.hasPrefix(block) }?.bundles
    }
    for tolerance in [Float(1e-3), 0.5, 1, 2, 4, 8, 1e4] {
      let scaled = try bundles(.scaledBranches, factor: 1, tolerance: tolerance)
      XCTAssertEqual(
        try bundles(.scaledBranches, factor: 8, tolerance: tolerance / 8), scaled, "\(tolerance)")
      XCTAssertEqual(
        try bundles(.branches, factor: 8, tolerance: tolerance * 64),
        try bundles(.branches, factor: 1, tolerance: tolerance), "\(tolerance)")
    }
    XCTAssertEqual(try bundles(.scaledBranches, factor: 1, tolerance: 1e-3), 48)
    XCTAssertEqual(try bundles(.scaledBranches, factor: 1, tolerance: 1e4), 1)
    // Large variances bring even small activations together, small ones tell them apart.
    XCTAssertEqual(try bundles(.branches, factor: 1000, tolerance: 100), 48)
    XCTAssertEqual(try bundles(.scaledBranches, factor: 1000, tolerance: 100), 1)
    let small = try session("resnet20:width=0.25,blocks=1.1.1", batchSize: 32)
    XCTAssertThrowsError(
      try small.bundles(
        of: probe, normalization: data.normalization, measurement: measurement { $0.values = .scaledBranches }
      )
    ) { XCTAssertTrue("\($0)".contains("batch of 32"), "\($0)") }
  }

  func testMonitoringIsReadAsItIsWritten() throws {
    var monitoring = try XCTUnwrap(BundleMonitoring(every: 3))
    XCTAssertEqual(BundleMonitoring(parsing: monitoring.description), monitoring)
    monitoring.probe = .init(
      samples: 2048, resolution: .reference(.tagged, .bfloat16), values: .branches, usesBatchStatistics: true)
    XCTAssertEqual(BundleMonitoring(parsing: monitoring.description), monitoring)
    for text in ["", "2", "every=0", "every=1,samples=0", "samples=3", "every=1,what=2", "every=1,values=x"] {
      XCTAssertNil(BundleMonitoring(parsing: text), text)
    }
    for every in [0, -1] { XCTAssertNil(BundleMonitoring(every: every)) }
  }

  /// The lines of a run's log: an epoch and a report's keys in one object.
  func testAnEpochIsOneObject() throws {
    let result = try trainer(monitored()).train()
    let epoch = try XCTUnwrap(result.bundles.last)
    let data = try JSONEncoder().encode(epoch)
    let object = try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
    XCTAssertEqual(Set(object.keys), ["epoch", "samples", "input", "layers"])
    XCTAssertEqual(object["epoch"] as? Int, 4)
    XCTAssertEqual(try JSONDecoder().decode(BundleEpoch.self, from: data), epoch)
  }

  func testUnknownNodesAndWrongImagesAreErrors() throws {
    let data = try fewImages()
    let session = try TrainingSession(
      evaluating: ModelZoo.network(
        "mlp:width=4,depth=2", input: ImageShape(channels: 3, height: 32, width: 32), classes: 10),
      device: openFallback(), batchSize: 8)
    try session.initialise(seed: 1)
    XCTAssertThrowsError(
      try session.bundles(of: data.test, normalization: data.normalization, measurement: measurement()))
    XCTAssertThrowsError(
      try HashingPass(session, nodes: ["nothing"], models: [.exact], batchStatistics: false)
    ) { XCTAssertTrue($0 is NetworkError, "\($0)") }
  }

  func testResolutionsAreReadAsTheyAreWritten() {
    for resolution in Self.resolutions + [.reference(.tagged, .float16), .tolerance(1e-3)] {
      XCTAssertEqual(BundleMeasurement.Resolution(parsing: resolution.description), resolution)
    }
    XCTAssertEqual(
      BundleMeasurement.Resolution(parsing: "reference"), .reference(.networkMaximum, .float32))
    for text in [
      "", "exactly", "tolerance", "tolerance:0", "reference:x", "per-weight:mean", "exact:1",
      "relative-tolerance:-1",
    ] {
      XCTAssertNil(BundleMeasurement.Resolution(parsing: text), text)
    }
  }
}
