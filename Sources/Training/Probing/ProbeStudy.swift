import Datasets
import Devices
import Foundation
import Networks
import Probes
import ReceptiveFields
import Synchronization

/// Saturation and linear probes of every layer of a trained network.
///
/// The network is as in an evaluation, with its running statistics; images are not augmented; nothing of it is trained. Layers
/// go through it together as far as their values and features fit in memory.
public final class ProbeStudy {
  public let layers: [ProbedLayer]
  private let session: TrainingSession
  private let classes: Int
  private let training: ImageDataset
  private let test: ImageDataset
  private let normalization: Normalization
  private let threads: Int

  /// - Parameters:
  ///   - training: The images that probes learn from.
  ///   - test: The images that they are measured on, and whose values saturation is of.
  ///   - threads: For what the host does; nil for one per core. Results do not depend on it.
  /// - Throws: `TrainingError.dataMismatch` where images do not fit, `NetworkError`, `DeviceError`.
  public init(
    _ checkpoint: Checkpoint, training: ImageDataset, test: ImageDataset, on device: any Device,
    batchSize: Int,
    threads: Int? = nil
  ) throws {
    for images in [training, test] {
      try images.check(fits: checkpoint.network)
      try images.check(hasClasses: checkpoint.classes, of: checkpoint.network)
    }
    layers = try checkpoint.network.probedLayers()
    session = try TrainingSession(
      evaluating: checkpoint.network, device: device,
      batchSize: max(1, min(batchSize, max(training.count, test.count))))
    try session.load(checkpoint.state)
    classes = checkpoint.network.classes
    normalization = checkpoint.normalization
    self.training = training
    self.test = test
    self.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// Probes every layer.
  ///
  /// - Parameters:
  ///   - fields: What receptive fields say of the network, to stand beside; nil for nothing.
  ///   - dump: Where to leave what was computed from; nil for nowhere.
  ///   - progress: Called now and then with how far it is, in words.
  /// - Throws: `ProbeError` for a configuration that makes no sense, `DatasetError` if images cannot be had, `DeviceError`,
  ///   `FileError`.
  public func measure(
    _ configuration: ProbeConfiguration, fields: FieldAnalysis? = nil, dump: ActivationDump? = nil,
    progress: (String) -> Void = { _ in }
  ) throws -> ProbeReport {
    try configuration.check()
    let network = try session.evaluate(test, normalization: normalization)
    if let dump {
      try dump.writeIndex(layers, classes: classes, configuration)
      try dump.writeImages(
        trainingLabels: training.labels, testLabels: test.labels, configuration.softmax)
    }
    var rows: [ProbeReport.Layer] = []
    for group in groups(configuration) {
      let done = "\(rows.count) of \(layers.count) layers probed"
      rows += try measure(group, configuration, dump) { progress("\(done), \($0)") }
    }
    if let dump { try writeValues(dump, progress) }
    return ProbeReport(
      samples: test.count, trainingSamples: training.count, networkAccuracy: network.top1,
      delta: configuration.saturation.delta, pool: configuration.pool, tolerance: configuration.tolerance,
      fields: fields, layers: rows)
  }

  /// Layers that fit in memory together, at least one at a time.
  private func groups(_ configuration: ProbeConfiguration) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var (first, valueBytes, featureBytes) = (0, 0, 0)
    for (index, layer) in layers.enumerated() {
      let features = configuration.features(of: layer)
      let values = layer.count * session.batchSize * MemoryLayout<Float>.size
      let held =
        (features.softmax + (features.ridge == features.softmax ? 0 : features.ridge)) * training.count
        * MemoryLayout<Float>.size
      if index > first,
        valueBytes + values > Self.valueBytes || featureBytes + held > configuration.featureBytes
      {
        groups.append(first..<index)
        (first, valueBytes, featureBytes) = (index, 0, 0)
      }
      valueBytes += values
      featureBytes += held
    }
    if first < layers.count { groups.append(first..<layers.count) }
    return groups
  }

  private func measure(
    _ group: Range<Int>, _ configuration: ProbeConfiguration, _ dump: ActivationDump?,
    _ progress: (String) -> Void
  ) throws -> [ProbeReport.Layer] {
    let probes = try layers[group].map { try LayerProbe($0, configuration) }
    let pass = try ActivationPass(session, nodes: probes.map(\.layer.name), batchStatistics: false)
    var seen = 0
    try forEachBatch(of: training, pass) { values, labels in
      try ConcurrentWork.forEach(probes.count, threads: threads) { try probes[$0].train(values[$0]) }
      seen += labels.count
      progress("training image \(seen) of \(training.count) for \(probes.count) more")
    }
    let (labels, classes) = (training.labels, classes)
    try ConcurrentWork.forEach(probes.count, threads: threads) { place in
      try probes[place].fit(labels: labels, classes: classes, configuration) { state in
        try dump?.writeProbes(of: probes[place].layer, number: group.lowerBound + place, state)
      }
    }
    seen = 0
    try forEachBatch(of: test, pass) { values, labels in
      try ConcurrentWork.forEach(probes.count, threads: threads) {
        try probes[$0].test(values[$0], labels: labels)
      }
      seen += labels.count
      progress("test image \(seen) of \(test.count) for \(probes.count) more")
    }
    let results = Mutex([ProbeReport.Layer?](repeating: nil, count: probes.count))
    try ConcurrentWork.forEach(probes.count, threads: threads) { place in
      let result = try probes[place].result(configuration)
      results.withLock { $0[place] = result }
    }
    return results.withLock { $0.compactMap(\.self) }
  }

  /// Calls `body` with the values of every layer of a pass, batch by batch, and the images' labels.
  private func forEachBatch(
    of images: ImageDataset, _ pass: ActivationPass, _ body: ([[Float]], [Int32]) throws -> Void
  ) throws {
    try session.forEachBatch(of: images, normalization: normalization, wholeBatches: false) { batch in
      var values: [[Float]] = []
      try pass.forEachNode(images: batch.images, labels: batch.labels) { values.append($1.values) }
      try body(values, Array(batch.labels))
    }
  }

  /// A pass for every layer, which holds no more than a batch of one of them.
  private func writeValues(_ dump: ActivationDump, _ progress: (String) -> Void) throws {
    for (number, layer) in layers.enumerated() {
      let pass = try ActivationPass(session, nodes: [layer.name], batchStatistics: false)
      try dump.writeValues(of: layer, number: number, samples: test.count) { write in
        try forEachBatch(of: test, pass) { values, _ in try write(values[0][...]) }
      }
      progress("values of \(number + 1) of \(layers.count) layers written")
    }
  }

  private static let valueBytes = 128 << 20
}
