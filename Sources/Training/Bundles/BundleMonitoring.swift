import Bundles
import Interchange

/// Looks for bundles while a network trains: before the first step, and after every so many epochs, on always the same
/// images.
public struct BundleMonitoring: Hashable, Sendable {
  /// Epochs from one measurement to the next.
  public var every: Int
  public var samples = 512
  public var resolution = BundleMeasurement().resolution
  public var values = MeasuredValues.auto
  public var usesBatchStatistics = false

  public init(every: Int) { self.every = every }

  /// What is measured of a training at this learning rate and batch size.
  func measurement(learningRate: Float, batchSize: Int) -> BundleMeasurement {
    var measurement = BundleMeasurement()
    measurement.samples = samples
    measurement.resolution = resolution
    measurement.values = values
    measurement.usesBatchStatistics = usesBatchStatistics
    measurement.learningRate = Double(learningRate)
    measurement.trainingBatchSize = batchSize
    return measurement
  }
}

extension BundleMonitoring: CustomStringConvertible {
  /// `every=2,samples=512,…`, parts that are as by default left out.
  public var description: String {
    let plain = BundleMonitoring(every: every)
    var parts = ["every=\(every)"]
    if samples != plain.samples { parts.append("samples=\(samples)") }
    if resolution != plain.resolution { parts.append("resolution=\(resolution)") }
    if values != plain.values { parts.append("values=\(values.rawValue)") }
    if usesBatchStatistics { parts.append("statistics=batch") }
    return parts.joined(separator: ",")
  }

  /// Reads what `description` writes, in any order; nil for anything else.
  public init?(parsing text: String) {
    self.init(every: 0)
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2, assign(pair[1], to: pair[0]) else { return nil }
    }
    guard every > 0 else { return nil }
  }

  private mutating func assign(_ value: String, to key: String) -> Bool {
    func count() -> Int? {
      Int(value).flatMap { (1...TrainingConfiguration.maximumCount).contains($0) ? $0 : nil }
    }
    switch key {
    case "every": every = count() ?? 0
    case "samples": samples = count() ?? 0
    case "resolution":
      guard let named = BundleMeasurement.Resolution(parsing: value) else { return false }
      resolution = named
    case "values":
      guard let named = MeasuredValues(rawValue: value) else { return false }
      values = named
    case "statistics":
      guard ["batch", "running"].contains(value) else { return false }
      usesBatchStatistics = value == "batch"
    default: return false
    }
    return every >= 0 && samples > 0
  }
}

/// What was found of bundles after an epoch; 0 is before the first step.
public struct BundleEpoch: EpochRow, Hashable {
  public var epoch: Int
  public var samples: Int
  public var input: LayerBundles
  public var layers: [LayerBundles]

  init(epoch: Int, _ report: BundleReport) {
    self.epoch = epoch
    samples = report.samples
    input = report.input
    layers = report.layers
  }

  /// A line for the images and for every layer.
  public static func csvHeader(_ rows: [BundleEpoch]) -> String {
    "epoch,layer,entropy,bundles,accuracyCeiling,status"
  }

  public var csvLine: String {
    ([input] + layers).map { layer in
      func text<Number>(_ number: Number?) -> String { number.map { "\($0)" } ?? "" }
      return
        "\(epoch),\(layer.name),\(text(layer.entropy)),\(text(layer.bundles)),\(text(layer.accuracyCeiling)),"
        + layer.status.rawValue
    }.joined(separator: "\n")
  }
}

extension [BundleEpoch] {
  /// The last H of every layer, and H̄ over the measurements before it, of those that were measured each time:
  /// `{name, timeIntegral, entropy}`.
  var json: JSONValue {
    guard let last else { return .null }
    return .array(
      last.layers.map { layer in
        let earlier = dropLast(Swift.min(1, count - 1))
        let entropies = earlier.compactMap { row in row.layers.first { $0.name == layer.name } }.map(
          \.entropy)
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        return [
          "name": .string(layer.name), "entropy": number(layer.entropy),
          "timeIntegral": number(entropies.count == earlier.count ? TimeIntegral.mean(entropies) : nil),
        ]
      })
  }
}

extension Trainer {
  /// The log of measurements as it was when a resumed training was saved.
  func openBundleLog() throws -> EpochLog<BundleEpoch>? {
    guard let monitoring = configuration.bundles, let folder else { return nil }
    // A checkpoint of the end of an epoch is older than the measurement after it.
    let measured = progress.step > 0 ? progress.epoch : progress.epoch - 1
    let log = try EpochLog<BundleEpoch>(
      table: folder.bundlesTable, lines: folder.bundlesLines,
      keepingEpochs: measured >= 0 ? measured / monitoring.every + 1 : 0)
    bundleEpochs = log.rows
    return log
  }

  /// Measures where it is time to: before the first step, and after every so many complete epochs; and again, where blocks
  /// conflict and the training begins anew without them.
  ///
  /// - Returns: Whether it begins anew.
  func measureBundles(in log: inout EpochLog<BundleEpoch>?) throws -> Bool {
    var beginsAnew = false
    while let report = try measureIfDue(&log), try removeConflicts(report) {
      beginsAnew = true
      bundleEpochs = []
      log = try openBundleLog()
    }
    return beginsAnew
  }

  private func measureIfDue(_ log: inout EpochLog<BundleEpoch>?) throws -> BundleReport? {
    guard let monitoring = configuration.bundles, progress.step == 0,
      progress.epoch.isMultiple(of: monitoring.every), bundleEpochs.last?.epoch != progress.epoch
    else { return nil }
    let probe = try data.training.limited(to: min(monitoring.samples, data.training.count))
    var measurement = monitoring.measurement(
      learningRate: configuration.learningRate, batchSize: configuration.batchSize)
    // What decides on a residual block is its branch: the shortcut tells images apart without it.
    if conflictRemover != nil, measurement.values == .auto, !network.residualBlocks().isEmpty {
      measurement.values = .branches
    }
    let report = try session.bundles(
      of: probe, normalization: data.normalization, measurement: measurement)
    bundleEpochs.append(BundleEpoch(epoch: progress.epoch, report))
    try log?.append(bundleEpochs[bundleEpochs.count - 1])
    observer?.trainingMeasuresBundles(report, epoch: progress.epoch)
    return report
  }
}
