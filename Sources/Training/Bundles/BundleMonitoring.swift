import Bundles
import Interchange

/// Looks for bundles while a network trains: before the first step, and after every so many epochs, on always the same
/// images. Learning rate and batch size are the training's.
public struct BundleMonitoring: Hashable, Sendable {
  /// Epochs from one measurement to the next, at least 1.
  public let every: Int
  public var probe: BundleMeasurement.Probe

  /// - Returns: nil for less than one epoch.
  public init?(every: Int, probe: BundleMeasurement.Probe = .init()) {
    guard every > 0 else { return nil }
    self.every = every
    self.probe = probe
  }
}

extension BundleMonitoring: CustomStringConvertible {
  /// `every=2,samples=512,…`, parts that are as by default left out.
  public var description: String {
    let plain = BundleMeasurement.Probe()
    var parts = ["every=\(every)"]
    if probe.samples != plain.samples { parts.append("samples=\(probe.samples)") }
    if probe.resolution != plain.resolution { parts.append("resolution=\(probe.resolution)") }
    if probe.values != plain.values { parts.append("values=\(probe.values.rawValue)") }
    if probe.usesBatchStatistics { parts.append("statistics=batch") }
    return parts.joined(separator: ",")
  }

  /// Reads what `description` writes, in any order; nil for anything else.
  public init?(parsing text: String) {
    var (every, probe) = (0, BundleMeasurement.Probe())
    func count(_ value: String) -> Int? {
      Int(value).flatMap { (1...TrainingConfiguration.maximumCount).contains($0) ? $0 : nil }
    }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2 else { return nil }
      if pair[0] == "every" || pair[0] == "samples" {
        guard let number = count(pair[1]) else { return nil }
        if pair[0] == "every" { every = number } else { probe.samples = number }
      } else if !probe.assign(pair[1], to: pair[0]) {
        return nil
      }
    }
    self.init(every: every, probe: probe)
  }
}

extension BundleMeasurement.Probe {
  /// - Returns: whether there is such a key, with such a value.
  fileprivate mutating func assign(_ value: String, to key: String) -> Bool {
    switch key {
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
    return true
  }
}

/// What was found of bundles after an epoch.
public struct BundleEpoch: EpochRow, Hashable {
  /// 0 is before the first step.
  public var epoch: Int
  public var report: BundleReport

  init(epoch: Int, _ report: BundleReport) {
    self.epoch = epoch
    self.report = report
  }

  private enum CodingKeys: String, CodingKey {
    case epoch
  }

  /// Reads one object with the epoch among the report's keys.
  public init(from decoder: any Decoder) throws {
    epoch = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .epoch)
    report = try BundleReport(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(epoch, forKey: .epoch)
    try report.encode(to: encoder)
  }

  /// A line for the images and for every layer.
  public static func csvHeader(_ rows: [BundleEpoch]) -> String {
    "epoch,layer,entropy,bundles,accuracyCeiling,status,entropyAboveInput"
  }

  public var csvLine: String {
    ([report.input] + report.layers).map { layer in
      func text<Number>(_ number: Number?) -> String { number.map { "\($0)" } ?? "" }
      return
        "\(epoch),\(layer.name),\(text(layer.entropy)),\(text(layer.bundles)),\(text(layer.accuracyCeiling)),"
        + "\(layer.status.rawValue),\(text(layer.entropyAboveInput))"
    }.joined(separator: "\n")
  }
}

extension [BundleEpoch] {
  /// The last H of every layer, and H̄ over the measurements before it, of those that were measured each time:
  /// `{name, timeIntegral, entropy}`.
  var json: JSONValue {
    guard let last else { return .null }
    return .array(
      last.report.layers.map { layer in
        let earlier = dropLast(Swift.min(1, count - 1))
        let entropies = earlier.compactMap { row in
          row.report.layers.first { $0.name == layer.name }
        }.map(\.entropy)
        return [
          "name": .string(layer.name), "entropy": .optional(layer.entropy),
          "timeIntegral": .optional(entropies.count == earlier.count ? TimeIntegral.mean(entropies) : nil),
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
    var measurement = BundleMeasurement(
      monitoring.probe, learningRate: Double(configuration.learningRate),
      trainingBatchSize: configuration.batchSize)
    if conflictRemover != nil { measurement.values = removalValues(measurement.values, network) }
    let images = try data.training.limited(to: min(monitoring.probe.samples, data.training.count))
    let report = try session.bundles(
      of: images, normalization: data.normalization, measurement: measurement)
    bundleEpochs.append(BundleEpoch(epoch: progress.epoch, report))
    try log?.append(bundleEpochs[bundleEpochs.count - 1])
    observer?.trainingMeasuresBundles(report, epoch: progress.epoch)
    return report
  }
}
