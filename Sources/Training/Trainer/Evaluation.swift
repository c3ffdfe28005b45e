import Datasets
import Devices
import Interchange

/// How well a network does on a data set.
public struct Evaluation: Hashable, Sendable {
  public let sums: MetricSums
  /// How long it took.
  public let seconds: Double
  /// Images that were left out as they could not be decoded.
  public let skippedImages: Int

  /// The share of images whose class has the highest output.
  public var top1: Double { sums.top1Share }
  /// The share of images whose class is among the five highest outputs.
  public var top5: Double { sums.top5Share }
  /// Mean cross-entropy, without label smoothing.
  public var loss: Double { sums.meanLoss }
  public var imagesPerSecond: Double { Double(sums.examples) / seconds }

  /// The accuracies are in 0…1.
  public var json: JSONValue {
    [
      "top1": .number(top1), "top5": .number(top5), "loss": .number(loss),
      "imagesPerSecond": .number(imagesPerSecond), "skippedImages": .integer(skippedImages),
    ]
  }
}

extension MetricSums {
  public var meanLoss: Double { loss / Double(max(examples, 1)) }
  public var top1Share: Double { Double(top1) / Double(max(examples, 1)) }
  public var top5Share: Double { Double(top5) / Double(max(examples, 1)) }
}

extension TrainingSession {
  /// Runs every image of a data set through the network as it is, with its running statistics.
  ///
  /// - Parameters:
  ///   - workers: Threads that prepare images; nil as `BatchLoader` takes it.
  ///   - onLogits: Receives the logits of every image in order, batch by batch, `[images, classes]`.
  /// - Throws: `TrainingError.dataMismatch` or `DatasetError` if the images do not fit or cannot be had, `DeviceError`.
  public func evaluate(
    _ dataset: ImageDataset, normalization: Normalization, workers: Int? = nil,
    onLogits: ((ArraySlice<Float>) throws -> Void)? = nil
  ) throws -> Evaluation {
    try dataset.check(fits: network)
    let clock = Stopwatch()
    let loader = try BatchLoader(
      dataset: dataset, normalization: normalization,
      sampler: BatchSampler(count: dataset.count, batchSize: batchSize, purpose: .evaluation), epoch: 0,
      workers: workers)
    while let batch = try loader.next() {
      try evaluationStep(images: batch.images, labels: batch.labels)
      try onLogits?(logits().prefix(batch.labels.count * network.classes))
    }
    var sums = MetricSums.zero
    try drainMetrics(into: &sums)
    return Evaluation(sums: sums, seconds: clock.seconds, skippedImages: dataset.skippedImages.count)
  }
}

extension Checkpoint {
  /// Measures these weights on a data set. A folder is to have the classes that the network was trained for.
  ///
  /// - Parameter onLogits: Receives the logits of every image in order, batch by batch, `[images, classes]`.
  /// - Throws: `TrainingError.dataMismatch` or `DatasetError` if the images do not fit or cannot be had, `DeviceError`.
  public func evaluate(
    _ dataset: ImageDataset, on device: any Device, batchSize: Int,
    onLogits: ((ArraySlice<Float>) throws -> Void)? = nil
  ) throws -> Evaluation {
    try dataset.check(fits: network)
    try dataset.check(hasClasses: classes, of: network)
    let session = try TrainingSession(
      evaluating: network, device: device, batchSize: min(batchSize, max(1, dataset.count)))
    try session.load(state)
    return try session.evaluate(dataset, normalization: normalization, onLogits: onLogits)
  }
}
