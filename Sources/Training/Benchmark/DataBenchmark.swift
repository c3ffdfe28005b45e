import Datasets
import Interchange

/// How fast batches are prepared while nobody computes on them: the rate that a training cannot exceed.
public struct DataBenchmark: Hashable, Sendable {
  public let batchSize: Int
  /// Timed batches.
  public let batches: Int
  public let seconds: Double

  public var batchesPerSecond: Double { Double(batches) / seconds }
  public var imagesPerSecond: Double { batchesPerSecond * Double(batchSize) }

  public var json: JSONValue {
    [
      "batchSize": .integer(batchSize), "batches": .integer(batches), "seconds": .number(seconds),
      "batchesPerSecond": .number(batchesPerSecond), "imagesPerSecond": .number(imagesPerSecond),
    ]
  }

  /// Takes batches of training images as fast as they come, from as many epochs as that needs. The first batch only starts
  /// the clock.
  ///
  /// - Parameters:
  ///   - batches: Timed batches, at least 1.
  ///   - workers: Threads that prepare images; nil as `BatchLoader` takes it.
  /// - Throws: `DatasetError` if there are too few images for a batch or one of them cannot be had.
  public init(
    _ dataset: ImageDataset, normalization: Normalization, augmentation: Augmentation, batchSize: Int,
    batches: Int, workers: Int? = nil
  ) throws {
    let sampler = try BatchSampler(count: dataset.count, batchSize: batchSize, purpose: .training, seed: 1)
    let target = max(1, batches)
    var clock: Stopwatch?
    var taken = -1
    var epoch = 0
    while taken < target {
      let loader = try BatchLoader(
        dataset: dataset, normalization: normalization, augmentation: augmentation, sampler: sampler,
        epoch: epoch, workers: workers)
      while taken < target, try loader.next() != nil {
        clock = clock ?? Stopwatch()
        taken += 1
      }
      epoch += 1
    }
    self.batchSize = batchSize
    self.batches = taken
    seconds = clock?.seconds ?? 0
  }
}
